"""The tangent of a network: its kernel, its linearization, its curvature.

Sums of a few hundred rounded products agree to 1e-12 of their size, which is a
few thousand units in the last place; what is looser says why.
"""

import subprocess
import sys

import numpy as np
import pytest

from interpolab import tangent
from interpolab.networks import MLP
from interpolab.tangent import (
    empirical_ntk,
    hessian_norm,
    linearize,
    linearized_descent,
    taylor_remainder,
)

NETWORKS = {
    "tanh": MLP([4, 30, 20, 1], "tanh"),
    "biased relu": MLP([4, 12, 1], "relu", bias=True),
    "fixed readout": MLP([4, 25, 1], "tanh", readout="signs"),
    "linear": MLP([4, 1], "identity"),
    "deep": MLP([4, 6, 5, 4, 1], "softplus", parametrization="standard", bias=True),
    "nonlinear output": MLP([4, 10, 1], "tanh", output="half_square"),
}
SMOOTH = ["tanh", "fixed readout", "deep", "nonlinear output"]


class OnlyJacobian:
    """A network that cannot factor its gradients."""

    def __init__(self, network):
        self.network, self.n_params, self.rows = network, network.n_params, []

    def jacobian(self, params, X):
        self.rows.append(len(X))
        return self.network.jacobian(params, X)


class Quadratic:
    """f(w, x) = w' H w / 2, with a Hessian one can choose."""

    def __init__(self, H):
        self.H, self.n_params = H, len(H)

    def hvp(self, params, x, v):
        return self.H @ v


def case(name, n=7, seed=0):
    network = NETWORKS[name]
    X = np.random.default_rng(seed + 1).standard_normal((n, 4))
    return network, network.init(rng=seed), X


def same(got, expected, tolerance=1e-12):
    scale = np.abs(expected).max() + 1e-300
    return np.abs(np.asarray(got) - expected).max() <= tolerance * scale


# ------------------------------------------------------------------ the kernel


@pytest.mark.parametrize("name", NETWORKS)
def test_kernel_is_the_gram_matrix_of_the_jacobian(name):
    network, w, X = case(name)
    Z = np.random.default_rng(9).standard_normal((3, 4))
    J, J_Z = network.jacobian(w, X), network.jacobian(w, Z)
    assert same(empirical_ntk(network, w, X), J @ J.T)
    assert same(empirical_ntk(network, w, X, Z), J @ J_Z.T)
    assert same(empirical_ntk(network, w, X, X), J @ J.T)


@pytest.mark.parametrize("name", NETWORKS)
def test_kernel_is_symmetric_and_positive_semidefinite(name):
    network, w, X = case(name, n=40)
    K = empirical_ntk(network, w, X)
    assert np.array_equal(K, K.T)
    values = np.linalg.eigvalsh(K)
    assert values[0] >= -1e-13 * values[-1]


