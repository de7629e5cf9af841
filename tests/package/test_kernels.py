"""Kernels: closed forms, exact structure, positive definiteness, extremes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import rbf_kernel

from interpolab.kernels import gaussian, laplace

KERNELS = [gaussian, laplace]
problems = st.tuples(st.integers(1, 15), st.integers(1, 8), st.integers(0, 2**32 - 1))


def points(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@settings(max_examples=40, deadline=None)
@given(problems, st.floats(0.05, 50.0))
def test_values_are_those_of_the_definition(problem, scale):
    X, Z = points(*problem), points(*problem) + 0.3
    distance = np.linalg.norm(X[:, None] - Z[None], axis=2)
    # Both sides round |x - z| differently, by about d eps, and the exponent
    # multiplies that: where it exceeds 700 the kernel is zero anyway.
    assert np.allclose(
        gaussian(X, Z, scale), np.exp(-(distance**2) / (2 * scale**2)), rtol=1e-11
    )
    assert np.allclose(laplace(X, Z, scale), np.exp(-distance / scale), rtol=1e-11)


def test_gaussian_agrees_with_scikit_learn():
    X, Z = points(30, 4), points(20, 4, seed=1)
    # gamma = 1/(2 s^2); scikit-learn's expanded squares cost a few digits.
    expected = rbf_kernel(X, Z, gamma=1 / (2 * 1.7**2))
    assert np.allclose(gaussian(X, Z, 1.7), expected, atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(problems, st.sampled_from(KERNELS), st.floats(-1e8, 1e8))
def test_exactly_symmetric_with_unit_diagonal_wherever_the_origin_is(
    problem, kernel, shift
):
    X = points(*problem) + shift
    K = kernel(X, X.copy(), 0.7)
    assert np.array_equal(K, K.T)
    assert np.all(np.diag(K) == 1.0)
    assert K.min() >= 0.0
    assert K.max() <= 1.0


@pytest.mark.parametrize("kernel", KERNELS)
def test_far_from_the_origin_no_digit_is_lost(kernel):
    # Coordinates that are multiples of 1/64 shift by 2^40 without rounding.
    X = np.round(points(20, 3) * 64) / 64
    assert np.array_equal(kernel(X + 2.0**40, X + 2.0**40, 0.9), kernel(X, X, 0.9))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-300, 2.0**300, 2.0**1000])
def test_units_of_length_do_not_matter(kernel, unit):
    X, Z = points(10, 3), points(7, 3, seed=1)
    assert np.array_equal(kernel(X * unit, Z * unit, 1.3 * unit), kernel(X, Z, 1.3))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [1e-300, 1e-10, 1e10, 1e300])
def test_extreme_scales_tend_to_the_identity_and_to_ones(kernel, scale):
    X = points(6, 2)
    limit = np.eye(6) if scale < 1 else np.ones((6, 6))
    # At scale 1e10 the exponent is of order 1e-10.
    assert np.allclose(kernel(X, X, scale), limit, atol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_far_point_does_not_disturb_the_others(kernel):
    X = points(5, 2)
    far = np.vstack([X, [[1e300, -1e300]]])
    K = kernel(far, far, 1.0)
    assert np.array_equal(K[:5, :5], kernel(X, X, 1.0))
    assert np.array_equal(K[5], [0, 0, 0, 0, 0, 1])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [5e-324, 1e-300])
@pytest.mark.parametrize("far", [1e9, 1e300, 1.7e308])
def test_points_infinitely_many_scales_apart(kernel, scale, far):
    X = np.array([[far], [-1.0], [0.0], [1.0]])
    assert np.array_equal(kernel(X, X, scale), np.eye(4))


@settings(max_examples=30, deadline=None)
@given(problems, st.sampled_from(KERNELS), st.floats(0.1, 10.0))
def test_positive_semidefinite(problem, kernel, scale):
    X = points(*problem)
    eigenvalues = np.linalg.eigvalsh(kernel(X, X, scale))
    # Eigenvalues are rounded by about n eps times the largest, at most n.
    assert eigenvalues.min() >= -1e-13 * len(X) ** 2


def test_laplace_is_invertible_where_the_gaussian_is_not():
    X = points(300, 2)
    s = np.sqrt(2.0)
    assert np.linalg.matrix_rank(laplace(X, X, s)) == 300
    assert np.linalg.matrix_rank(gaussian(X, X, s)) < 250


def test_laplace_inverse_on_a_line_is_tridiagonal():
    # In one dimension exp(-|x - z|/s) is the covariance of a Markov process.
    X = np.sort(points(12, 1), axis=0)
    precision = np.linalg.inv(laplace(X, X, 1.0))
    off = np.abs(precision - np.triu(np.tril(precision, 1), -1)).max()
    assert off <= 1e-12 * np.abs(precision).max()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("X", "Z", "scale", "message"),
    [
        ([[0.0]], [[0.0]], 0.0, r"scale must be a real number in \(0, inf\); got 0.0"),
        ([[0.0]], [[0.0]], -1.0, "scale must be"),
        ([[0.0]], [[0.0]], np.nan, "scale must be"),
        ([[0.0]], [[0.0, 1.0]], 1.0, "Z must have 1 columns"),
        ([0.0], [[0.0]], 1.0, "X must be 2-dimensional"),
        ([[np.nan]], [[0.0]], 1.0, "X must be finite"),
        ([[0.0]], [[np.inf]], 1.0, "Z must be finite"),
        (np.empty((0, 2)), [[0.0, 1.0]], 1.0, "X must not be empty"),
    ],
)
def test_bad_arguments_are_refused(kernel, X, Z, scale, message):
    with pytest.raises(ValueError, match=message):
        kernel(X, Z, scale)
