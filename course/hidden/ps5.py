"""Problem set 5: parameters, visible answers and hidden checks."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm
from scipy.stats import linregress

from interpolab.asymptotics import ridge_equivalent
from interpolab.linear import ridge_at_train_error
from interpolab_course.checks import Check, agree, require
from interpolab_course.remote import CallError

ROUNDING = 1e-6  # a root found to 1e-10 or better, times the condition of the data
SMALL_STEP = 1e-4  # of central differences: their error is its square
DIFFERENCES = 1e-5


def parameters(rng):
    """Return what varies from term to term."""
    mu = rng.permutation([8.0, 5.0, 3.0, 1.0]) + rng.integers(0, 2)
    a = rng.integers(1, 6, size=5) * rng.choice([-1.0, 1.0], size=5)
    floor, ceiling = a[4] ** 2 / 5, a @ a / 5
    B = rng.integers(-2, 3, size=(4, 4)).astype(float)
    y2 = rng.integers(2, 7, size=3) * rng.choice([-1.0, 1.0], size=3)
    return {
        "MU1": np.append(mu, 0.0),
        "A1": a,
        "LEVEL1": round(float(floor + rng.uniform(0.2, 0.5) * (ceiling - floor)), 2),
        "X2": rng.integers(-3, 4, size=(3, 4)).astype(float) + 5 * np.eye(3, 4),
        "Y2": y2,
        "A2": B @ B.T + np.diag([1.0, 2.0, 3.0, 4.0]),
        "LEVEL2": round(float(rng.uniform(0.1, 0.3) * (y2 @ y2) / 3), 2),
        "W3": y2 + np.array([1.0, 0.0, -1.0]),
        "LEVELS4": np.array([float(rng.integers(5, 20)), 0.02]),
        "COUNTS4": np.array([int(rng.integers(3, 9)), int(rng.integers(100, 200))]),
        "N4": int(rng.integers(40, 80)),
        "PRIOR4": round(float(rng.uniform(0.5, 2.0)), 2),
        "NOISE4": round(float(rng.uniform(1.5, 3.0)), 2),
        "ALPHA": float(rng.choice([1.4, 1.6, 1.8, 2.2, 2.4])),
        "TAU": float(rng.choice([0.1, 0.15, 0.25, 0.3])),
        "SEED": int(rng.integers(100, 900)),
    }


def answers(reference, parameters):
    """Return the values that the visible checks show."""
    p = parameters
    b, price = reference.shortest(p.X2, p.Y2, p.A2, p.LEVEL2)
    stop = reference.where_to_stop(p.LEVELS4, p.COUNTS4, p.N4, p.PRIOR4, p.NOISE4)
    gauge = reference.flow_gauge(p.MU1, p.A1, p.LEVEL1)
    return {
        "GAUGE1": [float(value) for value in gauge],
        "SHORT2": b,
        "PRICE2": float(price),
        "BOUND3": float(reference.length_bound(p.X2, p.Y2, p.LEVEL2, p.W3)),
        "WITNESS3": reference.best_witness(p.X2, p.Y2, p.LEVEL2),
        "STOP4": [float(value) for value in stop],
    }


def problem(rng, n, p):
    """Return features with unequal columns, and targets."""
    return rng.normal(size=(n, p)) / np.sqrt(np.arange(1, p + 1)), rng.normal(size=n)


def ends(X, y):
    """Return floor and ceiling."""
    left = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return float(left @ left) / len(y), float(y @ y) / len(y)


def between(X, y, share):
    """Return a level between floor and ceiling."""
    floor, ceiling = ends(X, y)
    return floor + share * (ceiling - floor)


def spectral(X, y):
    """Return the eigenvalues of XX' and the projections of y."""
    mu, Q = np.linalg.eigh(X @ X.T)
    return np.maximum(mu, 0.0), Q.T @ y


