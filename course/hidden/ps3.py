"""Problem set 3: parameters, visible answers and hidden checks."""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import brentq
from sklearn.linear_model import Ridge

from interpolab_course.checks import Check, agree, require

ROUNDING = 1e-7  # condition numbers are below 1e4: rounding stays far below


def parameters(rng):
    """Return what varies from term to term."""
    seed = int(rng.integers(100, 900))
    covariance = 2 * np.eye(5)
    covariance[4, 4] = 3.0
    covariance[:4, 4] = covariance[4, :4] = rng.choice([-0.5, 0.5, 0.75], size=4)
    return {
        "PHI1": rng.integers(-3, 4, size=(3, 5)).astype(float) + 6 * np.eye(3, 5),
        "Y1": rng.integers(1, 9, size=3).astype(float),
        "NEW1": rng.integers(-4, 5, size=(2, 5)).astype(float) + np.eye(2, 5) * 5,
        "X2": rng.integers(-3, 4, size=(5, 4)).astype(float) + 6 * np.eye(5, 4),
        "Z2": rng.integers(-3, 4, size=(3, 4)).astype(float) + 5 * np.eye(3, 4),
        "SIGMA3": covariance,
        "BETA3": rng.integers(1, 4, size=5) * rng.choice([-1.0, 1.0], size=5),
        "SIGNAL": float(rng.integers(2, 6)),
        "NOISE": round(float(rng.uniform(0.2, 0.8)), 2),
        "PENALTY": round(float(rng.uniform(0.3, 0.9)), 2),
        "HIGH": float(rng.integers(4, 9)),
        "LOW": round(float(rng.uniform(0.2, 0.6)), 2),
        "FIRST": round(float(rng.uniform(0.2, 0.6)), 2),
        "SECOND": round(float(rng.uniform(1.5, 3)), 2),
        "ROWS": int(rng.integers(40, 51)),
        "SEED": seed,
        "LAST": seed + 11,
    }


def answers(reference, parameters):
    """Return the values that the visible checks show."""
    Phi, y, new = parameters.PHI1, parameters.Y1, parameters.NEW1
    X, Z, noise, penalty = (
        parameters.X2,
        parameters.Z2,
        parameters.NOISE,
        parameters.PENALTY,
    )
    error = [parameters.SIGMA3, parameters.BETA3]
    path = reference.path_predictions(Phi, y, new)
    return {
        "PATH1": path[:3],
        "PATH2": path[3:],
        "AVERAGE2": reference.average_error(X, Z, [0, 3], parameters.SIGNAL, noise),
        "PEFF2": reference.effective_parameters(X, Z, [0, 3], penalty),
        "UNDER3": reference.gaussian_error(*error, [0, 4], 9, noise),
        "OVER3": reference.gaussian_error(*error, [0, 1, 2, 3], 2, noise),
        "LEVELS4": reference.two_levels(
            parameters.HIGH, parameters.LOW, parameters.FIRST, parameters.SECOND
        ),
        "GCV1": reference.gcv(Phi, y, penalty),
        "GCV2": reference.gcv(Phi, y, 0.0),
    }


# Question 1


def refitted(Phi, y, new, sizes):
    """Return the predictions of one pseudo-inverse for each size."""
    return np.array([new[:, :k] @ (np.linalg.pinv(Phi[:, :k]) @ y) for k in sizes])


def path(rng, n, M, points=4):
    """Return features, labels and new points."""
    return (
        rng.normal(size=(n, M)),
        rng.normal(size=n),
        rng.normal(size=(points, M)),
    )


def whole_path(n, M):
    """Return a check of the path at one shape."""

    def ask(student, reference, parameters, rng):
        Phi, y, new = path(rng, n, M)
        right = refitted(Phi, y, new, range(1, M + 1))
        agree(student.path_predictions(Phi, y, new), right, tolerance=ROUNDING)

    return ask


