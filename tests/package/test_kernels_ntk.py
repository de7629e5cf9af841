"""Kernels of infinitely wide ReLU networks: random networks, limits, identities."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.linalg import block_diag

from interpolab.datasets import sphere_design
from interpolab.kernels import (
    hermite_coefficients,
    kappa_0,
    kappa_1,
    lazy_relu,
    relu_nngp,
    relu_ntk,
)

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "bench_kernels.py"
RECURSIONS = [relu_nngp, relu_ntk]
depths = st.integers(0, 6)
problems = st.tuples(st.integers(1, 12), st.integers(1, 6), st.integers(0, 2**32 - 1))


def points(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def pair(angle):
    """Return two unit vectors in the plane with the given angle."""
    return np.array([[1.0, 0.0]]), np.array([[np.cos(angle), np.sin(angle)]])


def textbook(u, n_hidden):
    """Return NNGP and NTK as functions of the cosine, formula by formula."""
    theta = u
    for _ in range(n_hidden):
        theta = theta * kappa_0(u) + kappa_1(u)
        u = kappa_1(u)
    return u, theta


def random_network(X, widths, rng):
    """Return the outputs' conditional covariance and the tangent kernel, one draw."""
    h, layers = X.T, []
    for m in widths:
        W = rng.standard_normal((m, len(h)))
        active = W @ h > 0
        layers.append((h, W, active))
        h = np.sqrt(2 / m) * active * (W @ h)
    back = np.repeat(rng.standard_normal((len(h), 1)), len(X), axis=1)
    covariance = h.T @ h
    tangent = covariance.copy()
    for h, W, active in reversed(layers):
        back = np.sqrt(2 / len(W)) * active * back
        tangent += (back.T @ back) * (h.T @ h)
        back = W.T @ back
    return covariance, tangent


@pytest.mark.parametrize("kappa", [kappa_0, kappa_1])
def test_averages_over_the_weight_by_quadrature(kappa):
    # A Gaussian weight in the plane has a uniform direction a and E r^2 = 2; the
    # integrand is smooth between the directions where a neuron switches.
    for angle in np.linspace(0.0, np.pi, 9):
        low, high = angle - np.pi / 2, np.pi / 2
        if kappa is kappa_0:
            average = quad(lambda a: 1.0, low, high)[0] / (2 * np.pi)
        else:
            product = quad(lambda a, t=angle: np.cos(a) * np.cos(a - t), low, high)[0]
            average = 2 * product / (2 * np.pi)
        assert kappa(np.cos(angle)) == pytest.approx(2 * average, abs=1e-14)


def test_averages_are_the_series_of_squared_hermite_coefficients():
    u = np.linspace(-0.5, 0.5, 11)
    powers = u ** np.arange(61)[:, None]  # 0.5^61 is below rounding
    step = hermite_coefficients(lambda x: np.where(x > 0, 1.0, 0.0), 60)
    relu = hermite_coefficients(lambda x: np.maximum(x, 0.0), 60)
    assert np.allclose(kappa_0(u), 2 * step**2 @ powers, atol=1e-14)
    assert np.allclose(kappa_1(u), 2 * relu**2 @ powers, atol=1e-14)


def test_derivative_of_the_relu_average_is_the_step_average():
    u, h = np.linspace(-0.9, 0.9, 19), 1e-5
    slope = (kappa_1(u + h) - kappa_1(u - h)) / (2 * h)
    # Truncation h^2 times a third derivative of up to 4, rounding eps / h.
    assert np.allclose(slope, kappa_0(u), atol=1e-9)


def test_averages_keep_the_ends_and_the_shape():
    for kappa in (kappa_0, kappa_1):
        assert kappa(1.0) == 1.0
        assert kappa(-1.0) == 0.0
        assert isinstance(kappa(0.3), float)
        assert kappa(np.zeros((2, 3, 4))).shape == (2, 3, 4)
        # kappa_1 vanishes like the cube of the remaining angle, so it must not
        # come out negative.
        assert np.all(kappa(-1 + np.logspace(-16, -1, 50)) >= 0)
        assert kappa(1 + 1e-15) == 1.0


@pytest.mark.parametrize("n_hidden", [1, 2, 3])
def test_wide_random_networks(n_hidden):
    rng = np.random.default_rng(5)
    X = points(4, 3, seed=1)
    m, draws = 150, 600
    samples = np.array([random_network(X, [m] * n_hidden, rng) for _ in range(draws)])
    mean, error = samples.mean(axis=0), samples.std(axis=0) / np.sqrt(draws)
    expected = relu_nngp(X, X, n_hidden=n_hidden), relu_ntk(X, X, n_hidden=n_hidden)
    norms = np.linalg.norm(X, axis=1)
    # 20 entries, so 4.5 standard errors.  Networks of more than one layer are
    # biased by O(1/m), which 3/m of |x| |z| bounds here.
    band = 4.5 * error + (0 if n_hidden == 1 else 3 / m) * np.outer(norms, norms)
    assert np.all(np.abs(mean - expected) <= band)
    # A layer left out, or a factor 2, would change the diagonal by |x|^2.
    assert np.all(np.diag(band[1]) < 0.3 * norms**2)