def positive_definite(rng, p):
    """Return a well-conditioned positive definite matrix."""
    B = rng.normal(size=(p, p))
    return B @ B.T / p + 0.3 * np.eye(p)


def must_refuse(call, what):
    """Require a ValueError that names the level."""
    try:
        call()
    except CallError as error:
        said = "ValueError" in str(error) and "level" in str(error).lower()
        require(said, f"{what}: a ValueError about the level is asked for")
    else:
        raise AssertionError(f"{what}: it is not refused")


def flow_by_exponential(X, y, time):
    """Return the flow's coefficients from the matrix exponential."""
    n, p = X.shape
    system = np.zeros((p + 1, p + 1))
    system[:p, :p], system[:p, p] = -2 / n * X.T @ X, 2 / n * X.T @ y
    return expm(time * system)[:p, p]


def flow_time(student, reference, parameters, rng):
    for n, p in ((6, 9), (9, 6), (5, 5), (1, 3)):
        X, y = problem(rng, n, p)
        level = between(X, y, 0.4)
        time = float(student.flow_gauge(*spectral(X, y), level)[0])
        require(0 < time < 1e8, "a time is positive and finite")
        b = flow_by_exponential(X, y, time)
        agree(np.mean((X @ b - y) ** 2), level, tolerance=ROUNDING, what="the level")


def flow_length(student, reference, parameters, rng):
    for n, p in ((6, 9), (9, 6)):
        X, y = problem(rng, n, p)
        level = between(X, y, 0.3)
        mu, a = spectral(X, y)
        b = flow_by_exponential(X, y, reference.flow_gauge(mu, a, level)[0])
        got = student.flow_gauge(mu, a, level)[1]
        agree(got, float(b @ b), tolerance=ROUNDING, what="the squared length")


def flow_rate(student, reference, parameters, rng):
    for n, p in ((6, 9), (9, 6)):
        X, y = problem(rng, n, p)
        mu, a = spectral(X, y)
        level = between(X, y, 0.3)
        step = SMALL_STEP * (level - ends(X, y)[0])
        up, down = (reference.flow_gauge(mu, a, level + d)[1] for d in (step, -step))
        rate = float(down - up) / (2 * step)
        got = float(student.flow_gauge(mu, a, level)[2])
        agree(got / rate, 1.0, tolerance=DIFFERENCES, what="the rate over what it is")


def flow_on_one_level(student, reference, parameters, rng):
    """Ask where all eigenvalues are equal: there the flow is ridge."""
    X, y = 2.0 * np.eye(4), rng.normal(size=4) + 3
    level = 0.36 * ends(X, y)[1]
    penalty = ridge_at_train_error(X, y, level).penalty
    rate = student.flow_gauge(np.full(4, 4.0), y, level)[2]
    agree(rate, 1 / penalty, tolerance=ROUNDING, what="the rate")


def flow_refuses(student, reference, parameters, rng):
    X, y = problem(rng, 8, 3)
    floor, ceiling = ends(X, y)
    mu, a = spectral(X, y)
    for level, what in (
        (0.9 * floor, "a level below the floor"),
        (1.1 * ceiling, "a level above the ceiling"),
    ):
        must_refuse(lambda level=level: student.flow_gauge(mu, a, level), what)


def shortest_vector(student, reference, parameters, rng):
    """Compare with the stationarity equation, solved at the right price."""
    for n, p in ((6, 9), (9, 6), (5, 5), (1, 3)):
        X, y = problem(rng, n, p)
        A, level = positive_definite(rng, p), between(X, y, 0.3)
        b = np.asarray(student.shortest(X, y, A, level)[0], dtype=float)
        require(b.shape == (p,), f"the shape is {b.shape}, expected ({p},)")
        agree(np.mean((X @ b - y) ** 2), level, tolerance=ROUNDING, what="the level")
        _, price = reference.shortest(X, y, A, level)
        best = np.linalg.solve(X.T @ X / n + A / price, X.T @ y / n)
        agree(b, best, tolerance=ROUNDING, what="the minimizer")


