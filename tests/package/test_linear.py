"""Linear solutions: identities, limits, and a second solver."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from interpolab.linear import (
    gradient_descent,
    gradient_flow,
    min_norm,
    ridge,
    ridge_at_train_error,
    ridge_path,
)

shapes = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))


def problem(n, d, seed, targets=None):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    Y = rng.standard_normal(n if targets is None else (n, targets))
    return X, Y


@settings(max_examples=60, deadline=None)
@given(shapes)
def test_moore_penrose_identities(shape):
    n, d, seed = shape
    X, _ = problem(*shape)
    P = min_norm(X, np.eye(n))
    # Rounding grows with the condition number; 1e-9 leaves room for 1e5.
    tolerance = 1e-9 * max(1.0, np.linalg.cond(X))
    assert np.allclose(X @ P @ X, X, atol=tolerance)
    assert np.allclose(P @ X @ P, P, atol=tolerance * max(1, np.linalg.norm(P)))
    assert np.allclose((X @ P).T, X @ P, atol=tolerance)
    assert np.allclose((P @ X).T, P @ X, atol=tolerance)


@settings(max_examples=40, deadline=None)
@given(shapes)
def test_min_norm_is_orthogonal_to_the_null_space(shape):
    X, y = problem(*shape)
    null = scipy.linalg.null_space(X)
    b = min_norm(X, y)
    # An orthonormal null basis: the product is rounding of |b|.
    assert np.abs(null.T @ b).max(initial=0.0) <= 1e-10 * (1 + np.linalg.norm(b))


def test_min_norm_on_rank_deficient_data_agrees_with_lstsq():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((9, 4)) @ rng.standard_normal((4, 7))
    Y = rng.standard_normal((9, 3))
    expected = np.linalg.lstsq(X, Y, rcond=1e-12)[0]
    assert np.allclose(min_norm(X, Y), expected, atol=1e-11)


def test_default_cutoff_keeps_an_ill_conditioned_mode():
    # Condition number 1e13: a relative cutoff of 1e-10 would drop the mode.
    X = np.diag([1.0, 1e-13])
    assert np.allclose(min_norm(X, np.array([1.0, 1e-13])), 1.0)


def test_cutoff_is_absolute_and_keeps_what_equals_it():
    X = np.diag([2.0, 0.5, 0.1])
    y = np.array([2.0, 0.5, 0.1])
    assert np.allclose(min_norm(X, y, cutoff=0.5), [1, 1, 0])
    assert np.allclose(min_norm(X, y, cutoff=0.0), [1, 1, 1])
    assert np.allclose(min_norm(X, y, cutoff=3.0), 0)


@settings(max_examples=40, deadline=None)
@given(shapes, st.floats(1e-3, 1e3))
def test_ridge_solves_its_normal_equations(shape, penalty):
    X, y = problem(*shape)
    n, d = X.shape
    b = ridge(X, y, penalty)
    left = X.T @ X / n + penalty * np.eye(d)
    # Backward error of a Cholesky solve with condition number below 1e5.
    expected = scipy.linalg.solve(left, X.T @ y / n, assume_a="pos")
    assert np.allclose(b, expected, rtol=1e-8, atol=1e-11)


def test_ridge_agrees_with_scikit_learn():
    X, Y = problem(15, 6, 3, targets=2)
    model = Ridge(alpha=15 * 0.3, fit_intercept=False, solver="cholesky").fit(X, Y)
    assert np.allclose(ridge(X, Y, 0.3), model.coef_.T, rtol=1e-10)


@pytest.mark.parametrize("shape", [(5, 12), (12, 5), (8, 8)])
def test_ridge_tends_to_min_norm_linearly(shape):
    X, y = problem(*shape, 1)
    distances = [
        np.linalg.norm(ridge(X, y, p) - min_norm(X, y)) for p in (1e-6, 1e-7, 1e-8)
    ]
    ratios = np.divide(distances[:-1], distances[1:])
    # First order in the penalty: a tenth of the penalty, a tenth of the distance.
    assert np.allclose(ratios, 10, rtol=1e-2)
    assert np.allclose(ridge(X, y, 0.0), min_norm(X, y), rtol=1e-12)


def test_ridge_path_is_ridge_at_each_penalty():
    X, Y = problem(7, 10, 2, targets=3)
    penalties = [1.0, 0.0, 1e-3]
    path = ridge_path(X, Y, penalties)
    assert path.shape == (3, 10, 3)
    for row, penalty in zip(path, penalties, strict=True):
        assert np.allclose(row, ridge(X, Y, penalty), rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(shapes, st.floats(0.01, 0.99))
def test_ridge_at_train_error_reaches_it(shape, part):
    X, y = problem(*shape)
    n = y.size
    floor = np.mean((X @ min_norm(X, y) - y) ** 2)
    ceiling = y @ y / n
    goal = floor + part * (ceiling - floor)
    if goal <= floor or goal >= ceiling:
        return
    fit = ridge_at_train_error(X, y, goal)
    assert fit.train_error == pytest.approx(goal, rel=1e-9, abs=1e-12)
    expected = ridge(X, y, fit.penalty)
    assert np.allclose(fit.coef, expected, rtol=1e-8, atol=1e-12)


def test_ridge_at_train_error_zero_is_interpolation():
    X, y = problem(5, 9, 4)
    fit = ridge_at_train_error(X, y, 0.0)
    assert fit.penalty == 0.0
    assert np.allclose(fit.coef, min_norm(X, y))


@pytest.mark.parametrize("part", [1e-4, 1e-8, 1e-12, 1e-16, 1e-20])
def test_ridge_at_train_error_reaches_what_is_nearly_interpolation(part):
    X, y = problem(20, 50, 6)
    goal = part * np.mean(y**2)
    fit = ridge_at_train_error(X, y, goal)
    # Each residual, about sqrt(goal), is rounded by a few 1e-16.
    assert fit.train_error == pytest.approx(goal, rel=1e-4)
    assert fit.penalty > 0.0


def test_ridge_at_train_error_reaches_the_least_squares_error():
    X, y = problem(400, 30, 7)
    y += X @ np.full(30, 1e3)  # the residual is a small part of the target
    least = np.mean((X @ min_norm(X, y) - y) ** 2)
    assert ridge_at_train_error(X, y, least).penalty == 0.0
    assert ridge_at_train_error(X, y, least * (1 + 1e-6)).penalty > 0.0


@pytest.mark.parametrize("size", [1e-200, 1e-160, 1e160, 1e200])
def test_squares_that_are_no_floats_are_refused(size):
    X, y = problem(6, 3, 8)
    tiny_or_huge = size * X
    for call in (
        lambda: ridge(tiny_or_huge, y, 0.1),
        lambda: ridge_at_train_error(tiny_or_huge, y, 0.9 * np.mean(y**2)),
        lambda: gradient_flow(tiny_or_huge, y, [0.0, 1.0]),
    ):
        with pytest.raises(ValueError, match="X must have singular values between"):
            call()
    # The minimum-norm solution needs no squares.
    assert np.allclose(size * min_norm(tiny_or_huge, y), min_norm(X, y))


@pytest.mark.parametrize("goal", [0.0, 1e6])
def test_unreachable_train_error_names_the_range(goal):
    X, y = problem(20, 3, 5)
    with pytest.raises(ValueError, match=r"train_error must be reachable, at least"):
        ridge_at_train_error(X, y, goal)


def test_gradient_descent_tends_to_the_projected_start():
    X, y = problem(6, 10, 6)
    start = np.random.default_rng(7).standard_normal(10)
    step = 1 / np.linalg.norm(X, 2) ** 2
    last = gradient_descent(X, y, step=step, n_steps=4000, start=start)[-1]
    projector = np.eye(10) - min_norm(X, X)
    # (1 - (s_min/s_max)^2)^4000 is below 1e-12 for this draw.
    assert np.allclose(last, min_norm(X, y) + projector @ start, atol=1e-9)


def test_gradient_descent_error_obeys_its_recursion():
    X, y = problem(8, 5, 8)
    step = 0.5 / np.linalg.norm(X, 2) ** 2
    path = gradient_descent(X, y, step=step, n_steps=30)
    error = path @ X.T - y
    expected = error[:-1] @ (np.eye(8) - step * X @ X.T)
    assert np.allclose(error[1:], expected, atol=1e-13 * np.linalg.norm(y) * 30)


def test_gradient_descent_may_diverge_but_not_overflow():
    X, y = problem(4, 6, 9)
    unstable = 2.1 / np.linalg.norm(X, 2) ** 2
    path = gradient_descent(X, y, step=unstable, n_steps=200)
    assert np.linalg.norm(path[-1]) > np.linalg.norm(path[1])
    with pytest.raises(ValueError, match=r"step must keep .*stable below"):
        gradient_descent(X, y, step=1e6, n_steps=200)


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (7, 7)])
def test_gradient_flow_at_both_ends_of_time(shape):
    X, y = problem(*shape, 10)
    start = np.random.default_rng(11).standard_normal(shape[1])
    first, last = gradient_flow(X, y, [0.0, np.inf], start=start)
    # Rounding of the projection of the start, times the condition number.
    tolerance = 1e-13 * np.linalg.cond(X) * 10
    assert np.allclose(first, start, atol=1e-15)
    projector = np.eye(shape[1]) - min_norm(X, X)
    assert np.allclose(last, min_norm(X, y) + projector @ start, atol=tolerance)


def test_gradient_flow_solves_its_differential_equation():
    X, y = problem(6, 4, 12)
    times = np.array([0.05, 0.3, 1.0])
    h = 1e-5
    middle = gradient_flow(X, y, times)
    slope = (gradient_flow(X, y, times + h) - gradient_flow(X, y, times - h)) / (2 * h)
    # Central differences: error h^2 |w'''|, here about 1e-8.
    assert np.allclose(slope, -(middle @ X.T - y) @ X, atol=1e-6)


def test_gradient_flow_is_the_limit_of_small_steps():
    X, y = problem(6, 8, 13)
    flow = gradient_flow(X, y, [0.5])[0]
    gaps = []
    for steps in (1000, 2000):
        descent = gradient_descent(X, y, step=0.5 / steps, n_steps=steps)
        gaps.append(np.linalg.norm(descent[-1] - flow))
    # Euler's method is of first order: half the step, half the gap.
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.02)


def test_one_row_and_one_column():
    assert np.allclose(min_norm([[2.0]], [4.0]), [2.0])
    assert np.allclose(min_norm([[3.0, 4.0]], [5.0]), [0.6, 0.8])
    assert np.allclose(min_norm([[0.0, 0.0]], [5.0]), 0)


GOOD = np.eye(3)
BAD_INPUT = [
    (lambda: min_norm(np.ones(3), np.ones(3)), "X must be 2-dimensional"),
    (lambda: min_norm(np.empty((0, 3)), []), "X must not be empty"),
    (lambda: min_norm(GOOD, np.ones(2)), "Y must have one row for each"),
    (lambda: min_norm(GOOD, [1, np.nan, 2]), "Y must be finite"),
    (
        lambda: min_norm([[1, np.inf]], [1]),
        r"X must be finite; got inf at index \(0, 1",
    ),
    (lambda: min_norm(GOOD, np.ones(3), cutoff=-1), "cutoff must be"),
    (lambda: min_norm([["a"]], [1]), "X must be a 2-dimensional array of real"),
    (lambda: min_norm(GOOD * 1j, np.ones(3)), "complex"),
    (lambda: ridge(GOOD, np.ones(3), -0.1), "penalty must be"),
    (lambda: ridge(GOOD, np.ones(3), np.nan), "penalty must be"),
    (lambda: ridge_path(GOOD, np.ones(3), []), "penalties must not be empty"),
    (lambda: ridge_path(GOOD, np.ones(3), [1, -1]), "penalties must be non-negative"),
    (lambda: gradient_descent(GOOD, np.ones(3), step=0, n_steps=1), "step must be"),
    (lambda: gradient_descent(GOOD, np.ones(3), step=1, n_steps=1.5), "n_steps must"),
    (
        lambda: gradient_descent(GOOD, np.ones(3), step=1, n_steps=1, start=[1.0]),
        "start must have 3 entries",
    ),
    (lambda: gradient_flow(GOOD, np.ones(3), []), "times must be a non-empty"),
    (lambda: gradient_flow(GOOD, np.ones(3), [-1.0]), "times must be non-negative"),
    (lambda: gradient_flow(GOOD, np.ones(3), [np.nan]), "times must be non-negative"),
    (lambda: ridge_at_train_error(GOOD, np.ones((3, 1)), 0.1), "y must be 1-dim"),
]


@pytest.mark.parametrize(("call", "message"), BAD_INPUT)
def test_bad_input_names_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