def test_a_wide_linearized_layer():
    d, N = 6, 200_000
    X = sphere_design(5, d, rng=2)
    W = np.random.default_rng(3).standard_normal((N, d))  # only signs matter
    gates = (X @ W.T > 0).astype(float)
    empirical = (gates @ gates.T / N) * (X @ X.T / d)
    # A share of N draws is known to 0.5/sqrt(N); 15 pairs.
    assert np.allclose(lazy_relu(X, X), empirical, atol=4 * 0.5 / np.sqrt(N))


@settings(max_examples=60, deadline=None)
@given(problems, depths)
def test_values_are_those_of_the_recursion(problem, n_hidden):
    n, d, seed = problem
    X, Z = points(n, d, seed), points(n + 2, d, seed + 1)
    x, z = np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1)
    scale = np.outer(x, z)
    nngp, ntk = textbook(X @ Z.T / scale, n_hidden)
    # The textbook's arccos is wrong by 1e-8 where vectors are parallel, which
    # they all are for d = 1.
    tolerance = 1e-7 * (n_hidden + 1) * scale
    assert np.all(np.abs(relu_nngp(X, Z, n_hidden=n_hidden) - nngp * scale) < tolerance)
    assert np.all(np.abs(relu_ntk(X, Z, n_hidden=n_hidden) - ntk * scale) < tolerance)


@pytest.mark.parametrize("n_hidden", [1, 3, 10, 100])
def test_to_full_precision_away_from_the_ends(n_hidden):
    x, z = pair(1.1)
    nngp, ntk = textbook(np.cos(1.1), n_hidden)
    # A few roundings in each layer; u tends to 1, where arccos multiplies them
    # by 1/angle, about layers/(3 pi).
    tolerance = 1e-15 * n_hidden * (1 + n_hidden)
    assert relu_nngp(x, z, n_hidden=n_hidden)[0, 0] == pytest.approx(
        nngp, rel=tolerance
    )
    assert relu_ntk(x, z, n_hidden=n_hidden)[0, 0] == pytest.approx(ntk, rel=tolerance)


@pytest.mark.parametrize("n_hidden", [0, 1, 2, 5, 50])
def test_parallel_and_opposite_points(n_hidden):
    X = points(20, 7)
    scaled = 3.7 * X  # parallel up to rounding
    squares = (X**2).sum(axis=1)
    for kernel, ends in ((relu_nngp, 1.0), (relu_ntk, n_hidden + 1.0)):
        same = np.diag(kernel(X, X, n_hidden=n_hidden))
        assert np.allclose(same, ends * squares, rtol=1e-15)
        parallel = np.diag(kernel(X, scaled, n_hidden=n_hidden))
        assert np.allclose(parallel, 3.7 * ends * squares, rtol=1e-14)
    nngp, ntk = textbook(-1.0, n_hidden)
    opposite = np.diag(relu_ntk(X, -scaled, n_hidden=n_hidden)) / squares / 3.7
    assert np.allclose(opposite, ntk, atol=1e-14 * (n_hidden + 1))
    opposite = np.diag(relu_nngp(X, -scaled, n_hidden=n_hidden)) / squares / 3.7
    assert np.allclose(opposite, nngp, atol=1e-14 * (n_hidden + 1))


@pytest.mark.parametrize("angle", [1e-3, 1e-6, 1e-9, 1e-12])
def test_the_kink_at_equal_points_keeps_its_digits(angle):
    # theta^l -> angle - O(angle^2) in every layer, and Theta loses angle/pi for
    # each: L(L+1)/2 angle/pi in all.  1 - 1e-16 has the angle 1e-8, so a recursion
    # in the cosine alone gives 0 or noise from 1e-8 on.
    for n_hidden in (1, 2, 4):
        x, z = pair(angle)
        lost = n_hidden + 1 - relu_ntk(x, z, n_hidden=n_hidden)[0, 0]
        expected = n_hidden * (n_hidden + 1) / 2 * angle / np.pi
        # The next order in the angle; and the rounding of numbers up to L + 1.
        assert lost == pytest.approx(expected, rel=10 * angle, abs=4e-15)
    lost = 0.5 - 2 * lazy_relu(x, z)[0, 0]  # d = 2, unit vectors
    assert lost == pytest.approx(angle / (2 * np.pi), rel=10 * angle, abs=1e-15)


