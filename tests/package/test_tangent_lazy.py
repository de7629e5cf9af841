"""Lazy two-layer networks, against networks, limits and plain linear algebra."""

import numpy as np
import pytest

from interpolab import kernels, linear
from interpolab.datasets import sphere_design
from interpolab.networks import MLP
from interpolab.tangent import (
    empirical_ntk,
    kernel_ridge,
    lazy_features,
    lazy_kernel,
    lazy_ridge,
    lazy_smallest_eigenvalues,
)


def unit_weights(N, d, seed):
    W = np.random.default_rng(seed).standard_normal((N, d))
    return W / np.linalg.norm(W, axis=1)[:, None]


def draw(n, N, d, seed=0):
    return sphere_design(n, d, rng=seed), unit_weights(N, d, seed + 1000)


def coin(n, seed=0, k=None):
    size = n if k is None else (n, k)
    return np.random.default_rng(seed).choice([-1.0, 1.0], size)


# ------------------------------------------------------------ features, kernel


def test_features_are_the_jacobian_of_a_two_layer_network():
    X, W = draw(9, 6, 4)
    network = MLP([4, 6, 1], "relu", readout=np.ones(6), parametrization="standard")
    assert np.allclose(lazy_features(X, W), network.jacobian(W.ravel(), X), atol=1e-14)
    network = MLP([4, 6, 1], "tanh", readout="signs")
    signs = np.where(np.arange(6) % 2, -1.0, 1.0) / np.sqrt(6)
    Phi = lazy_features(X, W, derivative=lambda a: 1 / np.cosh(a) ** 2)
    J = network.jacobian(W.ravel(), X)
    assert np.allclose(Phi * np.repeat(signs, 4), J, atol=1e-14)


def test_kernel_is_the_gram_matrix_of_the_features():
    X, W = draw(9, 6, 4)
    Z = sphere_design(5, 4, rng=7)
    for derivative in (None, np.tanh, lambda a: a):
        Phi = lazy_features(X, W, derivative=derivative)
        Psi = lazy_features(Z, W, derivative=derivative)
        K = lazy_kernel(X, W, derivative=derivative)
        assert np.allclose(K, Phi @ Phi.T / 24, atol=1e-14)
        assert np.array_equal(K, K.T)
        cross = lazy_kernel(X, W, Z, derivative=derivative)
        assert np.allclose(cross, Phi @ Psi.T / 24, atol=1e-14)


def test_kernel_is_the_tangent_kernel_of_a_network():
    X, W = draw(12, 8, 5)
    network = MLP([5, 8, 1], "relu", readout="signs", gain=1.0)
    K = empirical_ntk(network, W.ravel(), X)
    assert np.allclose(lazy_kernel(X, W), K / 5, atol=1e-14)


def test_kernel_tends_to_the_infinite_width_kernel_at_rate_one_half():
    d, n, draws = 10, 15, 60
    X = sphere_design(n, d, rng=0)
    limit = kernels.lazy_relu(X, X)
    widths = np.array([64, 256, 1024])
    errors = [
        np.sqrt(
            np.mean(
                [
                    np.mean((lazy_kernel(X, unit_weights(N, d, [N, s])) - limit) ** 2)
                    for s in range(draws)
                ]
            )
        )
        for N in widths
    ]
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    # A mean square over 60 draws of 120 correlated entries is known to about 8 %.
    assert slope == pytest.approx(-0.5, abs=0.06)
    # The law itself: each entry is a mean of N bounded variables.
    share = 2 * limit.diagonal().mean()  # 1 on the sphere
    t = X @ X.T / d
    p = np.divide(limit, t)
    expected = np.sqrt(np.mean(t**2 * p * (1 - p)) / widths * share)
    assert np.allclose(errors, expected, rtol=0.15)


# ------------------------------------------------------------------- the map


def test_map_is_the_smallest_eigenvalue_cell_by_cell():
    X, W = draw(60, 20, 5)
    sizes, widths = [30, 7, 60], [12, 3, 20, 8]
    table = lazy_smallest_eigenvalues(X, W, sizes=sizes, widths=widths)
    for i, n in enumerate(sizes):
        for j, N in enumerate(widths):
            values = np.linalg.eigvalsh(lazy_kernel(X[:n], W[:N]))
            assert table[i, j] == pytest.approx(values[0], abs=1e-14 * values[-1] * n)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_map_is_zero_below_the_line_and_positive_above(seed):
    d = 10
    X, W = draw(300, 60, d, seed)
    sizes, widths = [100, 150, 200, 300], [15, 20, 30, 40, 60]
    table = lazy_smallest_eigenvalues(X, W, sizes=sizes, widths=widths)
    parameters = d * np.array(widths)
    below = parameters < np.array(sizes)[:, None]
    assert (table[below] == 0.0).all()
    above = parameters >= 2 * np.array(sizes)[:, None]
    assert (table[above] > 1e-3).all()
    # Nested points and units: Cauchy's interlacing, and sums of semidefinite terms.
    assert (np.diff(table, axis=0) <= 1e-13).all()
    assert (np.diff(table * widths, axis=1) >= -1e-11).all()


def test_rank_on_the_line_is_exact():
    d, N = 10, 16
    for n in (159, 160, 161):
        X, W = draw(n, N, d, seed=4)
        # Relative to the largest, singular values at N d = n are about 1e-4.
        rank = np.linalg.matrix_rank(lazy_features(X, W), rtol=1e-10)
        assert rank == min(n, N * d)


