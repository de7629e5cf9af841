"""Networks against their formula, finite differences, JAX and known identities.

ROUNDING allows a few thousand units in the last place.  DIFFERENCE is for central
differences with a step of 1e-5: truncation gives 1e-10 times a third derivative,
rounding 1e-16 / 1e-5 = 1e-11 times a value, and both are of order one here.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from interpolab.networks import MLP, Activation

ROUNDING = 1e-12
DIFFERENCE = 1e-8
H = 1e-5


def sine(a):
    return np.sin(a)


def sine_slope(a, h):
    return np.cos(a)


def sine_curvature(a, h):
    return -h


SINE = Activation("sine", sine, sine_slope, sine_curvature)

# Every option, every activation, depths 0 to 3, a bottleneck.
NETWORKS = {
    "linear": MLP([3, 1], "identity"),
    "linear-bias-scale": MLP([3, 1], "tanh", bias=True, input_scale=0.5),
    "tanh": MLP([3, 5, 1], "tanh"),
    "tanh-signs": MLP([3, 6, 1], "tanh", readout="signs"),
    "tanh-deep": MLP([3, 6, 5, 4, 1], "tanh", input_scale=3**-0.5),
    "relu-deep": MLP([3, 6, 5, 1], "relu"),
    "softplus-bias": MLP([3, 4, 5, 1], "softplus", bias=True),
    "mean-field-bias": MLP([3, 7, 1], "tanh", parametrization="mean_field", bias=True),
    "standard-bias": MLP([3, 4, 4, 1], "tanh", parametrization="standard", bias=True),
    "standard-signs": MLP(
        [3, 4, 1], "softplus", parametrization="standard", readout="signs", bias=True
    ),
    "glorot": MLP(
        [3, 4, 1],
        "relu",
        parametrization="standard",
        initialization="glorot",
        bias=True,
    ),
    "bottleneck": MLP([3, 6, 1, 6, 1], ["tanh", "identity", "tanh"]),
    "output": MLP([3, 5, 1], "tanh", output="half_square"),
    "output-relu-readout": MLP([3, 4, 1], SINE, output="tanh", readout=[1, 2, -3, 0]),
    "quadratic": MLP([3, 4, 1], "half_square", gain=0.7),
}
SMOOTH = sorted(set(NETWORKS) - {"relu-deep", "glorot"})


@pytest.fixture(params=sorted(NETWORKS))
def case(request):
    return draw(request.param)


@pytest.fixture(params=SMOOTH)
def smooth_case(request):
    return draw(request.param)


def draw(name):
    network = NETWORKS[name]
    rng = np.random.default_rng(7)
    # Not from init: biases are to be non-zero.
    return network, rng.standard_normal(network.n_params), rng.standard_normal((6, 3))


def close(value, expected, tolerance=ROUNDING):
    np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)


def along(function, params, direction):
    """Differentiate a function of the parameters by a central difference."""
    return (function(params + H * direction) - function(params - H * direction)) / (
        2 * H
    )


# ------------------------------------------------------------------- values


def test_forward_is_the_documented_formula():
    """Two hidden layers of widths 4 and 9, written out neuron by neuron."""
    rng = np.random.default_rng(0)
    x, d, m1, m2 = rng.standard_normal(3), 3, 4, 9
    for parametrization, c2, c3 in [
        ("ntk", np.sqrt(2 / m1), np.sqrt(2 / m2)),
        ("mean_field", np.sqrt(2 / m1), np.sqrt(2) / m2),
        ("standard", 1.0, 1.0),
    ]:
        network = MLP(
            [d, m1, m2, 1],
            "relu",
            parametrization=parametrization,
            bias=True,
            input_scale=0.3,
        )
        w = rng.standard_normal(network.n_params)
        (W1, b1), (W2, b2), (W3, b3) = network.layers(w)
        h1 = [max(0.3 * sum(W1[i] * x) + b1[i], 0) for i in range(m1)]
        h2 = [max(c2 * sum(W2[i] * h1) + b2[i], 0) for i in range(m2)]
        close(network.forward(w, [x]), [c3 * sum(W3[0] * h2) + b3[0]])
        close(network.scales, [0.3, c2, c3])


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus", "identity"])
def test_activations_are_what_their_names_say(activation):
    reference = {
        "tanh": lambda a: (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a)),
        "relu": lambda a: a * (a > 0),
        "softplus": lambda a: np.log(1 + np.exp(a)),
        "identity": lambda a: a,
    }[activation]
    network = MLP([1, 1, 1], activation, readout=[1.0], gain=1.0)
    a = np.linspace(-3, 3, 13)
    close(network.forward([1.0], a[:, None]), reference(a))


@pytest.mark.parametrize("activation", ["tanh", "softplus", "relu"])
def test_large_arguments_do_not_overflow(activation):
    """Warnings are errors here, so a hidden overflow fails too."""
    network = MLP([1, 2, 1], activation)
    w, X = np.array([1.0, -1.0, 1.0, 1.0]), [[-1e3], [1e3]]
    for value in (network.forward(w, X), network.jacobian(w, X)):
        assert np.isfinite(value).all()
    assert np.isfinite(network.hvp(w, X[0], w)).all()


def test_fixed_readouts():
    X = np.random.default_rng(0).standard_normal((4, 3))
    signs = MLP([3, 4, 1], "tanh", readout="signs")
    array = MLP([3, 4, 1], "tanh", readout=[1, -1, 1, -1])
    trained = MLP([3, 4, 1], "tanh")
    w = signs.init(rng=0)
    assert (signs.n_params, trained.n_params) == (12, 16)
    close(signs.forward(w, X), array.forward(w, X))
    close(signs.forward(w, X), trained.forward([*w, 1, -1, 1, -1], X))
    standard = MLP([3, 4, 1], "tanh", readout="signs", parametrization="standard")
    close(standard.forward(w, X), signs.forward(w, X))


def test_networks_side_by_side_are_networks_one_by_one(case):
    network, w, X = case
    rng = np.random.default_rng(1)
    W, V = rng.standard_normal((2, 3, network.n_params))
    U = rng.standard_normal((3, len(X)))
    each = range(3)
    close(network.forward(W, X), [network.forward(W[r], X) for r in each])
    close(network.jacobian(W, X), [network.jacobian(W[r], X) for r in each])
    close(network.jvp(W, X, V), [network.jvp(W[r], X, V[r]) for r in each])
    close(network.vjp(W, X, U), [network.vjp(W[r], X, U[r]) for r in each])
    close(network.hvp(W, X[0], V), [network.hvp(W[r], X[0], V[r]) for r in each])
    # One network, several directions.
    close(network.jvp(w, X, V), [network.jvp(w, X, V[r]) for r in each])
    close(network.vjp(w, X, U), [network.vjp(w, X, U[r]) for r in each])
    close(network.hvp(w, X[0], V), [network.hvp(w, X[0], V[r]) for r in each])


def test_arguments_are_left_alone(case):
    network, w, X = case
    before = w.copy(), X.copy()
    network.jacobian(w, X)
    network.hvp(w, X[0], w)
    network.vjp(w, X, X[:, 0])
    np.testing.assert_array_equal(before[0], w)
    np.testing.assert_array_equal(before[1], X)


# -------------------------------------------------------------- derivatives


def test_jacobian_against_central_differences(case):
    network, w, X = case
    J = network.jacobian(w, X)
    assert J.shape == (len(X), network.n_params)
    differences = [
        along(lambda p: network.forward(p, X), w, e) for e in np.eye(network.n_params)
    ]
    close(J, np.transpose(differences), DIFFERENCE)


def test_products_are_products_with_the_jacobian(case):
    network, w, X = case
    J = network.jacobian(w, X)
    rng = np.random.default_rng(2)
    v, u = rng.standard_normal(network.n_params), rng.standard_normal(len(X))
    close(network.jvp(w, X, v), J @ v)
    close(network.vjp(w, X, u), J.T @ u)
    close(u @ network.jvp(w, X, v), network.vjp(w, X, u) @ v)


def test_layer_factors_give_the_tangent_kernel(case):
    network, w, X = case
    J = network.jacobian(w, X)
    factors = network.layer_factors(w, X)
    assert len(factors) == len(network.layers(w))
    for (A, B), (W, b) in zip(factors, network.layers(w), strict=True):
        assert A.shape == (len(X), W.shape[1] + (b is not None))
        assert B.shape == (len(X), W.shape[0])
    close(sum((A @ A.T) * (B @ B.T) for A, B in factors), J @ J.T)


def test_hessian_against_central_differences(smooth_case):
    network, w, X = smooth_case
    v = np.random.default_rng(3).standard_normal(network.n_params)
    difference = along(lambda p: network.jacobian(p, X[:1])[0], w, v)
    close(network.hvp(w, X[0], v), difference, DIFFERENCE)


def test_hessian_is_symmetric(case):
    network, w, X = case
    hessian = network.hvp(w, X[0], np.eye(network.n_params))
    close(hessian, hessian.T)


def test_weighted_hessians_are_sums(case):
    network, w, X = case
    rng = np.random.default_rng(4)
    u, v = rng.standard_normal(len(X)), rng.standard_normal(network.n_params)
    each = sum(u[i] * network.hvp(w, X[i], v) for i in range(len(X)))
    close(network.weighted_hvp(w, X, u, v), each)


@pytest.mark.parametrize(
    "name", ["relu-deep", "softplus-bias", "standard-signs", "bottleneck", "output"]
)
def test_derivatives_against_jax(name):
    jax = pytest.importorskip("jax")
    network, w, X = draw(name)
    v = np.random.default_rng(5).standard_normal(network.n_params)
    with jax.enable_x64(True):
        f = in_jax(jax, network)

        def everything(params, x):
            gradient, bent = jax.jvp(lambda p: jax.grad(f)(p, x), (params,), (v,))
            return f(params, x), gradient, bent

        # Compiled as one program: most of the time goes into compiling.
        values, gradients, bent = jax.jit(jax.vmap(everything, (None, 0)))(w, X)
    close(network.forward(w, X), values)
    close(network.jacobian(w, X), gradients)
    close([network.hvp(w, x, v) for x in X], bent)


def in_jax(jax, network):
    """Write the network in JAX's operations, its scales taken from the table."""
    functions = {
        "tanh": jax.numpy.tanh,
        "relu": jax.nn.relu,
        "softplus": jax.nn.softplus,
        "identity": lambda a: a,
        "half_square": lambda a: a * a / 2,
    }

    def f(params, x):
        h, start = x, 0
        for level, (m, k) in enumerate(
            zip(network.widths[:-1], network.widths[1:], strict=True)
        ):
            if start < network.n_params:
                W = params[start : start + m * k].reshape(k, m)
                start += m * k
                b = params[start : start + k] if network.bias else 0.0
                start += k if network.bias else 0
            else:
                signs = jax.numpy.where(jax.numpy.arange(m) % 2, -1.0, 1.0)[None, :]
                standard = network.parametrization == "standard"
                W, b = signs / (m**0.5 if standard else 1.0), 0.0
            a = network.scales[level] * W @ h + b
            h = functions[network.activations[level].name](a)
        return h[0]

    return f