def price_is_a_derivative(student, reference, parameters, rng):
    for n, p in ((6, 9), (9, 6)):
        X, y = problem(rng, n, p)
        A, level = positive_definite(rng, p), between(X, y, 0.4)
        step = SMALL_STEP * (level - ends(X, y)[0])
        near = (reference.shortest(X, y, A, level + d)[0] for d in (step, -step))
        up, down = (float(b @ A @ b) for b in near)
        price = student.shortest(X, y, A, level)[1]
        agree(price, (down - up) / (2 * step), tolerance=DIFFERENCES, what="the price")


def euclidean(student, reference, parameters, rng):
    X, y = problem(rng, 7, 10)
    level = between(X, y, 0.2)
    fit = ridge_at_train_error(X, y, level)
    b, _ = student.shortest(X, y, np.eye(10), level)
    agree(b, fit.coef, tolerance=ROUNDING, what="with A = I")
    c, _ = student.shortest(X, y, 7.0 * np.eye(10), level)
    agree(c, fit.coef, tolerance=ROUNDING, what="with A = 7 I")


def other_coordinates(student, reference, parameters, rng):
    X, y = problem(rng, 5, 6)
    A, T = positive_definite(rng, 6), positive_definite(rng, 6)
    level = between(X, y, 0.3)
    b, _ = student.shortest(X, y, A, level)
    c, _ = student.shortest(X @ T, y, T.T @ A @ T, level)
    agree(T @ np.asarray(c), b, tolerance=ROUNDING, what="in other coordinates")
    require(np.linalg.norm(b) > 1e-3, "the minimizer must not be zero here")


def no_constraint(student, reference, parameters, rng):
    X, y = problem(rng, 4, 6)
    b, price = student.shortest(X, y, positive_definite(rng, 6), 1.5 * ends(X, y)[1])
    agree(b, np.zeros(6), what="the minimizer above the ceiling")
    agree(price, 0.0, what="the price above the ceiling")
    X, y = problem(rng, 9, 3)
    A, low = positive_definite(rng, 3), 0.9 * ends(X, y)[0]
    must_refuse(lambda: student.shortest(X, y, A, low), "a level below the floor")


def bound_by_hand(X, y, level, w):
    """Return the bound of a witness that proves something."""
    needed = abs(w @ y) - np.linalg.norm(w) * np.sqrt(len(y) * level)
    return float(needed / np.linalg.norm(X.T @ w))


def bound_is_best(student, reference, parameters, rng):
    for n, p in ((5, 8), (8, 5), (1, 2)):
        X, y = problem(rng, n, p)
        w, level = y + 0.2 * rng.normal(size=n) * np.abs(y), 0.2 * ends(X, y)[1]
        right = bound_by_hand(X, y, level, w)
        agree(student.length_bound(X, y, level, w), right, tolerance=ROUNDING)
        other = student.length_bound(X, y, level, -3.0 * w)
        agree(other, right, tolerance=ROUNDING, what="with the witness -3w")


def bound_never_lies(student, reference, parameters, rng):
    X, y = problem(rng, 6, 8)
    level = 0.3 * ends(X, y)[1]
    truth = np.linalg.norm(ridge_at_train_error(X, y, level).coef)
    for _ in range(12):
        w = 0.6 * rng.normal(size=6) + y
        bound = student.length_bound(X, y, level, w)
        require(0 <= bound <= truth * (1 + 1e-9), "a near-interpolator is shorter")
    # Zero for every witness would never lie either.
    best = student.length_bound(X, y, level, reference.best_witness(X, y, level))
    agree(best, truth, tolerance=ROUNDING, what="with the best witness")