def dependent_columns(student, reference, parameters, rng):
    Phi, y, new = path(rng, 6, 12)
    Phi[:, 2] = Phi[:, 0] - 2 * Phi[:, 1]
    Phi[:, 3] = 0.0
    Phi[:, 9] = Phi[:, 8]
    right = refitted(Phi, y, new, range(1, 13))
    agree(student.path_predictions(Phi, y, new), right, tolerance=ROUNDING)


def one_row_or_column(student, reference, parameters, rng):
    for n, M in ((1, 4), (5, 1)):
        Phi, y, new = path(rng, n, M)
        right = refitted(Phi, y, new, range(1, M + 1))
        agree(student.path_predictions(Phi, y, new), right, tolerance=ROUNDING)


def in_time(student, reference, parameters, rng):
    Phi, y, new = path(rng, 200, 700, points=2)
    units = []
    for _ in range(5):
        start = time.perf_counter()
        np.linalg.pinv(Phi[:, :350])
        units.append(time.perf_counter() - start)
    start = time.perf_counter()
    got = np.asarray(student.path_predictions(Phi, y, new))
    took = time.perf_counter() - start
    # An update takes a tenth of this, a decomposition for each size seven times it;
    # half a second is for the way to the other process and back.
    require(took < 100 * np.median(units) + 0.5, "slower than 100 decompositions")
    require(got.shape == (700, 2), f"the shape is {got.shape}, expected (700, 2)")
    some = [50, 150, 250, 400, 700]
    right = refitted(Phi, y, new, some)
    agree(got[np.array(some) - 1], right, tolerance=ROUNDING, what="five of the sizes")


# Question 2


def tables(rng, n, D, t=5):
    """Return correlated features at training and test points."""
    mix = rng.normal(size=(D, D))
    return rng.normal(size=(n, D)) @ mix, rng.normal(size=(t, D)) @ mix


def by_fitting(X, Z, used, signal, noise):
    """Return bias and variance from one fit for each coefficient and each label."""

    def predictions(labels):
        return Z[:, used] @ np.linalg.lstsq(X[:, used], labels, rcond=None)[0]

    n, D = X.shape
    bias = [np.mean((predictions(X[:, j]) - Z[:, j]) ** 2) for j in range(D)]
    variance = [np.mean(predictions(row) ** 2) for row in np.eye(n)]
    return signal / D * np.sum(bias), noise * np.sum(variance)


def averages(student, reference, parameters, rng):
    for n, D, used in ((10, 6, [1, 4, 5]), (4, 9, [0, 2, 3, 5, 6, 8]), (5, 7, [6])):
        X, Z = tables(rng, n, D)
        right = by_fitting(X, Z, used, 3.0, 0.7)
        got = student.average_error(X, Z, used, 3.0, 0.7)
        agree(got, right, tolerance=ROUNDING, what="bias and variance")


def nothing_unseen(student, reference, parameters, rng):
    X, Z = tables(rng, 9, 4)
    bias, variance = student.average_error(X, Z, [0, 1, 2, 3], 50.0, 1.0)
    agree(bias, 0.0, tolerance=ROUNDING, what="the bias of the full model")
    trace = np.trace(Z @ np.linalg.inv(X.T @ X) @ Z.T) / len(Z)
    agree(variance, float(trace), tolerance=ROUNDING, what="the variance")


def units_of_the_unseen(student, reference, parameters, rng):
    X, Z = tables(rng, 5, 8)
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    turned = [np.column_stack([A[:, :3], A[:, 3:] @ rotation]) for A in (X, Z)]
    before = student.average_error(X, Z, [0, 1, 2], 1.0, 0.3)
    after = student.average_error(*turned, [0, 1, 2], 1.0, 0.3)
    agree(after, before, tolerance=ROUNDING, what="after a rotation of the unseen")
    right = reference.average_error(X, Z, [0, 1, 2], 1.0, 0.3)
    agree(sum(before), sum(right), tolerance=ROUNDING, what="the sum of both")