# --------------------------------------------------------------- identities


def test_rectifier_networks_are_homogeneous():
    """Euler: <W_l, df/dW_l> = f for each of the L layers, and f(cx) = c f(x)."""
    network, w, X = draw("relu-deep")
    f, J = network.forward(w, X), network.jacobian(w, X)
    close(J @ w, 3 * f)
    for level, (weights, _) in enumerate(network.layers(w)):
        only = [(W * (k == level), None) for k, (W, _) in enumerate(network.layers(w))]
        assert weights.size
        close(J @ network.flatten(only), f)
    close(network.forward(w, 2.5 * X), 2.5 * f)
    close(network.forward(2.0 * w, X), 2.0**3 * f)


@pytest.mark.parametrize("name", ["tanh-deep", "softplus-bias", "mean-field-bias"])
def test_hidden_neurons_can_be_renumbered(name):
    network, w, X = draw(name)
    order = np.random.default_rng(6).permutation(network.widths[1])
    layers = [[W.copy(), b] for W, b in network.layers(w)]
    layers[0] = [
        layers[0][0][order],
        None if layers[0][1] is None else layers[0][1][order],
    ]
    layers[1][0] = layers[1][0][:, order]
    moved = network.flatten(layers)
    assert not np.array_equal(moved, w)
    close(network.forward(moved, X), network.forward(w, X))
    J, K = network.jacobian(w, X), network.jacobian(moved, X)
    close(J @ J.T, K @ K.T)


