"""Kernel and polynomial ridge regression, and what theory says of their spectra."""

from math import comb

import numpy as np
import pytest
from scipy.special import eval_chebyt, eval_legendre
from sklearn.kernel_ridge import KernelRidge

from interpolab import asymptotics, kernels, linear
from interpolab.datasets import sphere_design
from interpolab.tangent import (
    degree_shares,
    kernel_ridge,
    kernel_ridge_at_train_errors,
    kernel_ridge_path,
    polynomial_kernel,
    polynomial_ridge,
    spectrum_bands,
)


def lazy_coefficients(d, degree):
    """Return the coefficients of the infinite-width lazy ReLU kernel."""
    return kernels.gegenbauer_coefficients(
        lambda t: t * (np.pi - np.arccos(t)) / (2 * np.pi), d, degree
    )


def coin(n, seed=0, k=None):
    size = n if k is None else (n, k)
    return np.random.default_rng(seed).choice([-1.0, 1.0], size)


# --------------------------------------------------------------- kernel ridge


@pytest.mark.parametrize("ridge", [1e-8, 0.1, 10.0])
def test_fit_agrees_with_scikit_learn(ridge):
    X, Z = sphere_design(40, 6, rng=0), sphere_design(15, 6, rng=1)
    for Y in (coin(40), coin(40, k=3)):
        fit = kernel_ridge(kernels.lazy_relu, X, Y, ridge=ridge)
        machine = KernelRidge(alpha=ridge, kernel="precomputed")
        machine.fit(kernels.lazy_relu(X, X), Y)
        expected = machine.predict(kernels.lazy_relu(Z, X))
        # Both solve by Cholesky; the condition number is below 1e4.
        assert np.allclose(fit.predict(Z), expected, atol=1e-10)


def test_without_a_ridge_it_interpolates():
    X, y = sphere_design(40, 6, rng=0), coin(40)
    fit = kernel_ridge(kernels.lazy_relu, X, y)
    assert np.allclose(fit.predict(X), y, atol=1e-11)


@pytest.mark.parametrize(("n", "d"), [(30, 4), (10, 25)])
@pytest.mark.parametrize("ridge", [0.0, 0.5])
def test_the_linear_kernel_is_linear_regression(n, d, ridge):
    # Singular for n > d: then least squares, at ridge 0 by the pseudo-inverse.
    X = np.random.default_rng(0).standard_normal((n, d))
    Z, Y = np.random.default_rng(1).standard_normal((8, d)), coin(n, k=2)
    fit = kernel_ridge(lambda A, B: A @ B.T, X, Y, ridge=ridge)
    assert np.allclose(fit.predict(Z), Z @ linear.ridge(X, Y, ridge / n), atol=1e-11)


def test_repeated_points_get_their_mean_as_the_ridge_vanishes():
    X = np.repeat(sphere_design(5, 3, rng=0), 2, axis=0)
    y = np.arange(10.0)
    means = np.repeat(y.reshape(5, 2).mean(axis=1), 2)
    fit = kernel_ridge(lambda A, B: kernels.gaussian(A, B, 1.0), X, y)
    assert np.allclose(fit.predict(X), means, atol=1e-9)


def test_path_is_the_fit_at_every_ridge():
    X = sphere_design(30, 5, rng=0)
    K = kernels.lazy_relu(X, X)
    ridges = np.array([0.3, 0.0, 1e-9, 5.0])
    for Y in (coin(30), coin(30, k=2)):
        path = kernel_ridge_path(K, Y, ridges)
        assert path.dual.shape == (4, *Y.shape)
        assert path.gcv.shape == path.train_error.shape == (4, *Y.shape[1:])
        for j, ridge in enumerate(ridges):
            dual = kernel_ridge(kernels.lazy_relu, X, Y, ridge=ridge).dual
            # The condition number is about 1e3.
            assert np.allclose(path.dual[j], dual, rtol=1e-10, atol=1e-10)
            error = np.mean((K @ path.dual[j] - Y) ** 2, axis=0)
            assert np.allclose(path.train_error[j], error, atol=1e-20)
            hat = K @ np.linalg.inv(K + ridge * np.eye(30))
            assert path.degrees_of_freedom[j] == pytest.approx(np.trace(hat))