@pytest.mark.parametrize("angle", [1e-3, 1e-6, 1e-9])
def test_the_kink_at_opposite_points_keeps_its_digits(angle):
    x, z = pair(angle)
    # One layer: -kappa_0 + O(angle^2) = -angle/pi.
    value = relu_ntk(x, -z, n_hidden=1)[0, 0]
    assert value == pytest.approx(-angle / np.pi, rel=10 * angle, abs=1e-15)
    value = 2 * lazy_relu(x, -z)[0, 0]
    assert value == pytest.approx(-angle / (2 * np.pi), rel=10 * angle, abs=1e-15)


@pytest.mark.parametrize("size", [128, 129, 700])
def test_both_branches_meet_where_the_angle_changes_its_source(size):
    # Cosines on both sides of 1 - 2^-10 and of -1 + 2^-10, in several tiles.
    angles = np.arccos(1 - 2.0**-10) * np.linspace(0.9, 1.1, size)
    for turn in (0.0, np.pi):
        Z = np.column_stack([np.cos(angles + turn), np.sin(angles + turn)])
        values = relu_ntk([[1.0, 0.0]], Z, n_hidden=3)[0]
        steps = np.diff(values) / np.diff(angles)
        # The curve is smooth, so its slopes change by their curvature, about 1,
        # times the step; a jump of 1e-13 between the branches would show.
        assert np.all(np.abs(np.diff(steps)) < 5 * np.diff(angles)[0] + 1e-10)


def test_crowds_of_parallel_points_take_a_faster_way(monkeypatch):
    rng = np.random.default_rng(0)
    X = 5 + 1e-3 * rng.standard_normal((150, 4))
    X[::3] *= -1
    fast = relu_ntk(X, X, n_hidden=2), lazy_relu(X, X[:40])
    monkeypatch.setattr("interpolab.kernels._cosines._CROWDED", 0)
    slow = relu_ntk(X, X, n_hidden=2), lazy_relu(X, X[:40])
    for one, other in zip(fast, slow, strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-14 * np.abs(one).max())


@pytest.mark.parametrize("n_hidden", [1, 2, 3])
def test_tangent_kernel_is_a_sum_of_derivatives(n_hidden):
    # Theta^L = sum over l of Sigma^l dSigma^L/dSigma^l: each layer's weights add
    # the covariance below them, times what passes through the layers above.
    u, h = np.linspace(-0.8, 0.8, 9), 1e-5
    sigma = [u]
    for _ in range(n_hidden):
        sigma.append(kappa_1(sigma[-1]))

    def above(start, layers):
        for _ in range(layers):
            start = kappa_1(start)
        return start

    total = sum(
        s * (above(s + h, n_hidden - k) - above(s - h, n_hidden - k)) / (2 * h)
        for k, s in enumerate(sigma)
    )
    Z = np.column_stack([u, np.sqrt(1 - u**2)])
    # Central differences, h^2 and eps/h.
    assert np.allclose(relu_ntk([[1.0, 0.0]], Z, n_hidden=n_hidden), total, atol=1e-8)


def test_no_hidden_layer_is_the_linear_kernel():
    X, Z = points(9, 4), points(6, 4, seed=1)
    for kernel in RECURSIONS:
        assert np.array_equal(kernel(X, Z, n_hidden=0), X @ Z.T)


def test_very_deep_networks_forget_the_angle():
    x, z = pair(2.0)
    # The angle falls as 3 pi / L, and the tangent kernel's ratio to its diagonal
    # tends to 1/4.
    assert relu_nngp(x, z, n_hidden=3000)[0, 0] == pytest.approx(1.0, abs=1e-5)
    ratio = relu_ntk(x, z, n_hidden=3000)[0, 0] / 3001
    assert ratio == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize("kernel", RECURSIONS)
@pytest.mark.parametrize("unit", [2.0**-400, 2.0**-3, 2.0**500])
def test_homogeneous_in_each_argument(kernel, unit):
    X, Z = points(10, 3), points(7, 3, seed=1)
    assert np.array_equal(
        kernel(X * unit, Z, n_hidden=2), unit * kernel(X, Z, n_hidden=2)
    )
    assert np.array_equal(
        kernel(X * unit, Z / unit, n_hidden=2), kernel(X, Z, n_hidden=2)
    )
    factors = np.array([0.0, 1.0, 2.0, 0.5, 3.0, 1e-3, 1e6])
    scaled = kernel(X, factors[:, None] * Z, n_hidden=2)
    assert np.allclose(scaled, kernel(X, Z, n_hidden=2) * factors, rtol=1e-13)
    assert np.all(scaled[:, 0] == 0.0)  # a zero row


