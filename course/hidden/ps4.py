"""Problem set 4: parameters, visible answers and hidden checks."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge

from interpolab_course.checks import Check, agree, finite, require

ROUNDING = 1e-7  # the inputs are well conditioned: rounding stays far below


def parameters(rng):
    """Return what varies from term to term."""
    seed = int(rng.integers(100, 900))
    return {
        "X1": rng.integers(-4, 5, size=(5, 3)).astype(float) + np.eye(5, 3) * 5,
        "PX1": rng.integers(1, 5, size=3).astype(float),
        "BETA1": rng.integers(-3, 4, size=3).astype(float),
        "E1": rng.integers(1, 4, size=5) * rng.choice([-1.0, 1.0], size=5),
        "Y1": rng.integers(1, 9, size=5).astype(float),
        "PENALTY": round(float(rng.uniform(0.3, 0.9)), 2),
        "COLUMNS": int(rng.integers(6, 10)),
        "SEED": seed,
        "LAST": seed + 39,
    }


def answers(reference, parameters):
    """Return the values that the visible checks show."""
    X, x = parameters.X1, parameters.PX1
    penalty, y = parameters.PENALTY, parameters.Y1
    return {
        "BIAS1": reference.ridge_bias(X, parameters.BETA1, x, penalty),
        "PARTS1": reference.ridge_contributions(X, parameters.E1, x, penalty),
        "HARM1": reference.harmful_labels(X, x, 2.0),
        "DELETE1": reference.deletion_effects(X, y, x),
        "DELETE2": reference.deletion_effects(X[:2], y[:2], x),
    }


def problem(rng, N, D):
    """Return features, reference, residuals and a test point."""
    return (
        rng.normal(size=(N, D)),
        rng.normal(size=D),
        rng.normal(size=N),
        rng.normal(size=D),
    )


def ridge_error(X, beta, E, x, penalty):
    """Return x.b - x.beta from another library's solver."""
    model = Ridge(alpha=len(X) * penalty, fit_intercept=False, solver="cholesky")
    return float(x @ model.fit(X, X @ beta + E).coef_ - x @ beta)


def identity(student, reference, parameters, rng):
    for N, D in ((12, 5), (5, 12), (7, 7)):
        X, beta, E, x = problem(rng, N, D)
        total = student.ridge_bias(X, beta, x, 0.3)
        total = total + np.sum(student.ridge_contributions(X, E, x, 0.3))
        agree(total, ridge_error(X, beta, E, x, 0.3), tolerance=ROUNDING, what="sum")


def without_penalty(student, reference, parameters, rng):
    for N, D in ((9, 4), (4, 9)):
        X, beta, E, x = problem(rng, N, D)
        right = float(x @ (np.linalg.pinv(X) @ X @ beta) - x @ beta)
        agree(student.ridge_bias(X, beta, x, 0.0), right, what="the bias at penalty 0")
        parts = student.ridge_contributions(X, E, x, 0.0)
        agree(np.sum(parts), float(x @ np.linalg.pinv(X) @ E), tolerance=ROUNDING)


def order_and_rank(student, reference, parameters, rng):
    X, _, E, x = problem(rng, 8, 5)
    X[:, 4] = X[:, 0] - 2 * X[:, 1]
    parts = student.ridge_contributions(X, E, x, 0.1)
    expected = reference.ridge_contributions(X, E, x, 0.1)
    agree(parts, expected, tolerance=ROUNDING, what="four modes, largest first")


def infinite_penalty(student, reference, parameters, rng):
    X, beta, E, x = problem(rng, 6, 4)
    agree(student.ridge_bias(X, beta, x, 1e14), float(-x @ beta), tolerance=1e-6)
    gone = student.ridge_contributions(X, E, x, 1e14)
    agree(gone, np.zeros(4), tolerance=1e-6, what="the contributions")


def one_row(student, reference, parameters, rng):
    X, beta, E, x = problem(rng, 1, 3)
    norm2 = float(np.sum(X**2))
    bias = float((X[0] @ x) * (X[0] @ beta) / (norm2 + 0.2) * 1.0 - x @ beta)
    agree(student.ridge_bias(X, beta, x, 0.2), bias, tolerance=ROUNDING)
    part = [(X[0] @ x) * E[0] / (norm2 + 0.2)]
    agree(student.ridge_contributions(X, E, x, 0.2), part, tolerance=ROUNDING)


def harm_is_largest(student, reference, parameters, rng):
    for N, D in ((9, 4), (4, 9), (1, 3)):
        X, _, _, x = problem(rng, N, D)
        weights = np.linalg.pinv(X).T @ x
        change = np.asarray(student.harmful_labels(X, x, 1.5))
        require(change.shape == (N,), f"the shape is {change.shape}, expected ({N},)")
        rise = float(weights @ change)
        require(rise > 0, "the prediction falls, it must rise")
        require(
            np.linalg.norm(change) <= 1.5 * (1 + 1e-9), "the change exceeds the budget"
        )
        require(
            rise >= 1.5 * np.linalg.norm(weights) * (1 - 1e-9),
            "another change within the budget raises the prediction more",
        )