def ridge_weights(student, reference, parameters, rng):
    for n, D in ((8, 5), (4, 7), (1, 3)):
        X, Z = tables(rng, n, D)
        used = [0, 2] if n > 1 else [1]
        model = Ridge(alpha=0.4 * n, fit_intercept=False, solver="cholesky")
        weights = model.fit(X[:, used], np.eye(n)).predict(Z[:, used])
        right = n * np.sum(np.asarray(weights) ** 2) / len(Z)
        got = student.effective_parameters(X, Z, used, 0.4)
        agree(got, float(right), tolerance=ROUNDING, what="n times the mean of |s|^2")


def classical_count(student, reference, parameters, rng):
    for n, D, count in ((9, 4, 4), (4, 9, 4)):
        X, _ = tables(rng, n, D)
        got = student.effective_parameters(X, X, list(range(D)), 0.0)
        agree(got, float(count), tolerance=1e-6, what="at the training points")


# Question 3


def joint(rng, D):
    """Return a covariance and coefficients."""
    A = rng.normal(size=(D, D + 2))
    return A @ A.T / D, rng.normal(size=D)


def white(covariance, used, level):
    """Return the covariance after the features in use are made independent."""
    W = np.eye(len(covariance))
    block = covariance[np.ix_(used, used)]
    W[np.ix_(used, used)] = np.sqrt(level) * np.linalg.inv(np.linalg.cholesky(block))
    made = W @ covariance @ W.T
    made[np.ix_(used, used)] = level * np.eye(len(used))  # without rounding
    return (made + made.T) / 2


def acting_noise(covariance, beta, used, noise):
    """Return the conditional variance of the label, from the precision matrix."""
    rest = np.setdiff1d(np.arange(len(beta)), used)
    block = np.linalg.inv(covariance)[np.ix_(rest, rest)]
    return noise + beta[rest] @ np.linalg.solve(block, beta[rest])


def independent(student, reference, parameters, rng):
    beta = rng.normal(size=9)
    used, n_low, n_high, noise = [1, 3, 4, 6, 8], 3, 12, 0.4
    seen = float(np.sum(beta[used] ** 2))
    acting = float(beta @ beta) - seen + noise
    right = acting * (1 + 5 / (n_high - 6))
    got = student.gaussian_error(np.eye(9), beta, used, n_high, noise)
    agree(got, right, tolerance=ROUNDING, what="independent features, p < n")
    right = seen * (1 - 3 / 5) + acting * (1 + 3 / (5 - n_low - 1))
    got = student.gaussian_error(np.eye(9), beta, used, n_low, noise)
    agree(got, right, tolerance=ROUNDING, what="independent features, p > n")


def correlated_under(student, reference, parameters, rng):
    for D, used, n in ((5, [3, 0], 4), (6, [5, 1, 2], 11)):
        covariance, beta = joint(rng, D)
        p = len(used)
        acting = acting_noise(covariance, beta, used, 0.3)
        got = student.gaussian_error(covariance, beta, used, n, 0.3)
        agree(got, float(acting * (1 + p / (n - p - 1))), tolerance=ROUNDING)


def correlated_over(student, reference, parameters, rng):
    for used, n in (([0, 1, 2, 3, 4], 3), ([6, 2, 0, 5], 1)):
        covariance, beta = joint(rng, 7)
        covariance, p = white(covariance, used, 1.7), len(used)
        acting = acting_noise(covariance, beta, used, 0.3)
        # The best linear prediction from x_T: its variance is what can be seen.
        seen = beta @ covariance @ beta - (acting - 0.3)
        right = seen * (1 - n / p) + acting * (1 + n / (p - n - 1))
        got = student.gaussian_error(covariance, beta, used, n, 0.3)
        agree(got, float(right), tolerance=ROUNDING)


def infinite(student, reference, parameters, rng):
    covariance, beta = joint(rng, 6)
    used = [0, 2, 4, 5]
    covariance = white(covariance, used, 1.0)
    for n in (3, 4, 5):
        got = student.gaussian_error(covariance, beta, used, n, 0.2)
        require(np.ndim(got) == 0 and got == np.inf, "it is infinite near p = n")
    finite = student.gaussian_error(covariance, beta, used, 6, 0.2)
    require(bool(np.isfinite(finite)), "it is finite two steps from p = n")