def test_a_linear_derivative_has_a_singular_kernel():
    # sigma(a) = a^2 / 2: the features are quadratic forms, d (d + 1) / 2 of them.
    X, W = draw(60, 200, 6)
    values = np.linalg.eigvalsh(lazy_kernel(X, W, derivative=lambda a: a))
    assert (values > 1e-12 * values[-1]).sum() == 21
    table = lazy_smallest_eigenvalues(
        X, W, sizes=[60], widths=[200], derivative=lambda a: a
    )
    assert table[0, 0] == 0.0


# ------------------------------------------------------------------ the fit


@pytest.mark.parametrize("ridge", [0.0, 1e-6, 0.3])
@pytest.mark.parametrize(("n", "N"), [(50, 4), (40, 8), (40, 12), (40, 16), (40, 60)])
def test_fit_is_ridge_regression_on_the_features(n, N, ridge):
    d = 5
    X, W = draw(n, N, d)
    Z = sphere_design(30, d, rng=5)
    Y = coin(n, k=3)
    fit = lazy_ridge(X, Y, W, ridge=ridge)
    scale = np.sqrt(N * d)
    coef = linear.ridge(lazy_features(X, W) / scale, Y, ridge / n)
    expected = lazy_features(Z, W) / scale @ coef
    # At N d = n the features' condition number may reach 1e5, and the solution
    # is that sensitive to rounding.
    assert np.allclose(fit.predict(Z), expected, rtol=1e-8, atol=1e-8)
    assert fit.coef.shape == (N, d, 3)
    single = lazy_ridge(X, Y[:, 1], W, ridge=ridge)
    assert single.coef.shape == (N, d)
    assert np.allclose(single.predict(Z), expected[:, 1], rtol=1e-8, atol=1e-8)


def test_fit_is_kernel_regression_with_the_lazy_kernel():
    X, W = draw(30, 40, 5)
    Z, y = sphere_design(10, 5, rng=5), coin(30)
    for ridge in (0.0, 0.1):
        fit = lazy_ridge(X, y, W, ridge=ridge)
        machine = kernel_ridge(lambda A, B: lazy_kernel(A, W, B), X, y, ridge=ridge)
        assert np.allclose(fit.predict(Z), machine.predict(Z), atol=1e-10)
        # The norm in parameters is the norm in the kernel's space.
        dual_norm = machine.dual @ lazy_kernel(X, W) @ machine.dual
        assert np.sum(fit.coef**2) == pytest.approx(dual_norm, rel=1e-10)


def test_training_error_of_coin_flips_is_the_share_that_does_not_fit():
    d, n = 10, 240
    for N, expected in [(18, 1 - 180 / 240), (24, 0.0), (26, 0.0), (80, 0.0)]:
        X, W = draw(n, N, d, seed=2)
        Y = coin(n, k=200)
        error = np.mean((lazy_ridge(X, Y, W).predict(X) - Y) ** 2)
        # 200 draws of 240 coins: standard error of a projection below .003.
        assert error == pytest.approx(expected, abs=0.015 if expected else 1e-9)


def test_a_dead_sample_is_predicted_zero_and_hurts_nobody():
    X, W = draw(12, 30, 4)
    X[3] = -X[3]
    W = np.abs(W)  # all gates of a negative point are off
    X[3] = -np.abs(X[3])
    y = coin(12)
    others = np.delete(np.arange(12), 3)
    fit, without = lazy_ridge(X, y, W), lazy_ridge(X[others], y[others], W)
    assert fit.predict(X[3:4])[0] == 0.0
    assert np.allclose(fit.predict(X[others]), without.predict(X[others]), atol=1e-9)


def test_many_units_are_fitted_without_their_features(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("features were formed")

    monkeypatch.setattr("interpolab.tangent._lazy_ridge.lazy_features", refuse)
    X, W = draw(20, 300, 5)
    y = coin(20)
    assert np.allclose(lazy_ridge(X, y, W).predict(X), y)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda X, W: lazy_features(X, W[:, :2]), "W must have 4 columns"),
        (lambda X, W: lazy_features(X[0], W), "X must be 2-dimensional"),
        (lambda X, W: lazy_features(X * np.inf, W), "X must be finite"),
        (lambda X, W: lazy_features(X, W, derivative=np.sum), "derivative must"),
        (lambda X, W: lazy_kernel(X, W, X[:, :3]), "Z must have 4 columns"),
        (lambda X, W: lazy_kernel(X, W[:0]), "W must not be empty"),
        (lambda X, W: lazy_ridge(X, [1.0], W), "Y must have one row"),
        (lambda X, W: lazy_ridge(X, np.ones(9), W, ridge=-1.0), "ridge must be"),
        (lambda X, W: lazy_ridge(X, np.ones(9), W).predict(X[:, :1]), "Z must have"),
        (lambda X, W: table(X, W, [10], [2]), "sizes must be .* at most 9; got 10"),
        (lambda X, W: table(X, W, [3], [0]), "widths must be .* at least 1"),
        (lambda X, W: table(X, W, [], [2]), "sizes must be a non-empty sequence"),
        (lambda X, W: table(X, W, [2], 2), "widths must be a non-empty sequence"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call(*draw(9, 6, 4))


def table(X, W, sizes, widths):
    return lazy_smallest_eigenvalues(X, W, sizes=sizes, widths=widths)


def test_one_of_everything():
    fit = lazy_ridge([[2.0]], [3.0], [[1.0]])
    assert fit.predict([[1.0]]) == pytest.approx([1.5])
    assert table([[2.0]], [[1.0]], [1], [1]) == pytest.approx(np.array([[4.0]]))