def test_parametrizations_differ_by_a_change_of_variables():
    """f_ntk(w) = f_standard(c w), hence J_ntk = c J_standard, H_ntk = c H c."""
    ntk = MLP([3, 5, 4, 1], "tanh", bias=True, input_scale=0.6)
    standard = MLP(ntk.widths, "tanh", bias=True, parametrization="standard")
    rng = np.random.default_rng(8)
    w, v = rng.standard_normal((2, ntk.n_params))
    X = rng.standard_normal((4, 3))
    c = ntk.flatten(
        [
            (np.full(W.shape, scale), np.ones(b.shape))
            for (W, b), scale in zip(ntk.layers(w), ntk.scales, strict=True)
        ]
    )
    close(ntk.forward(w, X), standard.forward(c * w, X))
    close(ntk.jacobian(w, X), c * standard.jacobian(c * w, X))
    close(ntk.hvp(w, X[0], v), c * standard.hvp(c * w, X[0], c * v))


def test_hessian_of_two_layers_with_fixed_signs():
    """Block diagonal, of norm max |sigma''| |x|^2 / sqrt(m) exactly."""
    m, x = 50, np.array([0.3, -1.2, 0.8])
    network = MLP([3, m, 1], "tanh", readout="signs")
    w = network.init(rng=0)
    hessian = network.hvp(w, x, np.eye(network.n_params))
    h = np.tanh(network.layers(w)[0][0] @ x)
    bend = np.abs(2 * h * (1 - h**2)).max()
    close(np.linalg.norm(hessian, 2), bend * (x @ x) / np.sqrt(m))
    blocks = np.kron(np.eye(m), np.ones((3, 3))) == 1
    assert (hessian[~blocks] == 0).all()


