"""The error identity, and learning curves against a plain loop."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from interpolab.divergence import error_modes, learning_curve, nested_split
from interpolab.linear import min_norm


def data(n=120, d=6, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * np.linspace(2.0, 0.3, d)
    return X, X @ rng.standard_normal(d) + noise * rng.standard_normal(n)


@pytest.mark.parametrize("size", [3, 6, 12])
@pytest.mark.parametrize("ideal", ["least squares", "random"])
def test_error_identity_in_both_regimes(size, ideal):
    X, y = data()
    rng = np.random.default_rng(1)
    b = min_norm(X, y) if ideal == "least squares" else rng.standard_normal(6)
    rows = nested_split(120, size, repeat=0)
    tests = np.delete(X, rows, axis=0)
    fit = min_norm(X[rows], y[rows])
    error = tests @ (fit - b)
    bias = tests @ (min_norm(X[rows], X[rows] @ b) - b)
    modes = error_modes(X[rows], y[rows] - X[rows] @ b, tests)
    # Algebra, so rounding only: condition number (below 1e3 here) times eps.
    scale = np.abs(error).max()
    total = bias + modes.contributions.sum(axis=1)
    assert np.abs(error - total).max() <= 1e-8 * scale
    product = (
        modes.test_projections
        * modes.inverse_singular_values
        * modes.residual_projections
    )
    assert np.allclose(product, modes.contributions, rtol=1e-12)
    assert np.all(np.diff(modes.inverse_singular_values) >= 0)


def test_error_modes_leave_out_numerical_zeros():
    X = np.outer(np.arange(1.0, 5.0), [1.0, 2.0, 3.0])
    modes = error_modes(X, np.ones(4), np.ones((2, 3)))
    assert modes.contributions.shape == (2, 1)


@pytest.mark.parametrize("repeat", [0, 5])
@pytest.mark.parametrize("size", [1, 7, 119])
def test_splits_are_those_of_scikit_learn(size, repeat):
    rows = np.arange(120)
    train, _ = train_test_split(
        rows, test_size=120 - size, random_state=repeat, shuffle=True
    )
    assert np.array_equal(nested_split(120, size, repeat), train)


def plain_loop(X, y, size, repeat, ablation=None, level=None):
    """One fit, written out with scikit-learn and full predictions."""
    if ablation == "no_residuals":
        ideal = LinearRegression(fit_intercept=False).fit(X, y)
        y = ideal.predict(X)
    parts = train_test_split(X, y, test_size=len(y) - size, random_state=repeat)
    X_train, X_test, y_train, y_test = parts
    U, s, Vt = np.linalg.svd(X_train, full_matrices=False)
    keep = s > (level if ablation == "singular_values" else 0)
    coef = Vt[keep].T @ ((U[:, keep].T @ y_train) / s[keep])
    if ablation == "test_subspace":
        leading = Vt[:level]
        X_test = X_test @ leading.T @ leading
    return (
        mean_squared_error(y_test, X_test @ coef),
        mean_squared_error(y_train, X_train @ coef),
        s[-1],
    )


@pytest.mark.parametrize(
    ("ablation", "levels"),
    [
        (None, None),
        ("singular_values", [1e-3, 0.3, 1.0, 100.0]),
        ("test_subspace", [1, 3, 6, 9]),
        ("no_residuals", None),
    ],
)
def test_learning_curve_equals_the_plain_loop(ablation, levels):
    X, y = data()
    sizes = [1, 3, 5, 6, 7, 12, 60, 119]
    curve = learning_curve(X, y, sizes, repeats=4, ablation=ablation, levels=levels)
    assert curve.test_error.shape == (len(levels or [None]), len(sizes), 4)
    # Without residuals the error is rounding beyond the threshold.
    floor = 1e-20 if ablation == "no_residuals" else 0.0
    for i, level in enumerate(levels or [None]):
        for j, size in enumerate(sizes):
            for repeat in range(4):
                test, train, least = plain_loop(X, y, size, repeat, ablation, level)
                at = (i, j, repeat)
                assert curve.test_error[at] == pytest.approx(test, rel=1e-8, abs=floor)
                assert curve.train_error[at] == pytest.approx(
                    train, rel=1e-8, abs=1e-20
                )
                assert curve.smallest_singular_value[at[1:]] == pytest.approx(
                    least, rel=1e-10
                )


def test_ordinary_least_squares_agrees_with_scikit_learn():
    X, y = data()
    curve = learning_curve(X, y, [30], repeats=3)
    for repeat in range(3):
        parts = train_test_split(X, y, test_size=90, random_state=repeat)
        X_train, X_test, y_train, y_test = parts
        model = LinearRegression(fit_intercept=False).fit(X_train, y_train)
        expected = mean_squared_error(y_test, model.predict(X_test))
        assert curve.test_error[0, 0, repeat] == pytest.approx(expected, rel=1e-8)


def test_results_do_not_depend_on_what_else_is_asked_for():
    X, y = data()
    alone = learning_curve(X, y, [7], repeats=[3])
    among = learning_curve(X, y, [2, 7, 50], repeats=5)
    assert alone.test_error[0, 0, 0] == among.test_error[0, 1, 3]


def test_all_modes_change_nothing():
    X, y = data()
    plain = learning_curve(X, y, range(1, 20), repeats=5)
    full = learning_curve(
        X, y, range(1, 20), repeats=5, ablation="test_subspace", levels=[6, 20]
    )
    for level in full.test_error:
        assert np.allclose(level, plain.test_error[0], rtol=1e-12)
    cut = learning_curve(
        X, y, range(1, 20), repeats=5, ablation="singular_values", levels=[0.0]
    )
    assert np.array_equal(cut.test_error, plain.test_error)


def test_no_residuals_leaves_rounding_above_the_threshold():
    X, y = data()
    curve = learning_curve(X, y, range(6, 40), repeats=10, ablation="no_residuals")
    # (condition number 1e3 x eps)^2 times the signal's square.
    assert curve.test_error.max() <= 1e-20


def test_training_error_vanishes_up_to_the_threshold():
    X, y = data()
    curve = learning_curve(X, y, range(1, 10), repeats=10)
    assert curve.train_error[0, :6].max() <= 1e-20
    assert curve.train_error[0, 6:].min() > 1e-8


def test_smallest_singular_value_is_least_at_the_threshold_in_every_split():
    X, y = data()
    curve = learning_curve(X, y, range(1, 30), repeats=20)
    assert np.all(curve.smallest_singular_value.argmin(axis=0) == 6 - 1)


def test_constant_and_duplicate_columns():
    X, y = data()
    X = np.column_stack([X, X[:, 0], np.ones(len(y)), np.zeros(len(y))])
    curve = learning_curve(X, y, [5, 7, 20], repeats=3)
    for j, size in enumerate([5, 7, 20]):
        for repeat in range(3):
            rows = nested_split(len(y), size, repeat)
            others = np.setdiff1d(np.arange(len(y)), rows)
            coef = min_norm(X[rows], y[rows])
            expected = np.mean((X[others] @ coef - y[others]) ** 2)
            assert curve.test_error[0, j, repeat] == pytest.approx(expected, rel=1e-8)


def test_two_rows_are_enough():
    curve = learning_curve([[1.0], [2.0]], [1.0, 3.0], [1], repeats=1)
    assert curve.test_error.shape == (1, 1, 1)


X0, Y0 = data(n=10, d=3)
BAD_INPUT = [
    (lambda: learning_curve(X0[:1], Y0[:1], [1], repeats=1), "X must have at least 2"),
    (lambda: learning_curve(X0, Y0[:5], [1], repeats=1), "y must have 10 entries"),
    (lambda: learning_curve(X0, Y0, [10], repeats=1), "sizes must be integers from 1"),
    (lambda: learning_curve(X0, Y0, [0, 3], repeats=1), "sizes must be integers"),
    (lambda: learning_curve(X0, Y0, [1.5], repeats=1), "sizes must be integers"),
    (lambda: learning_curve(X0, Y0, [], repeats=1), "sizes must not be empty"),
    (lambda: learning_curve(X0, Y0, [2], repeats=0), "repeats must be an integer"),
    (lambda: learning_curve(X0, Y0, [2], repeats=[]), "repeats must name at least"),
    (lambda: learning_curve(X0, Y0, [2], repeats=[-1]), "repeats must be an integer"),
    (
        lambda: learning_curve(X0, Y0, [2], repeats=1, ablation="noise"),
        "ablation must be one of None, 'singular_values'",
    ),
    (
        lambda: learning_curve(X0, Y0, [2], repeats=1, ablation="singular_values"),
        "levels must be given",
    ),
    (
        lambda: learning_curve(
            X0, Y0, [2], repeats=1, ablation="singular_values", levels=[-1]
        ),
        "levels must be non-negative cutoffs",
    ),
    (
        lambda: learning_curve(
            X0, Y0, [2], repeats=1, ablation="test_subspace", levels=[0]
        ),
        "levels must be numbers of modes",
    ),
    (lambda: learning_curve(X0, Y0, [2], repeats=1, levels=[1]), "levels must be None"),
    (lambda: error_modes(X0, Y0[:3], X0), "residuals must have 10 entries"),
    (lambda: error_modes(X0, Y0, X0[:, :2]), "X_test must have 3 columns"),
    (lambda: error_modes(X0 * np.nan, Y0, X0), "X must be finite"),
    (lambda: nested_split(5, 5, 0), "size must be an integer at least 1 and at most 4"),
    (lambda: nested_split(5, 2, -1), "repeat must be an integer at least 0"),
]


@pytest.mark.parametrize(("call", "message"), BAD_INPUT)
def test_bad_input_names_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