def nothing_acts_as_noise(student, reference, parameters, rng):
    beta, everything = rng.normal(size=4), [0, 1, 2, 3]
    for n, left in ((2, 1 / 2), (3, 1 / 4), (4, 0.0), (5, 0.0), (9, 0.0)):
        got = student.gaussian_error(2 * np.eye(4), beta, everything, n, 0.0)
        agree(got, float(2 * left * beta @ beta), tolerance=ROUNDING, what="no noise")


# Question 4


def solved(student, reference, parameters, rng):
    for _ in range(4):
        a, b = rng.uniform(0.2, 6, size=2)
        first, second = rng.uniform(0.1, 0.9), rng.uniform(1, 4)
        for c in ((a, b, first, second), (b, a, second, first)):

            def excess(kappa, c=c):
                return c[2] * c[0] / (c[0] + kappa) + c[3] * c[1] / (c[1] + kappa) - 1

            kappa = brentq(excess, 1e-12, 100, xtol=1e-14)
            q = c[2] * (c[0] / (c[0] + kappa)) ** 2
            q += c[3] * (c[1] / (c[1] + kappa)) ** 2
            got = student.two_levels(*(float(each) for each in c))
            agree(got, [kappa, q / (1 - q)], tolerance=1e-6, what="kappa and v")


def one_level(student, reference, parameters, rng):
    first, second = rng.uniform(0.6, 2, size=2)
    total = float(first + second)
    got = student.two_levels(3.0, 3.0, float(first), float(second))
    agree(got, [3 * (total - 1), 1 / (total - 1)], tolerance=ROUNDING)


def more_rows(student, reference, parameters, rng):
    first, second = (float(each) for each in rng.uniform(0.1, 0.45, size=2))
    total = first + second
    got = student.two_levels(5.0, 0.2, first, second)
    agree(got, [0.0, total / (1 - total)], tolerance=ROUNDING, what="below the edge")
    got = student.two_levels(5.0, 0.2, 0.5, 0.5)
    agree(got, [0.0, np.inf], tolerance=ROUNDING, what="at the edge")


def far_apart(student, reference, parameters, rng):
    for a, b, first, second in ((1.0, 1e-12, 0.4, 4.0), (1e-12, 1.0, 4.0, 0.4)):
        kappa, v = student.two_levels(a, b, first, second)
        # The strong level is learned: 0.6 of the rows are left for the weak one.
        agree(kappa / 1e-12, 4 / 0.6 - 1, tolerance=1e-6, what="kappa over the weak")
        q = 0.4 + 4 * (0.6 / 4) ** 2
        agree(v, q / (1 - q), tolerance=1e-6, what="the variance")


# Question 5


def with_penalty(student, reference, parameters, rng):
    for n, p in ((9, 4), (5, 11), (6, 6)):
        X, y = rng.normal(size=(n, p)), rng.normal(size=n)
        model = Ridge(alpha=0.3 * n, fit_intercept=False, solver="cholesky")
        H = np.array(model.fit(X, np.eye(n)).predict(X))
        right = np.mean((y - H.T @ y) ** 2) / (1 - np.trace(H) / n) ** 2
        agree(student.gcv(X, y, 0.3), float(right), tolerance=ROUNDING)