def test_hessian_below_a_square():
    """For g^2/2 it is g H_g + grad g grad g'."""
    plain, bent = NETWORKS["tanh"], NETWORKS["output"]
    _, w, X = draw("tanh")
    for x in X:
        g, J = plain.forward(w, [x])[0], plain.jacobian(w, [x])[0]
        hessian = plain.hvp(w, x, np.eye(len(w)))
        close(bent.hvp(w, x, np.eye(len(w))), g * hessian + np.outer(J, J))


def test_linear_models_have_constant_jacobians():
    network, w, X = draw("linear")
    close(network.jacobian(w, X), X)
    assert (network.hvp(w, X[0], w) == 0).all()


def test_mean_tangent_kernel_is_the_arc_cosine_kernel():
    """One hidden layer is unbiased at any width: u k0(u) + k1(u), 5 standard errors."""
    network = MLP([2, 16, 1], "relu")
    u = 0.6
    X = np.array([[1.0, 0.0], [u, np.sqrt(1 - u**2)]])
    rng = np.random.default_rng(0)
    W = np.array([network.init(rng=rng) for _ in range(4000)])
    J = network.jacobian(W, X)
    draws = (J[:, 0] * J[:, 1]).sum(axis=1)
    k0 = (np.pi - np.arccos(u)) / np.pi
    k1 = (u * (np.pi - np.arccos(u)) + np.sqrt(1 - u**2)) / np.pi
    error = draws.std() / np.sqrt(len(draws))
    assert abs(draws.mean() - (u * k0 + k1)) < 5 * error
    assert error < 0.02