def harm_depends_on_x(student, reference, parameters, rng):
    X, _, _, x = problem(rng, 6, 4)
    change = finite(student.harmful_labels(X, x, 1.0))
    require(np.any(change != 0), "no label is changed")
    other = student.harmful_labels(X, -x, 1.0)
    agree(other, -change, tolerance=ROUNDING, what="at the opposite point")


def harm_can_be_zero(student, reference, parameters, rng):
    X, _, _, _ = problem(rng, 3, 5)
    outside = rng.normal(size=5)
    outside -= np.linalg.pinv(X) @ X @ outside
    X[:, 4], outside = 0.0, np.eye(5)[4]
    change = student.harmful_labels(X, outside, 1.0)
    agree(change, np.zeros(3), tolerance=1e-6, what="a point that no label reaches")


def refitted(X, y, x):
    """Return the effects by fitting again without each row."""
    full = x @ np.linalg.pinv(X) @ y
    rows = range(len(X))
    return np.array(
        [x @ np.linalg.pinv(np.delete(X, i, 0)) @ np.delete(y, i) - full for i in rows]
    )


def deletion(N, D):
    """Return a check of deletions at one size."""

    def ask(student, reference, parameters, rng):
        X, _, y, x = problem(rng, N, D)
        agree(student.deletion_effects(X, y, x), refitted(X, y, x), tolerance=1e-6)

    return ask


def fast_enough(student, reference, parameters, rng):
    X, _, y, x = problem(rng, 700, 300)
    agree(
        student.deletion_effects(X, y, x),
        reference.deletion_effects(X, y, x),
        tolerance=1e-6,
    )


def copies(student, reference, parameters, rng):
    X = rng.normal(size=(60, 5))
    X[:, 3] = X[:, 0] + X[:, 1]
    agree(student.peak_position(X, False), 4, tolerance=0, what="a combined column")
    X[:, 2] *= 1e-9
    agree(student.peak_position(X, False), 4, tolerance=0, what="in other units")


def intercepts(student, reference, parameters, rng):
    X = rng.normal(size=(60, 4))
    agree(student.peak_position(X, True), 5, tolerance=0, what="with an intercept")
    X[:, 1] = 3.7
    agree(student.peak_position(X, True), 4, tolerance=0, what="a constant column")
    agree(student.peak_position(X, False), 4, tolerance=0, what="no intercept")


def same_errors(student, reference, parameters, rng):
    got, right = student.autopsy(), reference.autopsy()
    # At the threshold the condition number is up to 1e4, so rounding is 1e-10 there.
    agree(np.log(got["error"]), np.log(right["error"]), tolerance=1e-5, what="errors")
    agree(got["peak"], right["peak"], tolerance=0, what="the peak")


def same_share(student, reference, parameters, rng):
    got, right = student.autopsy(), reference.autopsy()
    agree(got["share"], right["share"], tolerance=1e-5, what="the share")


def refutes(student, reference, parameters, rng):
    X, Y, beta, x = (np.asarray(each, dtype=float) for each in student.counterexample())
    require(X.ndim == 2 and X.shape[0] < X.shape[1], "X must have N < D")
    sizes = [Y.shape == X.shape[:1], beta.shape == x.shape == X.shape[1:]]
    require(all(sizes), "the shapes do not fit together")
    require(max(np.abs(each).max() for each in (X, Y, beta, x)) <= 100, "above 100")
    require(np.linalg.cond(X) < 1e6, "the rows are not independent")
    E = Y - X @ beta
    variance = abs(x @ np.linalg.pinv(X) @ E)
    require(variance >= 1 - 1e-9, "the variance term is below 1")


CHECKS = {
    "ps4-q1-test": [
        Check("bias and contributions add up to the error", 6, identity),
        Check("without a penalty: the minimum-norm solution", 4, without_penalty),
        Check("one entry for each non-zero mode, in order", 4, order_and_rank),
        Check("the limit of a large penalty", 3, infinite_penalty),
        Check("one training row", 3, one_row),
    ],
    "ps4-q2-test": [
        Check("no change within the budget does more", 7, harm_is_largest),
        Check("the opposite point wants the opposite change", 4, harm_depends_on_x),
        Check("a point that no label reaches", 3, harm_can_be_zero),
    ],
    "ps4-q3-test": [
        Check("more rows than columns", 6, deletion(12, 4)),
        Check("fewer rows than columns", 6, deletion(4, 12)),
        Check("as many rows as columns", 3, deletion(6, 6)),
        Check("700 rows in time", 3, fast_enough),
    ],
    "ps4-q4-test": [
        Check("dependent columns and units", 5, copies),
        Check("intercept and constant columns", 5, intercepts),
    ],
    "ps4-q5-test": [
        Check("median errors and peak", 8, same_errors),
        Check("the last mode's share", 6, same_share),
    ],
    "ps4-q7-test": [Check("a counterexample", 5, refutes)],
}