def limit_below(student, reference, parameters, rng):
    n, p = 11, 5
    X, y = rng.normal(size=(n, p)), rng.normal(size=n)
    X[:, 4] = X[:, 0] + X[:, 1]
    left = np.sum((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2)
    agree(student.gcv(X, y, 0.0), float(n * left / (n - 4) ** 2), tolerance=ROUNDING)


def limit_beyond(student, reference, parameters, rng):
    for n, p in ((5, 9), (6, 6), (1, 3)):
        X, y = rng.normal(size=(n, p)), rng.normal(size=n)
        inverse = np.linalg.inv(X @ X.T)
        right = n * np.sum((inverse @ y) ** 2) / np.trace(inverse) ** 2
        agree(student.gcv(X, y, 0.0), float(right), tolerance=1e-6)


def rows_alike(student, reference, parameters, rng):
    # Cyclic shifts have equal leverages: the estimate is leave-one-out exactly.
    row = rng.normal(size=12)
    X, y = np.array([np.roll(row, 2 * k) for k in range(6)]), rng.normal(size=6)
    errors = [
        y[i] - X[i] @ np.linalg.pinv(np.delete(X, i, 0)) @ np.delete(y, i)
        for i in range(6)
    ]
    right = float(np.mean(np.square(errors)))
    agree(student.gcv(X, y, 0.0), right, tolerance=1e-6, what="leave-one-out")


# Questions 6 and 8


def same(name):
    """Return a check of one of the measured curves."""

    def ask(student, reference, parameters, rng):
        got, right = student.three_axes()[name], reference.three_axes()[name]
        # The largest condition number is 1e6, and rounding is squared in a norm.
        agree(np.log(got), np.log(right), tolerance=1e-5, what=f"log of the {name}")

    return ask


def same_peaks(student, reference, parameters, rng):
    got, right = student.three_axes()["peaks"], reference.three_axes()["peaks"]
    agree(got, right, tolerance=0, what="the three peaks")


def refutes(student, reference, parameters, rng):
    train, test = (np.asarray(each, dtype=float) for each in student.counterexample())
    require(train.ndim == test.ndim == 2, "both must be tables")
    require(train.shape[0] >= 2 and test.shape[0] >= 1, "too few points")
    require(train.shape[1] == test.shape[1], "the columns do not fit together")
    require(max(np.abs(train).max(), np.abs(test).max()) <= 10, "an entry exceeds 10")
    require(np.linalg.cond(train) < 1e6, "the condition number is too large")
    lengths = [np.linalg.norm(each, axis=1).max() for each in (train, test)]
    require(lengths[1] <= lengths[0] * (1 + 1e-9), "a test row is too long")
    weights = test @ np.linalg.pinv(train)
    require(np.mean(np.sum(weights**2, axis=1)) >= 100, "the weights are too small")


CHECKS = {
    "ps3-q1-test": [
        Check("fewer columns than rows", 3, whole_path(12, 8)),
        Check("through the threshold and beyond", 4, whole_path(7, 16)),
        Check("columns that depend on earlier ones", 3, dependent_columns),
        Check("one row, one column", 2, one_row_or_column),
        Check("200 rows and 700 columns in time", 4, in_time),
    ],
    "ps3-q2-test": [
        Check("bias and variance on both sides", 5, averages),
        Check("nothing unseen: no bias below the threshold", 2, nothing_unseen),
        Check("a rotation of what is unseen", 2, units_of_the_unseen),
        Check("effective parameters with a penalty", 3, ridge_weights),
        Check("at the training points, the classical count", 2, classical_count),
    ],
    "ps3-q3-test": [
        Check("independent features: the known formula", 3, independent),
        Check("correlated features, p < n", 4, correlated_under),
        Check("correlated with the unseen, p > n", 4, correlated_over),
        Check("where it is infinite", 2, infinite),
        Check("nothing that acts as noise", 1, nothing_acts_as_noise),
    ],
    "ps3-q4-test": [
        Check("solves the fixed point", 3, solved),
        Check("two equal levels", 1, one_level),
        Check("more rows than directions", 2, more_rows),
        Check("levels that are far apart", 3, far_apart),
    ],
    "ps3-q5-test": [
        Check("with a penalty", 2, with_penalty),
        Check("no penalty, fewer directions than rows", 2, limit_below),
        Check("no penalty, an interpolant", 3, limit_beyond),
        Check("rows that are alike: leave-one-out", 2, rows_alike),
    ],
    "ps3-q6-test": [
        Check("median test errors", 5, same("error")),
        Check("median squared norms", 3, same("norm2")),
        Check("median effective parameters", 4, same("parameters")),
        Check("the three peaks", 2, same_peaks),
    ],
    "ps3-q8-test": [Check("a counterexample", 5, refutes)],
}