# --------------------------------------------------------------- parameters


def test_flat_vector_round_trip(case):
    network, w, _ = case
    close(network.flatten(network.layers(w)), w, 0)
    assert sum(W.size + (0 if b is None else b.size) for W, b in network.layers(w)) == (
        network.n_params
    )


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_initial_parameters_depend_on_the_seed_only(name):
    network = NETWORKS[name]
    first = network.init(rng=3)
    assert first.shape == (network.n_params,)
    np.testing.assert_array_equal(first, network.init(rng=3))
    np.testing.assert_array_equal(first, network.init(rng=np.random.default_rng(3)))
    assert not np.array_equal(first, network.init(rng=4))


def test_initial_spread():
    """20,000 and more draws: a standard deviation is known to 1/200; 5 of those."""
    for options, first, second in [
        ({}, 1, 1),
        ({"parametrization": "mean_field"}, 1, 1),
        ({"parametrization": "standard"}, 100**-0.5, np.sqrt(2 / 200)),
        ({"parametrization": "standard", "gain": 0.5}, 0.5 / 10, 0.5 / 200**0.5),
    ]:
        network = MLP([100, 200, 100, 1], "relu", bias=True, **options)
        (W1, b1), (W2, b2), _ = network.layers(network.init(rng=0))
        np.testing.assert_allclose(W1.std(), first, rtol=0.025)
        np.testing.assert_allclose(W2.std(), second, rtol=0.025)
        assert (b1 == 0).all()
        assert (b2 == 0).all()


def test_glorot_start():
    network = MLP(
        [100, 200, 1],
        "relu",
        parametrization="standard",
        initialization="glorot",
        bias=True,
    )
    (W1, b1), (W2, b2) = network.layers(network.init(rng=0))
    for part, bound in [(W1, 0.02), (b1, 0.02), (W2, 6 / 201), (b2, 6 / 201)]:
        assert (part**2 <= bound).all()
    # Uniform: the mean square is a third of the bound's; 20,000 draws, 5 s.e.
    np.testing.assert_allclose((W1**2).mean(), 0.02 / 3, rtol=0.035)


@pytest.mark.parametrize("readout", ["trained", "signs"])
@pytest.mark.parametrize("bias", [False, True])
def test_paired_starts_answer_zero(readout, bias):
    network = MLP([3, 5, 8, 1], "relu", readout=readout, bias=bias)
    w = network.init(rng=0, paired=True)
    X = np.random.default_rng(1).standard_normal((20, 3))
    close(network.forward(w, X), np.zeros(20), 1e-15)
    assert np.abs(network.jacobian(w, X)).max() > 0.01


def test_networks_can_be_pickled_and_shown():
    network, w, X = draw("tanh-deep")
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(again.forward(w, X), network.forward(w, X))
    assert repr(MLP([3, 5, 1], "tanh")) == "MLP([3, 5, 1], 'tanh', M=20)"
    assert "identity" in repr(NETWORKS["bottleneck"])