@pytest.mark.parametrize("n", [1, 2, 127, 128, 129, 300, 700])
@pytest.mark.parametrize("kernel", [*RECURSIONS, lazy_relu])
def test_symmetric_and_alike_however_it_is_cut_into_tiles(kernel, n):
    arguments = {} if kernel is lazy_relu else {"n_hidden": 3}
    X = points(n, 5)
    K = kernel(X, X.copy(), **arguments)
    assert np.array_equal(K, K.T)
    # The same rows among others take the general way, and differ by rounding.
    Z = np.vstack([points(3, 5, seed=1), X])
    assert np.allclose(kernel(X, Z, **arguments)[:, 3:], K, rtol=0, atol=1e-12)


def test_threads_change_nothing(monkeypatch):
    X = points(700, 8)
    many = relu_ntk(X, X, n_hidden=2)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert np.array_equal(relu_ntk(X, X, n_hidden=2), many)
    monkeypatch.setenv("OMP_NUM_THREADS", "nonsense")
    assert np.array_equal(relu_ntk(X, X, n_hidden=2), many)


def test_arguments_are_left_alone():
    X = points(200, 3)
    before = X.copy()
    relu_ntk(X, X, n_hidden=2)
    assert np.array_equal(X, before)


@settings(max_examples=30, deadline=None)
@given(problems, depths)
def test_positive_semidefinite_with_repeated_and_opposite_points(problem, n_hidden):
    X = points(*problem)
    X = np.vstack([X, X[:3], -X[:2], 2 * X[:1], np.zeros_like(X[:1])])
    kernels = [kernel(X, X, n_hidden=n_hidden) for kernel in RECURSIONS]
    for K in [*kernels, lazy_relu(X, X)]:
        eigenvalues = np.linalg.eigvalsh(K)
        # Rounding only: an angle taken from the cosine alone would leave -1e-9.
        assert eigenvalues[0] >= -1e-14 * len(X) * (eigenvalues[-1] + 1)


def test_distinct_directions_make_the_tangent_kernel_definite():
    X = sphere_design(60, 3, rng=0)
    for n_hidden in (2, 3):
        assert np.linalg.eigvalsh(relu_ntk(X, X, n_hidden=n_hidden))[0] > 1e-4


def test_orthogonal_blocks():
    # At a right angle, kappa_1 = 1/pi and u = 0.
    X = block_diag([[1.0, 2.0]], [[3.0, 1.0]])
    norms = np.linalg.norm(X, axis=1)
    value = relu_ntk(X, X, n_hidden=1)[0, 1]
    assert value == pytest.approx(norms[0] * norms[1] / np.pi, rel=1e-15)
    assert lazy_relu(X, X)[0, 1] == 0.0


@pytest.mark.parametrize(
    ("X", "Z", "message"),
    [
        ([[0.0]], [[0.0, 1.0]], "Z must have 1 columns"),
        ([0.0], [[0.0]], "X must be 2-dimensional"),
        ([[np.nan]], [[0.0]], "X must be finite"),
        ([[0.0]], [[np.inf]], "Z must be finite"),
        (np.empty((0, 2)), [[0.0, 1.0]], "X must not be empty"),
        ([["a"]], [[0.0]], "X must be"),
        ([[1e200]], [[1e200]], r"\|x\| \|z\| below 1.8e308"),
        ([[1.7e308, 1.7e308]], [[1.0, 0.0]], r"\|x\| \|z\| below 1.8e308"),
    ],
)
def test_bad_points_are_refused(X, Z, message):
    for kernel in RECURSIONS:
        with pytest.raises(ValueError, match=message):
            kernel(X, Z, n_hidden=1)
    with pytest.raises(ValueError, match=message):
        lazy_relu(X, Z)


@pytest.mark.parametrize("n_hidden", [-1, 1.5, "2", None, True, np.nan])
def test_bad_depths_are_refused(n_hidden):
    for kernel in RECURSIONS:
        with pytest.raises(ValueError, match="n_hidden must be an integer at least 0"):
            kernel([[1.0]], [[1.0]], n_hidden=n_hidden)


@pytest.mark.parametrize("u", [1.1, -1.0001, [0.0, 2.0], np.nan, [], "x", 1j])
def test_bad_cosines_are_refused(u):
    for kappa in (kappa_0, kappa_1):
        with pytest.raises(ValueError, match="u must"):
            kappa(u)


@pytest.mark.slow
def test_no_slower_than_the_recursion_compiled_by_jax():
    pytest.importorskip("jax")
    # A process of its own: double precision is a global switch of JAX.  On a busy
    # machine one run may be unlucky, three are not.
    environment = {k: v for k, v in os.environ.items() if "_NUM_THREADS" not in k}
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, str(BENCHMARK), "--turns", "5"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        if run.returncode == 0:
            break
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kept" in run.stdout