def bound_at_its_ends(student, reference, parameters, rng):
    X, y = problem(rng, 7, 3)
    outside = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    floor, ceiling = ends(X, y)
    impossible = student.length_bound(X, y, 0.5 * floor, outside)
    require(impossible == np.inf, "this witness proves that no such b exists")
    nothing = student.length_bound(X, y, 1.5 * floor, outside)
    agree(nothing, 0.0, what="the bound of a witness outside the column space")
    agree(student.length_bound(X, y, 1.2 * ceiling, y), 0.0, what="above the ceiling")


def witness_is_tight(student, reference, parameters, rng):
    for n, p in ((6, 9), (9, 4), (5, 5)):
        X, y = problem(rng, n, p)
        level = between(X, y, 0.3)
        w = np.asarray(student.best_witness(X, y, level), dtype=float)
        require(w.shape == (n,), f"the shape is {w.shape}, expected ({n},)")
        agree(np.linalg.norm(w), 1.0, tolerance=ROUNDING, what="the witness's length")
        require(w @ y > 0, "the sign is wrong")
        # The bound is flat at its maximum: a vector off by 1e-6 loses 1e-12.
        truth = np.linalg.norm(ridge_at_train_error(X, y, level).coef)
        short = bound_by_hand(X, y, level, w) / truth
        require(short > 1 - 1e-8, "another witness has a larger bound")


def stops_at_the_minimum(student, reference, parameters, rng):
    for count, n in ((40, 30), (20, 60)):
        levels, counts = np.array([3.0, 0.2]), np.array([5, count])
        spectrum = np.repeat(levels, counts)
        prior, noise = rng.uniform(0.5, 2, size=2)
        penalties = noise / (n * prior) * np.logspace(-2, 2, 401)
        signal = np.full(len(spectrum), prior)
        road = ridge_equivalent(spectrum, signal, n, penalties, noise)
        train, test = student.where_to_stop(levels, counts, n, prior, noise)
        agree(test, road.test_error.min(), tolerance=ROUNDING, what="the test error")
        best = road.train_error[road.test_error.argmin()]
        agree(train, best, tolerance=ROUNDING, what="the training error")


def stops_on_a_flat_spectrum(student, reference, parameters, rng):
    """Solve the quadratic equation for the effective ridge of one level."""
    size, p, n, prior, noise = 2.5, 30, 20, 0.8, rng.uniform(0.5, 2)
    goal = noise / prior
    half = (n * size - p * size - goal) / 2
    kappa = (-half + np.sqrt(half**2 + n * goal * size)) / n
    left = 1 - p / n * size / (size + kappa)
    got = student.where_to_stop(np.array([size]), np.array([p]), n, prior, noise)
    agree(got, [noise * left, noise / left], tolerance=ROUNDING)


def stops_on_many_directions(student, reference, parameters, rng):
    """Multiply rows and directions by 10^10; divide the prior by as much."""
    levels, counts, n = np.array([4.0, 0.3, 0.01]), np.array([4, 60, 90]), 50
    small = reference.where_to_stop(levels, counts, n, 1.5, 0.7)
    many = counts * 10**10
    got = student.where_to_stop(levels, many, n * 10**10, 1.5e-10, 0.7)
    agree(got, small, tolerance=ROUNDING)


def stops_in_the_limits(student, reference, parameters, rng):
    levels, counts, n = np.array([2.0, 0.5]), np.array([3, 7]), 40
    weak = student.where_to_stop(levels, counts, n, 1e-9, 1.3)
    agree(weak, [1.3, 1.3], tolerance=1e-6, what="without signal")
    strong = student.where_to_stop(levels, counts, n, 1e9, 1.3)
    agree(strong, [1.3 * 0.75, 1.3 / 0.75], tolerance=1e-6, what="a strong signal")


def lengths(student, reference, parameters, rng):
    got, right = student.growth(), reference.growth()
    agree(np.log(got["length2"]), np.log(right["length2"]), tolerance=1e-5)


def powers(student, reference, parameters, rng):
    got, right = student.growth(), reference.growth()
    agree(np.log(got["power"]), np.log(right["power"]), tolerance=1e-5)


