"""The Polyak-Lojasiewicz inequality, along real descents."""

import numpy as np
import pytest

from interpolab.datasets import sphere_design
from interpolab.networks import MLP
from interpolab.tangent import (
    empirical_ntk,
    kernel_drift_bound,
    pl_radius,
    pl_ratio,
)


def descend(m, n_steps=150, seed=0, label=1.0, fraction=0.5, n=10):
    """Return network, data, the path of gradient descent and its step."""
    d = n
    X = sphere_design(n, d, rng=seed) / np.sqrt(d)
    y = label * np.random.default_rng(seed).choice([-1.0, 1.0], n)
    network = MLP([d, m, 1], "tanh", readout="signs")
    w = network.init(rng=seed, paired=True)
    step = fraction / np.linalg.eigvalsh(empirical_ntk(network, w, X))[-1]
    path = [w]
    for _ in range(n_steps):
        residual = network.forward(w, X) - y
        w = w - step * network.vjp(w, X, residual)
        path.append(w)
    return network, X, y, np.array(path), step


@pytest.mark.parametrize("m", [20, 200, 2000])
def test_inequality_holds_along_gradient_descent(m):
    network, X, y, path, _ = descend(m, n_steps=40)
    found = pl_ratio(network, path, X, y)
    # It is an inequality of real numbers; rounding of the eigenvalue is 1e-14.
    assert found.ratio.min() >= 1 - 1e-12
    # Two routes to the squared gradient.
    assert np.allclose(found.gradient_norm2, found.kernel_form, rtol=1e-12, atol=0)
    assert (0.5 * found.gradient_norm2 <= found.largest_eigenvalue * found.loss).all()
    assert found.loss[-1] < found.loss[0]


@pytest.mark.parametrize("seed", range(20))
def test_inequality_holds_anywhere(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    network = MLP([3, int(rng.integers(1, 9)), 1], "relu", bias=True)
    path = 10.0 ** rng.uniform(-2, 2) * rng.standard_normal((5, network.n_params))
    X, y = rng.standard_normal((n, 3)), rng.standard_normal(n)
    assert pl_ratio(network, path, X, y).ratio.min() >= 1 - 1e-10


def test_ratio_tends_to_one_as_the_slowest_mode_remains():
    network, X, y, path, _ = descend(500, n_steps=400, n=4)
    ratio = pl_ratio(network, path[::40], X, y).ratio
    assert ratio[0] > 1.2
    assert 1 - 1e-12 <= ratio[-1] < 1.01


def test_kernel_is_singular_with_fewer_parameters_than_points():
    network = MLP([3, 2, 1], "tanh")  # 8 parameters
    X = np.random.default_rng(0).standard_normal((9, 3))
    found = pl_ratio(network, network.init(rng=0), X, np.ones(9))
    assert found.smallest_eigenvalue.tolist() == [0.0]
    assert np.isinf(found.ratio).all()
    assert found.largest_eigenvalue[0] > 0
    assert pl_ratio(network, network.init(rng=0), X[:8], np.ones(8)).ratio[0] >= 1


def test_at_zero_loss_the_inequality_is_empty():
    network = MLP([2, 5, 1], "tanh")
    w, X = network.init(rng=0), np.eye(2)
    found = pl_ratio(network, w, X, network.forward(w, X))
    assert found.loss.tolist() == [0.0]
    assert np.isinf(found.ratio).all()


@pytest.mark.parametrize("m", [50, 1000])
def test_descent_stays_in_the_ball_and_contracts(m):
    network, X, y, path, step = descend(m, n_steps=600)
    found = pl_ratio(network, path[::30], X, y)
    mu = found.smallest_eigenvalue.min()
    assert mu > 0.01
    losses = np.array([0.5 * np.sum((network.forward(w, X) - y) ** 2) for w in path])
    assert (losses[1:] <= (1 - step * mu) * losses[:-1] * (1 + 1e-12)).all()
    moved = np.linalg.norm(path - path[0], axis=1).max()
    beta = 1 / step  # the descent lemma holds with it, or losses would not fall
    flow, descent = pl_radius(losses[0], mu), pl_radius(losses[0], mu, smoothness=beta)
    # The flow's radius is of the right size, the descent's is loose.
    assert 0.2 * flow <= moved <= flow <= descent


def test_drift_bound_holds_and_is_attained_by_a_scaling():
    # J = c J_0: the Jacobian moves by (c - 1)|J_0|, the kernel by (c^2 - 1)|J_0|^2.
    J = np.random.default_rng(0).standard_normal((6, 20))
    K, c = J @ J.T, 1.3
    size = np.linalg.norm(J, 2)
    bound = kernel_drift_bound(K, (c - 1) * size)
    assert bound == pytest.approx((c**2 - 1) * size**2, rel=1e-12)
    assert kernel_drift_bound(K, 0.0) == 0.0


@pytest.mark.parametrize("label", [0.1, 1.0])
def test_drift_bound_holds_along_a_descent(label):
    network, X, _, path, _ = descend(400, label=label)
    first, last = (empirical_ntk(network, w, X) for w in (path[0], path[-1]))
    change = np.linalg.norm(
        network.jacobian(path[-1], X) - network.jacobian(path[0], X), 2
    )
    drift = np.linalg.norm(last - first, 2)
    assert drift <= kernel_drift_bound(first, change) * (1 + 1e-12)
    low = [np.linalg.eigvalsh(K)[0] for K in (first, last)]
    assert abs(low[1] - low[0]) <= drift * (1 + 1e-12)
    # The bound on the Jacobian in closed form, for points on the unit sphere.
    R = np.linalg.norm(path[-1] - path[0])
    curvature = 4 / (3 * np.sqrt(3))
    assert change <= curvature * R * np.linalg.norm(X, 2) / np.sqrt(400)


NET = MLP([3, 4, 1], "tanh")
W = NET.init(rng=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pl_ratio(NET, W[1:], np.eye(3), np.ones(3)), "path must have"),
        (lambda: pl_ratio(NET, W * np.nan, np.eye(3), np.ones(3)), "path must be fin"),
        (lambda: pl_ratio(NET, W[:0], np.eye(3), np.ones(3)), "path must not be empty"),
        (lambda: pl_ratio(NET, W, np.eye(3), np.ones(2)), "y must have 3 entries"),
        (lambda: pl_ratio(object(), W, np.eye(3), np.ones(3)), "network must have"),
        (lambda: pl_radius(-1.0, 1.0), "loss must be"),
        (lambda: pl_radius(1.0, 0.0), "mu must be"),
        (lambda: pl_radius(1.0, 1.0, smoothness=0.5), "smoothness must be"),
        (lambda: kernel_drift_bound(np.eye(2), -1.0), "jacobian_change must be"),
        (lambda: kernel_drift_bound(np.ones((2, 3)), 1.0), "K must be of shape"),
        (lambda: kernel_drift_bound([[0.0, 1.0], [2.0, 0.0]], 1.0), "symmetric"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