def test_path_of_a_singular_matrix_is_least_squares():
    X = np.random.default_rng(0).standard_normal((20, 3))
    y = coin(20)
    path = kernel_ridge_path(X @ X.T, y, [0.0, 2.0])
    for j, penalty in enumerate([0.0, 2.0 / 20]):
        coef = linear.ridge(X, y, penalty)
        assert np.allclose(X.T @ path.dual[j], coef, atol=1e-12)
        error = np.mean((X @ coef - y) ** 2)
        assert path.train_error[j] == pytest.approx(error)
        df = path.degrees_of_freedom[j]
        assert path.gcv[j] == pytest.approx(error / (1 - df / 20) ** 2)
    assert path.degrees_of_freedom[0] == pytest.approx(3.0)


def test_cross_validation_has_its_limit_at_interpolation():
    X, y = sphere_design(30, 5, rng=0), coin(30)
    path = kernel_ridge_path(kernels.lazy_relu(X, X), y, [0.0, 1e-12, 1e-3, 1.0])
    n = 30
    plain = path.train_error[2:] / (1 - path.degrees_of_freedom[2:] / n) ** 2
    assert np.allclose(path.gcv[2:], plain, rtol=1e-9)
    assert path.gcv[0] == pytest.approx(path.gcv[1], rel=1e-9)


@pytest.mark.parametrize("part", [1e-4, 1e-12, 1e-20])
def test_ridges_reach_what_is_nearly_interpolation(part):
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((20, 60)), rng.standard_normal(20)
    goal = part * y @ y / 20
    path = kernel_ridge_at_train_errors(X @ X.T, y, [goal])
    assert path.train_error[0] == pytest.approx(goal, rel=1e-9)
    assert path.ridges[0] > 0.0


@pytest.mark.parametrize(("n", "d"), [(20, 30), (30, 8)])
def test_ridges_reach_their_training_errors(n, d):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n, d)) / np.arange(1, d + 1), rng.standard_normal(n)
    K, ceiling = X @ X.T, y @ y / n
    floor = np.mean((X @ linear.min_norm(X, y) - y) ** 2)
    floor = 0.0 if n < d else floor
    goals = floor + (ceiling - floor) * np.array([0.5, 0.0, 1e-6, 0.999])
    path = kernel_ridge_at_train_errors(K, y, goals)
    assert np.allclose(path.train_error, goals, rtol=1e-10, atol=1e-13)
    for goal, ridge, dual in zip(goals, path.ridges, path.dual, strict=True):
        # The other module, by the singular values of X.  At the floor both
        # penalties are zero; near it squaring X costs half the digits.
        if goal > floor:
            fit = linear.ridge_at_train_error(X, y, goal)
            assert ridge == pytest.approx(n * fit.penalty, rel=1e-6)
            assert np.allclose(X.T @ dual, fit.coef, rtol=1e-6, atol=1e-8)
        else:
            assert ridge == 0.0
            assert np.allclose(X.T @ dual, linear.min_norm(X, y), atol=1e-7)


# --------------------------------------------------------- polynomial regression


def test_polynomials_are_chebyshev_s_and_legendre_s():
    for d, reference in [(2, eval_chebyt), (3, eval_legendre)]:
        X, Z = sphere_design(6, d, rng=0), sphere_design(7, d, rng=1)
        for k in range(6):
            K = polynomial_kernel(X, Z, np.eye(6)[k])
            assert np.allclose(K, reference(k, X @ Z.T / d), atol=1e-13)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_kernel_of_one_degree_has_the_rank_of_its_harmonics(degree):
    d = 4
    X = sphere_design(80, d, rng=0)
    K = polynomial_kernel(X, X, np.eye(degree + 1)[degree])
    assert np.array_equal(K, K.T)
    values = np.linalg.eigvalsh(K)
    rank = kernels.multiplicity(d, degree)
    assert (values > 1e-10 * values[-1]).sum() == rank
    assert values[0] > -1e-12 * values[-1]
    assert np.allclose(np.diag(K), 1.0)