# ----------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([3, 0, 1], "tanh"), {}, r"widths\[1\] must be an integer at least 1; got 0"),
        (([3, 2.5, 1], "tanh"), {}, r"widths\[1\] must be an integer"),
        (([3], "tanh"), {}, "widths must be"),
        (([3, 4, 2], "tanh"), {}, "one output"),
        ((5, "tanh"), {}, "widths must be a sequence"),
        (("31", "tanh"), {}, "widths must be a sequence"),
        (([3, 4, 1], "selu"), {}, "activation must be one of .*; got 'selu'"),
        (([3, 4, 1], ["tanh", "relu"]), {}, "one for each of the 1 hidden layers"),
        (([3, 4, 1], None), {}, "activation must be one"),
        (([3, 4, 1], "tanh"), {"output": "max"}, "output must be one of"),
        (([3, 4, 1], "tanh"), {"parametrization": "mup"}, "parametrization must be"),
        (([3, 4, 1], "tanh"), {"gain": 0}, "gain must be"),
        (([3, 4, 1], "tanh"), {"input_scale": -1.0}, "input_scale must be"),
        (([3, 4, 1], "tanh"), {"input_scale": np.nan}, "input_scale must be"),
        (([3, 4, 1], "tanh"), {"bias": 2}, "bias must be"),
        (([3, 4, 1], "tanh"), {"readout": "random"}, "readout must be one of"),
        (([3, 4, 1], "tanh"), {"readout": [1, 2]}, "readout must have 4 entries"),
        (([3, 4, 1], "tanh"), {"readout": [1, 2, np.inf, 0]}, "readout must be finite"),
        (([3, 1], "tanh"), {"readout": "signs"}, "readout must be 'trained'"),
        (([3, 4, 1], "tanh"), {"initialization": "glorot"}, "'standard'"),
        (([3, 4, 1], "tanh"), {"initialization": "zeros"}, "initialization must be"),
    ],
)
def test_networks_that_cannot_be(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        MLP(*arguments, **options)


W = np.zeros(20)
X = np.zeros((2, 3))


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("forward", (W[1:], X), "params must have 20 entries"),
        ("forward", (np.zeros((2, 2, 20)), X), "params must be"),
        ("forward", (W + np.nan, X), "params must be finite"),
        ("forward", (W, np.zeros((2, 4))), "X must have 3 columns"),
        ("forward", (W, np.zeros(3)), "X must be 2-dimensional"),
        ("forward", (W, np.zeros((0, 3))), "X must not be empty"),
        ("forward", (W, X + np.inf), "X must be finite"),
        ("jacobian", (W, X + 1j), "X must be"),
        ("layer_factors", (W[1:], X), "params must have"),
        ("jvp", (W, X, W[1:]), "v must have 20 entries"),
        ("jvp", (np.zeros((2, 20)), X, np.zeros((3, 20))), "v must have 20 entries"),
        ("jvp", (np.zeros((2, 20)), X, W), "v must have 20 entries"),
        ("vjp", (W, X, [1.0]), "u must have 2 entries"),
        ("vjp", (W, X, [1.0, np.nan]), "u must be finite"),
        ("hvp", (W, X, W), "x must be 1-dimensional"),
        ("hvp", (W, X[0, 1:], W), "x must have 3 entries"),
        ("hvp", (W, X[0], W[1:]), "v must have 20 entries"),
        ("weighted_hvp", (W, X, [1.0], W), "u must have 2 entries"),
        ("layers", (W[1:],), "params must have"),
        ("flatten", ([(np.zeros((5, 3)), None)],), "layers must have arrays of shapes"),
        ("flatten", ([(np.zeros((3, 5)), None), (np.zeros((1, 5)), None)],), "layers"),
    ],
)
def test_arguments_that_do_not_fit(method, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(MLP([3, 5, 1], "tanh"), method)(*arguments)


def test_starts_that_cannot_be_paired():
    with pytest.raises(ValueError, match="even number"):
        MLP([3, 5, 1], "tanh").init(rng=0, paired=True)
    with pytest.raises(ValueError, match="even number"):
        MLP([3, 1], "tanh").init(rng=0, paired=True)
    with pytest.raises(ValueError, match="opposite"):
        MLP([3, 2, 1], "tanh", readout=[1, 2]).init(rng=0, paired=True)
    with pytest.raises(ValueError, match="rng must be"):
        MLP([3, 2, 1], "tanh").init(rng=-1)
