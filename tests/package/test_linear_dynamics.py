"""Algorithms and the interpolant each one ends at."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from interpolab.linear import (
    coordinate_descent,
    diagonal_network_descent,
    diagonal_network_limit,
    gradient_descent,
    min_norm,
)

wide = st.tuples(st.integers(1, 8), st.integers(0, 12), st.integers(0, 2**32 - 1))


def problem(n, d, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def min_l1_norm(X, y):
    """Return the smallest l1 norm of an interpolant, by a linear program."""
    cost = np.ones(2 * X.shape[1])
    return scipy.optimize.linprog(cost, A_eq=np.hstack([X, -X]), b_eq=y).fun


def test_coordinate_descent_is_the_loop_over_coordinates():
    X, y = problem(5, 8, 0)
    w = np.zeros(8)
    path = coordinate_descent(X, y, n_sweeps=4)
    for t in range(4):
        for j in range(8):
            w[j] += X[:, j] @ (y - X @ w) / (X[:, j] @ X[:, j])
        # One triangular solve against eight updates: rounding only.
        assert np.allclose(path[t + 1], w, rtol=0, atol=1e-12)


def test_coordinate_descent_reaches_least_squares():
    X, y = problem(12, 4, 1)
    path = coordinate_descent(X, y, n_sweeps=200)
    assert np.allclose(path[-1], min_norm(X, y), atol=1e-10)
    # Every coordinate step minimizes along its axis, so the loss cannot rise.
    loss = np.sum((path @ X.T - y) ** 2, axis=1)
    assert np.all(np.diff(loss) <= 1e-12)


def test_coordinate_descent_interpolates_and_depends_on_the_order():
    X, y = problem(6, 15, 2)
    there = coordinate_descent(X, y, n_sweeps=3000)[-1]
    back = coordinate_descent(X[:, ::-1], y, n_sweeps=3000)[-1][::-1]
    for w in (there, back):
        assert np.allclose(X @ w, y, atol=1e-9)
    assert np.linalg.norm(there - back) > 0.1 * np.linalg.norm(there)


def test_coordinate_descent_leaves_a_zero_column_alone():
    X = np.array([[1.0, 0.0], [1.0, 0.0]])
    path = coordinate_descent(X, [1.0, 3.0], n_sweeps=2, start=[0.0, 7.0])
    assert np.allclose(path[-1], [2.0, 7.0])
    assert coordinate_descent(np.zeros((2, 2)), [1.0, 1.0], n_sweeps=1)[-1].max() == 0


def test_first_step_of_the_network_follows_the_gradient():
    X, y = problem(3, 5, 3)
    alpha, h = 0.7, 1e-6

    def loss(z):
        u, v = z[:5], z[5:]
        return 0.5 * np.sum((X @ (u * u - v * v) - y) ** 2)

    z = np.full(10, alpha)
    slope = np.array(
        [(loss(z + h * e) - loss(z - h * e)) / (2 * h) for e in np.eye(10)]
    )
    eta = 0.1 / (2 * np.linalg.norm(X, 2) ** 2 * alpha**2 + np.abs(X.T @ y).max())
    after = z - eta * slope
    expected = after[:5] ** 2 - after[5:] ** 2
    got = diagonal_network_descent(X, y, [alpha], n_steps=1, step=0.1)[0]
    # Central differences err by h**2 and by rounding over h.
    assert np.allclose(got, expected, atol=1e-8)


def test_network_runs_do_not_see_each_other():
    X, y = problem(4, 9, 4)
    together = diagonal_network_descent(X, y, [2.0, 0.1], n_steps=50)
    for row, scale in zip(together, [2.0, 0.1], strict=True):
        alone = diagonal_network_descent(X, y, [scale], n_steps=50)[0]
        assert np.allclose(row, alone, rtol=1e-10)


@pytest.mark.parametrize("scale", [3.0, 0.3, 0.03])
def test_descent_tends_to_the_limit_as_steps_shrink(scale):
    X, y = problem(5, 12, 5)
    limit = diagonal_network_limit(X, y, scale)
    distance = []
    for step, n_steps in ((0.2, 10_000), (0.05, 40_000)):
        w = diagonal_network_descent(X, y, [scale], n_steps=n_steps, step=step)[0]
        assert np.linalg.norm(X @ w - y) < 1e-6
        distance.append(np.linalg.norm(w - limit) / np.linalg.norm(limit))
    # Euler steps follow the flow to first order: a quarter of the step leaves
    # about a quarter of the distance; a third allows for the second order.
    assert distance[1] < max(distance[0] / 3, 1e-7)
    assert distance[1] < 0.02


def test_limit_agrees_with_a_general_purpose_solver():
    X, y = problem(3, 6, 6)
    alpha = 0.5

    def potential(w):
        z = w / (2 * alpha**2)
        return np.sum(w * np.arcsinh(z) - 2 * alpha**2 * np.sqrt(1 + z * z))

    found = scipy.optimize.minimize(
        potential,
        min_norm(X, y),
        jac=lambda w: np.arcsinh(w / (2 * alpha**2)),
        constraints={"type": "eq", "fun": lambda w: X @ w - y, "jac": lambda w: X},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    # SLSQP stops on the objective, whose square root bounds the argument.
    assert np.allclose(diagonal_network_limit(X, y, alpha), found.x, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(wide, st.floats(-6, 2))
def test_limit_interpolates_with_a_dual_certificate(shape, exponent):
    n, more, seed = shape
    X, y = problem(n, n + more, seed)
    scale = 10.0**exponent
    w = diagonal_network_limit(X, y, scale)
    # Newton stops at 1e-12 in the basis of singular vectors.
    bound = 1e-10 * np.linalg.cond(X)
    assert np.linalg.norm(X @ w - y) <= bound * np.linalg.norm(y)
    dual = np.arcsinh(w / (2 * scale**2))
    # The certificate lies in the row space; it is a logarithm of w, of order 30.
    leak = dual - min_norm(X, X @ dual)
    assert np.abs(leak).max() <= 1e-8 * max(1.0, np.abs(dual).max())


@pytest.mark.parametrize("seed", range(3))
def test_limit_goes_from_l2_to_l1(seed):
    X, y = problem(8, 20, seed)
    shortest = min_norm(X, y)
    assert np.allclose(diagonal_network_limit(X, y, 100.0), shortest, rtol=1e-6)
    ratios = [
        np.abs(diagonal_network_limit(X, y, scale)).sum() / min_l1_norm(X, y)
        for scale in (1e-1, 1e-2, 1e-4, 1e-8)
    ]
    assert np.all(np.diff(ratios) < 0)
    # Relative error 1/log(1/alpha**2), a constant of order one: .027 at 1e-8.
    assert 1 <= ratios[-1] < 1 + 1 / np.log(1e16)


def test_limit_accepts_dependent_rows_that_agree():
    X, y = problem(3, 7, 8)
    doubled = diagonal_network_limit(np.vstack([X, X]), np.append(y, y), 0.1)
    assert np.allclose(doubled, diagonal_network_limit(X, y, 0.1), atol=1e-9)


def test_nothing_to_fit_stays_at_zero():
    X = np.eye(2)
    assert np.all(diagonal_network_limit(X, [0.0, 0.0], 1.0) == 0)
    assert np.all(diagonal_network_descent(X, [0.0, 0.0], [1.0], n_steps=3) == 0)
    still = diagonal_network_descent(np.zeros((1, 2)), [1.0], [1.0], n_steps=3)
    assert np.all(still == 0)


def test_one_sample_one_feature():
    assert np.allclose(diagonal_network_limit([[2.0]], [3.0], 0.01), 1.5)
    w = diagonal_network_descent([[2.0]], [3.0], [0.01, 1.0], n_steps=2000)
    assert np.allclose(w, 1.5)
    assert np.allclose(coordinate_descent([[2.0]], [3.0], n_sweeps=1)[-1], 1.5)
    assert np.allclose(gradient_descent([[2.0]], [3.0], step=0.1, n_steps=200)[-1], 1.5)


X1, Y1 = np.eye(2), np.ones(2)
BAD = [
    (lambda: coordinate_descent(X1, Y1, n_sweeps=-1), "n_sweeps must be"),
    (lambda: coordinate_descent(X1, [1.0], n_sweeps=1), "y must have 2 entries"),
    (
        lambda: coordinate_descent(X1, Y1, n_sweeps=1, start=[1.0]),
        "start must have 2 entries",
    ),
    (
        lambda: diagonal_network_descent(X1, Y1, [0.0], n_steps=1),
        "scales must be positive",
    ),
    (
        lambda: diagonal_network_descent(X1, Y1, [], n_steps=1),
        "scales must not be empty",
    ),
    (
        lambda: diagonal_network_descent(X1, Y1, [1.0], n_steps=1, step=2.0),
        "step must be",
    ),
    (
        lambda: diagonal_network_descent(X1, [np.nan, 1], [1.0], n_steps=1),
        "y must be finite",
    ),
    (lambda: diagonal_network_limit(X1, Y1, -1.0), "scale must be"),
    (
        lambda: diagonal_network_limit([[1.0], [1.0]], [1.0, 2.0], 1.0),
        "y must be in the column space",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