@pytest.mark.parametrize("ridge", [0.0, 0.2])
@pytest.mark.parametrize("n", [12, 60])
def test_fit_is_ridge_regression_on_explicit_polynomials(n, ridge):
    # Orthonormal features of degree up to 2 in three dimensions, written out:
    # <phi(x), phi(z)> is the kernel by the addition theorem.
    gamma = np.array([0.1, 0.3, 0.6])

    def features(X):
        x, y, z = X.T / np.sqrt(3)
        harmonics = [
            np.sqrt(3) * x * y,
            np.sqrt(3) * y * z,
            np.sqrt(3) * x * z,
            np.sqrt(3) / 2 * (x**2 - y**2),
            (3 * z**2 - 1) / 2,
        ]
        columns = [np.sqrt(gamma[0]) * np.ones_like(x)]
        columns += [np.sqrt(gamma[1]) * c for c in (x, y, z)]
        columns += [np.sqrt(gamma[2]) * c for c in harmonics]
        return np.column_stack(columns)

    X, Z = sphere_design(n, 3, rng=0), sphere_design(9, 3, rng=1)
    Y = coin(n, k=2)
    fit = polynomial_ridge(X, Y, gamma, ridge=ridge)
    expected = features(Z) @ linear.ridge(features(X), Y, ridge / n)
    assert np.allclose(fit.predict(Z), expected, atol=1e-10)
    assert np.allclose(
        polynomial_kernel(X, Z, gamma), features(X) @ features(Z).T, atol=1e-14
    )


def test_any_basis_of_the_polynomials_gives_the_same_least_squares_fit():
    d, n = 4, 40
    X, Z, y = sphere_design(n, d, rng=0), sphere_design(9, d, rng=1), coin(n)

    def monomials(X):
        pairs = [X[:, i] * X[:, j] for i in range(d) for j in range(i, d)]
        return np.column_stack([np.ones(len(X)), X, *pairs])

    # On the sphere the squares add up to d, so that one column is redundant.
    fit = polynomial_ridge(X, y, [0.2, 0.5, 0.3], ridge=0.0)
    expected = monomials(Z) @ linear.min_norm(monomials(X), y)
    assert np.allclose(fit.predict(Z), expected, atol=1e-10)


def test_the_higher_degrees_act_as_a_ridge():
    # Montanari and Zhong: at n = d the full kernel without a ridge errs like the
    # linear one with the self-induced ridge, and not like the one without.
    d = n = 60
    gamma = lazy_coefficients(d, 1)
    tail = 0.5 - gamma.sum()
    full, induced, bare = [], [], []
    for seed in range(4):
        X, Z = sphere_design(n, d, rng=seed), sphere_design(1000, d, rng=seed + 50)
        b = np.eye(d)[0]
        noise = 0.5 * np.random.default_rng(seed).standard_normal(n)
        y = X @ b + noise

        def excess(fit, Z=Z, b=b):
            return np.mean((fit.predict(Z) - Z @ b) ** 2)

        full.append(excess(kernel_ridge(kernels.lazy_relu, X, y)))
        induced.append(excess(polynomial_ridge(X, y, gamma, ridge=tail)))
        bare.append(excess(polynomial_ridge(X, y, gamma, ridge=0.0)))
    # Paired draws: the two agree to a few per cent, where bare is tens of times
    # as large.
    assert np.mean(full) == pytest.approx(np.mean(induced), rel=0.05)
    assert np.median(bare) > 5 * np.median(induced)


# ------------------------------------------------------------ spectra, shares


@pytest.mark.parametrize(("d", "n"), [(40, 400), (60, 600)])
def test_bands_hold_the_eigenvalues(d, n):
    gamma = lazy_coefficients(d, 3)
    bands = spectrum_bands(gamma, 0.5, d=d, n=n)
    X = sphere_design(n, d, rng=0)
    values = np.linalg.eigvalsh(kernels.lazy_relu(X, X))[::-1]
    assert bands.count.sum() == n
    assert bands.count.tolist() == [1, d, n - d - 1]
    top, bulk = values[: d + 1], values[d + 1 :]
    # Edges fluctuate like n^(-2/3), and the theory is a heuristic for one block
    # beside others: 4 % for the bulk, 10 % for the small top block.
    assert bulk[-1] == pytest.approx(bands.low[2], rel=0.04)
    assert bulk[0] == pytest.approx(bands.high[2], rel=0.04)
    assert top[-1] == pytest.approx(bands.low[1], rel=0.10)
    assert top[0] == pytest.approx(bands.high[1], rel=0.10)
    assert bulk.mean() == pytest.approx(0.5 - gamma[:2].sum(), rel=0.01)
    # The correction matters: the limit alone is off by half.
    assert bulk[-1] < 0.6 * (0.5 - gamma[:2].sum())