def exponents(student, reference, parameters, rng):
    """Ask for the lines of the student's own measurements, if these are sane."""
    got, right = student.growth(), reference.growth()
    logs = np.log(np.tile([30, 60, 120, 240], 10))
    for key, name in (("length2", "exponent"), ("power", "power_exponent")):
        values = np.asarray(got[key], dtype=float)
        require(values.shape == (10, 4), f"{key} must have the shape (10, 4)")
        off = np.abs(np.log(values / right[key])).max()
        require(off < 5, f"{key} is far from what it should be")
        line = linregress(logs, np.log(values).ravel())
        agree(got[name], line.slope, tolerance=ROUNDING, what=name)
        agree(got[name + "_error"], line.stderr, tolerance=ROUNDING, what="its error")


def refutes(student, reference, parameters, rng):
    X, y, level, Sigma, star, b = student.counterexample()
    X, y, Sigma, star, b = (np.asarray(v, dtype=float) for v in (X, y, Sigma, star, b))
    require(X.ndim == 2 and y.shape == X.shape[:1], "X and y do not fit together")
    p = X.shape[1]
    require(star.shape == b.shape == (p,), "beta_star and b have one entry a column")
    require(Sigma.shape == (p, p) and np.allclose(Sigma, Sigma.T), "Sigma: symmetric")
    require(max(np.abs(v).max() for v in (X, y, Sigma, star, b)) <= 100, "above 100")
    values = np.linalg.eigvalsh(Sigma)
    require(values[0] > 0 and values[-1] <= 100.001 * values[0], "Sigma's condition")
    floor, ceiling = ends(X, y)
    require(floor + 1e-9 < level < ceiling - 1e-9, "level: between floor and ceiling")
    require(level < np.mean((y - X @ star) ** 2), "the level is above the noise")
    require(np.mean((X @ b - y) ** 2) <= level * (1 + 1e-9), "b misses the level")
    ridge = ridge_at_train_error(X, y, float(level)).coef
    of_b, of_ridge = ((c - star) @ Sigma @ (c - star) for c in (b, ridge))
    require(of_b <= of_ridge * 0.5 * (1 + 1e-9), "b errs more than half as much")


CHECKS = {
    "ps5-q1-test": [
        Check("the time at which the level is reached", 5, flow_time),
        Check("the squared length at that time", 3, flow_length),
        Check("the exchange rate is a derivative", 4, flow_rate),
        Check("one eigenvalue: the rate of ridge", 2, flow_on_one_level),
        Check("levels that cannot be reached are refused", 2, flow_refuses),
    ],
    "ps5-q2-test": [
        Check("the minimizer, for all shapes", 6, shortest_vector),
        Check("the price is a derivative", 5, price_is_a_derivative),
        Check("Euclidean length: ridge", 2, euclidean),
        Check("other coordinates, same vector", 3, other_coordinates),
        Check("above the ceiling and below the floor", 2, no_constraint),
    ],
    "ps5-q3-test": [
        Check("the best bound of a witness", 4, bound_is_best),
        Check("no near-interpolator is shorter", 2, bound_never_lies),
        Check("nothing follows, and nothing exists", 3, bound_at_its_ends),
        Check("the best witness proves the whole length", 5, witness_is_tight),
    ],
    "ps5-q4-test": [
        Check("the minimum over all penalties", 5, stops_at_the_minimum),
        Check("one level: a closed form", 3, stops_on_a_flat_spectrum),
        Check("very many directions", 3, stops_on_many_directions),
        Check("a weak and a strong signal", 3, stops_in_the_limits),
    ],
    "ps5-q5-test": [
        Check("the squared lengths", 6, lengths),
        Check("the powers", 3, powers),
        Check("both exponents and their standard errors", 5, exponents),
    ],
    "ps5-q7-test": [Check("a counterexample", 5, refutes)],
}