@pytest.mark.parametrize("entries", [1, 100, 1000, 10**9])
def test_blocks_of_any_size_give_the_same_kernel(entries, monkeypatch):
    network, w, X = case("tanh", n=11)
    Z = X[:4] + 0.1
    monkeypatch.setattr("interpolab.tangent._kernel._BLOCK", entries)
    plain = OnlyJacobian(network)
    K = empirical_ntk(plain, w, X)
    assert np.array_equal(K, K.T)
    assert same(K, empirical_ntk(network, w, X))
    assert same(empirical_ntk(plain, w, X, Z), empirical_ntk(network, w, X, Z))
    # One row at least, and never more than the block holds.
    assert max(plain.rows) <= max(1, entries // network.n_params)


@pytest.mark.parametrize("wrap", [lambda network: network, OnlyJacobian])
def test_a_stack_of_parameters_gives_a_stack_of_kernels(wrap):
    network, _, X = case("biased relu")
    stack = np.array([network.init(rng=seed) for seed in range(3)])
    kernels = empirical_ntk(wrap(network), stack, X, X[:2])
    assert kernels.shape == (3, 7, 2)
    for w, K in zip(stack, kernels, strict=True):
        assert same(K, empirical_ntk(network, w, X, X[:2]))


@pytest.mark.parametrize("name", NETWORKS)
def test_rank_is_at_most_the_number_of_parameters(name):
    network, w, _ = case(name)
    X = np.random.default_rng(3).standard_normal((network.n_params + 3, 4))
    s = np.linalg.svd(empirical_ntk(network, w, X), compute_uv=False)
    # n eps is the rounding of a sum of n terms.
    assert s[network.n_params] <= len(X) * np.finfo(float).eps * s[0]


def test_kernel_against_automatic_differentiation():
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    with jax.enable_x64(True):
        network = MLP([4, 9, 7, 1], "tanh")
        w, X = network.init(rng=0), case("tanh")[2]

        def function(params):
            h, start = jnp.asarray(X), 0
            for level, (fan_in, fan_out) in enumerate([(4, 9), (9, 7), (7, 1)]):
                size = fan_in * fan_out
                W = params[start : start + size].reshape(fan_out, fan_in)
                start += size
                h = network.scales[level] * h @ W.T
                h = jnp.tanh(h) if level < 2 else h
            return h[:, 0]

        step = np.random.default_rng(0).standard_normal(w.size)

        @jax.jit  # one compilation instead of one for each operation
        def everything(params, step):
            hessian = jax.hessian(lambda p: function(p)[0])(params)
            value, slope = jax.jvp(function, (params,), (step,))
            return jax.jacrev(function)(params), hessian, value + slope

        J, H, expected = map(np.asarray, everything(w, step))
    assert same(empirical_ntk(network, w, X), J @ J.T)
    norm = np.abs(np.linalg.eigvalsh(H)).max()
    # The value's error is of the order of the squared residual.
    assert hessian_norm(network, w, X[0], tolerance=1e-6) == pytest.approx(
        norm, rel=1e-9
    )
    assert same(linearize(network, w).forward(w + step, X), expected)


MEMORY = """
import resource
import sys

import numpy as np
from interpolab.networks import MLP
from interpolab.tangent import empirical_ntk

class OnlyJacobian:
    def __init__(self, network):
        self.n_params, self.jacobian = network.n_params, network.jacobian

network = MLP([20, 990, 989, 1], "tanh")
network = OnlyJacobian(network) if sys.argv[1] == "blocks" else network
assert network.n_params >= 10**6 - 10**4
w = np.random.default_rng(0).standard_normal(network.n_params)
X = np.random.default_rng(1).standard_normal((int(sys.argv[2]), 20))
K = empirical_ntk(network, w, X)
assert np.linalg.eigvalsh(K)[0] > 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.parametrize(
    ("way", "n", "limit"), [("factors", 1000, 1024), ("blocks", 40, 1024)]
)
def test_a_million_parameters_need_little_memory(way, n, limit):
    pytest.importorskip("resource", reason="peak memory is read through getrusage")
    # The Jacobian of 1,000 points would take 8 GB.  For the blocks 40 points are
    # enough: they are held eight at a time, however many there are.
    command = [sys.executable, "-c", MEMORY, way, str(n)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(run.stdout) < limit  # MiB


# ----------------------------------------------------------- the linearization


@pytest.mark.parametrize("name", NETWORKS)
def test_linearization_touches_the_network(name):
    network, w, X = case(name)
    flat = linearize(network, w)
    v = np.random.default_rng(5).standard_normal(w.size)
    u = np.random.default_rng(6).standard_normal(len(X))
    J = network.jacobian(w, X)
    far = w + 3.0 * v
    assert np.array_equal(flat.forward(w, X), network.forward(w, X))
    assert same(flat.forward(far, X), network.forward(w, X) + 3.0 * J @ v)
    assert np.array_equal(flat.jacobian(far, X), J)
    assert same(flat.jvp(far, X, v), J @ v)
    assert same(flat.vjp(far, X, u), J.T @ u)
    assert np.array_equal(flat.hvp(far, X[0], v), np.zeros(w.size))
    assert same(empirical_ntk(flat, far, X), J @ J.T)
    assert flat.n_params == network.n_params
    assert hessian_norm(flat, far, X[0]) == 0.0


@pytest.mark.parametrize("name", SMOOTH)
def test_remainder_is_of_second_order(name):
    network, w, X = case(name)
    step = np.random.default_rng(7).standard_normal(w.size)
    sizes = 1e-2 * 0.5 ** np.arange(4)
    gaps = taylor_remainder(network, w, sizes[:, None] * step / np.sqrt(w.size), X)
    norms = np.linalg.norm(gaps, axis=1)
    # Third order moves the exponent by at most a few times the size.
    assert np.abs(np.log2(norms[:-1] / norms[1:]) - 2.0).max() < 0.05
    second = [network.hvp(w, x, step) @ step / w.size for x in X]
    assert same(gaps[-1], 0.5 * sizes[-1] ** 2 * np.array(second), tolerance=0.02)


def test_linearization_copies_its_origin_and_handles_stacks():
    network, w, X = case("tanh")
    flat = linearize(network, w)
    before = flat.forward(w, X)
    start = w.copy()
    w += 1.0
    assert np.array_equal(flat.forward(start, X), before)
    stack = np.array([start, start + 0.1, start - 0.2])
    u = np.ones((3, len(X)))
    assert same(flat.forward(stack, X)[1], flat.forward(stack[1], X))
    assert flat.jacobian(stack, X).shape == (3, len(X), w.size)
    assert same(flat.vjp(stack, X, u)[2], flat.vjp(stack[2], X, u[2]))
    assert empirical_ntk(flat, stack, X).shape == (3, len(X), len(X))
    assert "MLP" in repr(flat)


def test_a_linearization_of_what_does_not_factor_does_not_factor():
    network, w, X = case("tanh")
    plain = OnlyJacobian(network)
    for name in ("forward", "jvp", "vjp"):
        setattr(plain, name, getattr(network, name))
    flat = linearize(plain, w)
    assert not hasattr(flat, "layer_factors")
    assert same(empirical_ntk(flat, w, X), empirical_ntk(network, w, X))


@pytest.mark.parametrize("name", ["tanh", "linear", "biased relu"])
def test_solved_descent_takes_the_steps_of_descent(name):
    network, w, X = case(name)
    y = np.sign(X[:, 0])
    Z = np.random.default_rng(2).standard_normal((5, 4))
    step = 1.5 / np.linalg.eigvalsh(empirical_ntk(network, w, X))[-1]
    times = np.array([0, 1, 2, 17, 60])
    solved = linearized_descent(network, w, X, y, Z, step=step, times=times)
    flat, v = linearize(network, w), w.copy()
    for t in range(times[-1] + 1):
        if t in times:
            row = solved[list(times).index(t)]
            assert same(row, flat.forward(v, Z), tolerance=1e-11)
        v -= step * flat.vjp(v, X, flat.forward(v, X) - y)


def test_descent_ends_at_kernel_regression_plus_the_initial_function():
    network, w, X = case("tanh")
    y = np.sign(X[:, 0])
    Z = np.random.default_rng(2).standard_normal((5, 4))
    K, K_Z = empirical_ntk(network, w, X), empirical_ntk(network, w, Z, X)
    step = 1.0 / np.linalg.eigvalsh(K)[-1]
    late, end = linearized_descent(
        network, w, X, y, Z, step=step, times=[10**7, np.inf]
    )
    f0 = network.forward(w, Z)
    expected = f0 + K_Z @ np.linalg.solve(K, y - network.forward(w, X))
    # The condition number of K is about 1e3.
    assert same(end, expected, tolerance=1e-11)
    assert same(late, end, tolerance=1e-11)
    assert not same(end, expected - f0, tolerance=0.1)
    on_training = linearized_descent(network, w, X, y, X, step=step, times=[np.inf])
    assert same(on_training[0], y, tolerance=1e-11)


# --------------------------------------------------------------- the curvature


@pytest.mark.parametrize("name", SMOOTH)
def test_norm_is_that_of_the_hessian_by_finite_differences(name):
    network, w, X = case(name)
    h = 1e-5

    def gradient(v):
        return network.jacobian(v, X[:1])[0]

    units = np.eye(w.size)
    H = np.array([(gradient(w + h * e) - gradient(w - h * e)) / (2 * h) for e in units])
    expected = np.linalg.norm((H + H.T) / 2, 2)
    # Central differences err by h^2 and by eps/h, both about 1e-10.
    got = hessian_norm(network, w, X[0], tolerance=1e-6)
    assert got == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("m", [3, 40, 500, 5000])
def test_norm_has_a_closed_form_for_two_layers(m):
    d = 6
    network = MLP([d, m, 1], "tanh", readout="signs")
    w = network.init(rng=m)
    x = np.random.default_rng(m).standard_normal(d)
    a = w.reshape(m, d) @ x
    curvature = np.abs(-2.0 * np.tanh(a) / np.cosh(a) ** 2).max()
    expected = curvature * (x @ x) / np.sqrt(m)
    got = hessian_norm(network, w, x)
    # Never too large, and nearer than the residual of 1e-3.
    assert expected * (1 - 1e-3) <= got <= expected * (1 + 1e-12)
    assert got == hessian_norm(network, w, x)


@pytest.mark.parametrize("size", [1, 5, 33, 400])
@pytest.mark.parametrize("spectrum", ["both ends", "negative", "zero", "one"])
def test_norm_of_spectra_made_by_hand(size, spectrum):
    values = {
        "both ends": np.linspace(-3.0, 3.0, size) if size > 1 else np.array([3.0]),
        "negative": -3.0 * np.arange(1, size + 1) / size,
        "zero": np.zeros(size),
        "one": np.where(np.arange(size) == size // 2, -3.0, 0.0),
    }[spectrum]
    Q = np.linalg.qr(np.random.default_rng(size).standard_normal((size, size)))[0]
    network = Quadratic((Q * values) @ Q.T)
    expected = 0.0 if spectrum == "zero" else 3.0
    got = hessian_norm(network, np.zeros(size), [1.0], tolerance=1e-6)
    assert got == pytest.approx(expected, abs=1e-8)


# -------------------------------------------------------------------- bad input


BAD = [
    (lambda net, w, X: empirical_ntk(net, w[:-1], X), "params must have .* entries"),
    (lambda net, w, X: empirical_ntk(net, w * np.nan, X), "params must be finite"),
    (lambda net, w, X: empirical_ntk(net, w, X[0]), "X must be 2-dimensional"),
    (lambda net, w, X: empirical_ntk(net, w, X[:0]), "X must not be empty"),
    (lambda net, w, X: empirical_ntk(net, w, X, X[:, :2]), "Z must have 4 columns"),
    (lambda net, w, X: empirical_ntk(object(), w, X), "network must have n_params"),
    (lambda net, w, X: empirical_ntk(Quadratic(np.eye(3)), w[:3], X), "jacobian"),
    (lambda net, w, X: linearize(object(), w), "network must have"),
    (lambda net, w, X: linearize(net, w[1:]), "params must have"),
    (lambda net, w, X: linearize(net, w).forward(w[1:], X), "params must have"),
    (lambda net, w, X: linearize(net, w).hvp(w, X[0], w[1:]), "v must have"),
    (lambda net, w, X: linearize(net, w).hvp(w, X, w), "x must be 1-dimensional"),
    (lambda net, w, X: taylor_remainder(net, w, w[1:], X), "displacements must have"),
    (lambda net, w, X: taylor_remainder(net, w, ["a"], X), "displacements must be"),
    (lambda net, w, X: hessian_norm(net, w, X), "x must be 1-dimensional"),
    (lambda net, w, X: hessian_norm(net, w, X[0, :2]), "x must have"),
    (lambda net, w, X: hessian_norm(net, w, X[0], tolerance=0.0), "tolerance must be"),
    (lambda net, w, X: descent(net, w, X, step=1e9), "step must be below"),
    (lambda net, w, X: descent(net, w, X, step=0.0), "step must be"),
    (lambda net, w, X: descent(net, w, X, times=[0.5]), "times must be whole"),
    (lambda net, w, X: descent(net, w, X, times=[-1]), "times must be whole"),
    (lambda net, w, X: descent(net, w, X, times="ab"), "times must be a vector"),
    (lambda net, w, X: descent(net, w, X, times=[]), "times must be a non-empty"),
    (lambda net, w, X: descent(net, w, X, y=[1.0]), "y must have 7 entries"),
]


def descent(network, w, X, *, y=None, step=1e-3, times=(1,)):
    y = np.ones(len(X)) if y is None else y
    return linearized_descent(network, w, X, y, X, step=step, times=times)


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call(*case("tanh"))


def test_one_point_is_enough():
    network, w, X = case("tanh", n=1)
    assert empirical_ntk(network, w, X).shape == (1, 1)
    assert taylor_remainder(network, w, w, X).shape == (1,)
    assert descent(network, w, X).shape == (1, 1)


def test_the_package_says_what_it_exports():
    assert all(hasattr(tangent, name) for name in tangent.__all__)