def test_bands_of_the_trivial_kernel():
    bands = spectrum_bands([2.0], 2.0, d=5, n=1)
    assert bands.count.tolist() == [1]
    assert bands.high[0] == pytest.approx(8.0)
    # Without the first block's shape the trace is kept: the sum of the means
    # gamma_k n_k / B_k + tail over all blocks.
    gamma = np.array([0.1, 0.2, 0.3, 0.4])
    bands = spectrum_bands(gamma, 1.0, d=6, n=40)
    tails = 1.0 - np.cumsum(gamma)[bands.degree]
    middle = (bands.low + bands.high) / 2 - tails
    assert (middle > 0).all()
    assert bands.count.sum() == 40


def test_shares_agree_with_the_effective_ridge_of_the_full_spectrum():
    d, n = 12, 150
    B = np.array([kernels.multiplicity(d, k) for k in range(5)])
    values = lazy_coefficients(d, 4) / B
    found = degree_shares(values, B, n, ridge=0.07)
    spectrum = np.sort(np.repeat(values, B))[::-1]
    positive = spectrum[spectrum > 0]
    kappa = asymptotics.effective_ridge(positive, n, 0.07 / n)
    assert found.effective_ridge == pytest.approx(kappa, rel=1e-10)
    assert found.shares == pytest.approx(values / (values + kappa))
    assert found.df2 == pytest.approx(np.sum((positive / (positive + kappa)) ** 2))


def test_shares_have_their_limits():
    values, B = np.array([1.0, 0.01]), np.array([10.0, 1000.0])
    few, many = (degree_shares(values, B, n).shares for n in (1, 1009))
    assert (few < 0.1).all()
    assert many == pytest.approx([1.0, 1.0], abs=2e-3)
    # Total degrees of freedom are the number of points.
    found = degree_shares(values, B, 300)
    assert np.sum(B * found.shares) == pytest.approx(300)
    # All ridge and no kernel to speak of.
    assert degree_shares([0.0], [1.0], 4, ridge=8.0).effective_ridge == pytest.approx(2)


def test_tail_as_a_ridge_is_a_good_approximation():
    d, n = 30, 60
    B = np.array([float(kernels.multiplicity(d, k)) for k in range(8)])
    gamma = lazy_coefficients(d, 7)
    rest = 0.5 - gamma.sum()
    full = degree_shares(gamma / B, B, n, ridge=rest)
    short = degree_shares(gamma[:3] / B[:3], B[:3], n, ridge=rest + gamma[3:].sum())
    # The eigenvalues left out are below 1e-3 of the effective ridge.
    assert short.shares == pytest.approx(full.shares[:3], rel=1e-3)


def test_share_predicts_what_a_kernel_machine_learns():
    d, n = 16, 100
    B = np.array([float(kernels.multiplicity(d, k)) for k in range(5)])
    gamma = lazy_coefficients(d, 4)
    predicted = degree_shares(gamma / B, B, n, ridge=0.5 - gamma.sum()).shares
    Z = sphere_design(2000, d, rng=99)
    shares = []
    for seed in range(4):
        X = sphere_design(n, d, rng=seed)
        directions = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, 10)))[
            0
        ]
        fit = kernel_ridge(kernels.lazy_relu, X, X @ directions)
        truth = Z @ directions
        shares.append(np.sum(fit.predict(Z) * truth) / np.sum(truth**2))
    # Ten directions and four draws: spread about .01.
    assert np.mean(shares) == pytest.approx(predicted[1], abs=0.04)


def test_shares_on_the_hypercube_predict_a_test_error():
    # y = x_1 x_2 on {-1, 1}^30, learned by a ReLU network's tangent kernel.
    d, n = 30, 300

    def kernel(A, B):
        return kernels.relu_ntk(A / np.sqrt(d), B / np.sqrt(d), n_hidden=1)

    # u kappa_0(u) + kappa_1(u) is the tangent kernel of one hidden layer.
    values = kernels.hypercube_eigenvalues(
        lambda u: u * kernels.kappa_0(u) + kernels.kappa_1(u), d
    )
    B = np.array([float(comb(d, k)) for k in range(d + 1)])
    found = degree_shares(values, B, n)
    predicted = (1 - found.shares[2]) ** 2 / (1 - found.df2 / n)
    errors = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X, Z = rng.choice([-1.0, 1.0], (n, d)), rng.choice([-1.0, 1.0], (1000, d))
        fit = kernel_ridge(kernel, X, X[:, 0] * X[:, 1])
        errors.append(np.mean((fit.predict(Z) - Z[:, 0] * Z[:, 1]) ** 2))
    # Spread over draws about 5 %.
    assert np.mean(errors) == pytest.approx(predicted, rel=0.08)


def test_rounding_below_zero_counts_as_zero():
    clean = degree_shares([1.0, 0.0], [5.0, 100.0], 20, ridge=1.0)
    noisy = degree_shares([1.0, -1e-18], [5.0, 100.0], 20, ridge=1.0)
    assert noisy.shares.tolist() == clean.shares.tolist()
    X = sphere_design(4, 3, rng=0)
    assert np.array_equal(
        polynomial_kernel(X, X, [1.0, -1e-17]), polynomial_kernel(X, X, [1.0, 0.0])
    )


# ------------------------------------------------------------------- bad input


X = sphere_design(6, 3, rng=0)
Y = np.ones(6)


def dot(A, B):
    return A @ B.T


def reach(goals):
    return kernel_ridge_at_train_errors(np.eye(6), Y, goals)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernel_ridge(dot, X, Y[:5]), "Y must have one row"),
        (lambda: kernel_ridge(dot, X, Y, ridge=-0.1), "ridge must be"),
        (lambda: kernel_ridge(dot, X[:0], Y), "X must not be empty"),
        (lambda: kernel_ridge("rbf", X, Y), "kernel must be a function"),
        (lambda: kernel_ridge(lambda A, B: A, X, Y), r"kernel\(X, X\) must be of"),
        (lambda: kernel_ridge(dot, X, Y).predict(X[:, :2]), "Z must have 3 columns"),
        (lambda: kernel_ridge_path(X, Y, [1.0]), "K must be of shape"),
        (lambda: kernel_ridge_path(np.triu(np.ones((6, 6))), Y, [1.0]), "symmetric"),
        (lambda: kernel_ridge_path(-np.eye(6), Y, [1.0]), "K must be positive semi"),
        (lambda: kernel_ridge_path(np.eye(6), Y, [-1.0]), "ridges must be non-neg"),
        (lambda: kernel_ridge_path(np.eye(6), Y, []), "ridges must not be empty"),
        (lambda: reach([-0.1]), "train_errors must be reachable, at least 0 "),
        (lambda: reach([0.5, 1.0]), "below 1 .*; got 1"),
        (lambda: reach([]), "train_errors must not be empty"),
        (lambda: polynomial_kernel(2 * X, X, [1.0]), "X must have rows of norm"),
        (lambda: polynomial_kernel(X, X[:, :2], [1.0]), "Z must have 3 columns"),
        (lambda: polynomial_kernel(X[:, :1], X, [1.0]), "X must have at least 2"),
        (lambda: polynomial_kernel(X, X, [1.0, -1.0]), "coefficients must be non-neg"),
        (lambda: polynomial_kernel(X, X, []), "coefficients must not be empty"),
        (lambda: polynomial_ridge(X, Y, [1.0], ridge=-1.0), "ridge must be"),
        (lambda: polynomial_ridge(X, Y * np.nan, [1.0], ridge=0.0), "Y must be finite"),
        (lambda: spectrum_bands([0.1], 0.5, d=3, n=5), "coefficients must reach"),
        (lambda: spectrum_bands([0.6], 0.5, d=3, n=1), "total must be"),
        (lambda: spectrum_bands([0.5], 0.5, d=1, n=1), "d must be"),
        (lambda: degree_shares([1.0], [1.0, 2.0], 3), "multiplicities must have 1"),
        (lambda: degree_shares([-1.0], [1.0], 3), "eigenvalues must be non-negative"),
        (lambda: degree_shares([1.0], [0.0], 3), "multiplicities must be positive"),
        (lambda: degree_shares([1.0], [3.0], 3), "ridge must be positive unless"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
