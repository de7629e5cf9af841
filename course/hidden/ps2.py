"""Problem set 2: parameters, visible answers and hidden checks."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.spatial.distance import cdist

from interpolab_course.checks import Check, agree, require

ROUNDING = 1e-7  # the inputs are well conditioned: rounding stays far below


def parameters(rng):
    """Return what varies from term to term."""
    corners = np.array([[0.0, 0.0], [rng.integers(3, 7), 1], [1, rng.integers(3, 7)]])
    mixed = np.array([[1 / 3, 1 / 3, 1 / 3], [0.5, 0.2, 0.3]])
    signs = np.array([1, 1, 1, 1, -1, -1, -1, -1])
    return {
        "SEED": int(rng.integers(100, 900)),
        "FLIPS": float(rng.choice([0.2, 0.25, 0.3])),
        "SHARE": round(float(rng.uniform(0.55, 0.75)), 2),
        "PPLUS": round(float(rng.uniform(0.25, 0.4)), 2),
        "PMINUS": round(float(rng.uniform(0.05, 0.15)), 2),
        "ANSWERS1": signs,
        "LABELS1": signs * rng.permutation([1, 1, 1, 1, 1, -1, -1, -1]),
        "CORNERS2": corners,
        "HESSE2": np.array([[rng.integers(1, 4), 1], [1, -rng.integers(1, 4)]]) * 0.5,
        "QUERIES2": np.round(mixed @ corners, 3),
        "DISTANCES3": [1.7, 1.0, round(float(rng.uniform(1.1, 1.6)), 2), 2.0, 1.4],
        "POINTS4": np.round(np.cumsum(rng.uniform(0.2, 1.0, size=4)), 1),
        "Y4": rng.permutation([1.0, 1.0, 1.0, -1.0]),
        "NEW4": round(float(rng.uniform(3.5, 4.0)), 1) + 1,
    }


def answers(reference, parameters):
    """Return the values that the visible checks show."""
    p = parameters
    rates = (p.PPLUS, p.PMINUS)
    K = np.exp(-np.abs(p.POINTS4[:, None] - p.POINTS4))
    column = np.exp(-np.abs(p.POINTS4 - p.NEW4))
    values = {
        "NOISY1": reference.noisy_risk(p.SHARE, 0.2, 0.05, *rates),
        "CLEAN1": reference.clean_risk(p.ANSWERS1, p.LABELS1, *rates),
        "RISK2": reference.simplex_risk(p.CORNERS2, p.HESSE2, 0.5, p.QUERIES2),
        "CRITICAL3": reference.critical_exponent(p.DISTANCES3),
        "FLIPS4": reference.flip_costs(K, p.Y4),
        "GROWTH4": reference.norm_growth(K, p.Y4, column, 1.0, -1.0),
    }
    # Twelve digits fit on a line, and lie well below the visible checks' tolerance.
    return {name: np.round(value, 12) for name, value in values.items()}


def unequal_flips(student, reference, parameters, rng):
    share, miss, alarm, plus, minus = rng.uniform(0.05, 0.45, size=5)
    clean = [[(1 - share) * (1 - alarm), (1 - share) * alarm]]
    clean += [[share * miss, share * (1 - miss)]]
    flips = np.array([[1 - minus, minus], [plus, 1 - plus]])
    joint = flips.T @ np.array(clean)  # noisy label by answer
    got = student.noisy_risk(share, miss, alarm, plus, minus)
    agree(got, joint[0, 1] + joint[1, 0], what="the noisy risk")


def equal_flips(student, reference, parameters, rng):
    share, miss, alarm, q = rng.uniform(0.05, 0.95, size=4)
    clean = share * miss + (1 - share) * alarm
    got = student.noisy_risk(share, miss, alarm, q / 2, q / 2)
    agree(got, q / 2 + (1 - q) * clean, what="coin noise")


def unbiased(student, reference, parameters, rng):
    n, plus, minus = 6, rng.uniform(0.25, 0.4), rng.uniform(0.05, 0.15)
    # More positive rows than negative ones, and an error of each kind: errors that
    # cancel between equal classes would hide exchanged rates.
    y = np.array([1, 1, 1, 1, -1, -1])
    answers = np.array([-1, 1, 1, 1, 1, -1])
    order = rng.permutation(n)
    y, answers = y[order], answers[order]
    rate, mean = np.where(y > 0, plus, minus), 0.0
    for flips in itertools.product([False, True], repeat=n):
        chance = np.prod(np.where(flips, rate, 1 - rate))
        z = np.where(flips, -y, y)
        mean += chance * student.clean_risk(answers, z, plus, minus)
    agree(mean, np.mean(answers != y), what="the mean over all flips")


def one_row(student, reference, parameters, rng):
    plus, minus = 0.3, 0.1
    for answer in (-1, 1):
        at = [
            student.clean_risk(np.array([answer]), np.array([z]), plus, minus)
            for z in (-1, 1)
        ]
        positive = plus * at[0] + (1 - plus) * at[1]
        negative = (1 - minus) * at[0] + minus * at[1]
        agree(positive, float(answer < 0), what="one row of the positive class")
        agree(negative, float(answer > 0), what="one row of the negative class")


def simplex(d, rng):
    """Return corners of a simplex that is far from flat, and inner queries."""
    corners = np.vstack([np.zeros(d), np.eye(d)]) + 0.15 * rng.normal(size=(d + 1, d))
    return 3 * corners, 3 * rng.dirichlet(np.ones(d + 1), size=20) @ corners


def power_of_a_point(student, reference, parameters, rng):
    # Without noise and with H = I the error is half the power of the query with
    # respect to the sphere through the corners.
    for d in (1, 2, 5):
        corners, queries = simplex(d, rng)
        center = np.linalg.solve(
            2 * (corners[1:] - corners[0]),
            np.sum(corners[1:] ** 2, axis=1) - np.sum(corners[0] ** 2),
        )
        square = np.sum((corners[0] - center) ** 2)
        power = square - np.sum((queries - center) ** 2, axis=1)
        got = student.simplex_risk(corners, np.eye(d), 0.0, queries)
        agree(got, (power / 2) ** 2, tolerance=ROUNDING, what="without noise")


def noise_alone(student, reference, parameters, rng):
    for d in (1, 3):
        corners, _ = simplex(d, rng)
        places = np.vstack([corners, corners.mean(axis=0)])
        expected = 0.49 * np.append(np.ones(d + 1), 1 / (d + 1))
        got = student.simplex_risk(corners, np.zeros((d, d)), 0.7, places)
        agree(got, expected, tolerance=ROUNDING, what="corners and centroid")


def bias_and_noise(student, reference, parameters, rng):
    corners, queries = simplex(3, rng)
    H = rng.normal(size=(3, 3))
    H = H + H.T
    got = student.simplex_risk(corners, H, 0.6, queries)
    expected = reference.simplex_risk(corners, H, 0.6, queries)
    agree(got, expected, tolerance=ROUNDING, what="the risk")
    M = np.linalg.qr(rng.normal(size=(3, 3)))[0] * [1.0, 2.0, 0.5]
    back = np.linalg.inv(M)
    shift, order = rng.normal(size=3), rng.permutation(4)
    moved = corners[order] @ M.T + shift
    got = student.simplex_risk(moved, back.T @ H @ back, 0.6, queries @ M.T + shift)
    agree(got, expected, tolerance=ROUNDING, what="in other coordinates")


def outside_and_border(student, reference, parameters, rng):
    corners, _ = simplex(2, rng)
    weights = np.array(
        [[1.2, -0.1, -0.1], [0.0, 0.4, 0.6], [0.6, 0.6, -0.2], [0, 0, 1]]
    )
    got = student.simplex_risk(corners, np.zeros((2, 2)), 1.0, weights @ corners)
    expected = np.where(weights.min(axis=1) >= 0, np.sum(weights**2, axis=1), np.nan)
    require(np.shape(got) == (4,), "one number for each query")
    same = np.array_equal(np.isnan(got), np.isnan(expected))
    require(same, "nan must mark the queries outside, and no others")
    agree(np.nan_to_num(got), np.nan_to_num(expected), tolerance=ROUNDING)


def on_average(student, reference, parameters, rng):
    corners, _ = simplex(4, rng)
    queries = rng.dirichlet(np.ones(5), size=20_000) @ corners
    got = student.simplex_risk(corners, np.zeros((4, 4)), 1.0, queries)
    # The standard error of the mean is below .001: five of them.
    agree(np.mean(got), 2 / 6, tolerance=0.005, what="the mean over the simplex")


def equally_far(student, reference, parameters, rng):
    for k, far in ((3, 2.0), (30, 1.1), (1500, 1.001)):
        distances = np.append(np.full(k - 1, far), 1.0)
        expected = np.log(k - 1) / np.log(far)
        got = student.critical_exponent(distances)
        agree(got / expected, 1.0, tolerance=ROUNDING, what="the rest equally far")


def balance(student, reference, parameters, rng):
    for k in (4, 11, 1000):
        distances = rng.permutation(1 + rng.random(k))
        got = student.critical_exponent(distances)
        ratios = (distances.min() / distances) ** got
        agree(np.sum(ratios), 2.0, tolerance=1e-6, what="the weights at that exponent")


def units(student, reference, parameters, rng):
    distances = 1 + rng.random(9)
    got = student.critical_exponent(distances)
    scaled = student.critical_exponent(1e5 * distances[::-1])
    agree(scaled / got, 1.0, tolerance=ROUNDING, what="other units, other order")
    powers = student.critical_exponent(distances**3)
    agree(3 * powers / got, 1.0, tolerance=ROUNDING, what="cubed distances")


def special_queries(student, reference, parameters, rng):
    for distances in ([0.7], [2.0, 1.5], [0.4, 0.0, 1.0, 1.1]):
        got = student.critical_exponent(distances)
        agree(got, 0.0, tolerance=ROUNDING, what="one or two neighbors, or distance 0")
    got = student.critical_exponent([0.5, 0.9, 0.5, 0.8])
    agree(got, np.inf, what="two nearest neighbors")


def kernel(n, rng):
    """Return the Laplace matrix of random points in three dimensions."""
    X = rng.normal(size=(n, 3))
    return np.exp(-cdist(X, X))


def cost_by_refitting(K, y):
    """Return the costs by solving again for each flip."""
    flips = y * (1 - 2 * np.eye(len(y)))  # row i has label i flipped
    norms = np.einsum("ij,ji->i", flips, np.linalg.solve(K, flips.T))
    return norms - y @ np.linalg.solve(K, y)


def flips_of_signs(student, reference, parameters, rng):
    for n in (1, 12):
        K, y = kernel(n, rng), rng.choice([-1.0, 1.0], size=n)
        got = student.flip_costs(K, y)
        agree(got, cost_by_refitting(K, y), tolerance=ROUNDING, what="labels ±1")


def flips_of_numbers(student, reference, parameters, rng):
    K, y = 2.5 * kernel(10, rng), rng.normal(size=10)
    y[3] = 0.0
    got = student.flip_costs(K, y)
    agree(got, cost_by_refitting(K, y), tolerance=ROUNDING, what="real labels")


def bordered(student, reference, parameters, rng):
    for n in (1, 9):
        K, y = 1.7 * kernel(n + 1, rng), rng.normal(size=n + 1)
        expected = y @ np.linalg.solve(K, y)
        expected -= y[:n] @ np.linalg.solve(K[:n, :n], y[:n])
        got = student.norm_growth(K[:n, :n], y[:n], K[:n, n], K[n, n], y[n])
        agree(got, expected, tolerance=ROUNDING, what="the growth")


def free_and_alone(student, reference, parameters, rng):
    K, y = kernel(9, rng), rng.normal(size=8)
    free = K[8, :8] @ np.linalg.solve(K[:8, :8], y)
    got = student.norm_growth(K[:8, :8], y, K[:8, 8], 1.0, float(free))
    agree(got, 0.0, tolerance=ROUNDING, what="the label that was predicted")
    got = student.norm_growth(K[:8, :8], y, np.zeros(8), 4.0, 3.0)
    agree(got, 2.25, tolerance=ROUNDING, what="a point that has nothing in common")


def same_factors(student, reference, parameters, rng):
    got, right = student.exponent_sweep(), reference.exponent_sweep()
    agree(got["noise_factor"], right["noise_factor"], tolerance=1e-6, what="factors")


def same_errors(student, reference, parameters, rng):
    got, right = student.exponent_sweep(), reference.exponent_sweep()
    # A sum of weights within rounding of zero may go either way: two test images.
    agree(got["error"], right["error"], tolerance=2.5 / 797, what="the error rates")


def same_dimension(student, reference, parameters, rng):
    got, right = student.exponent_sweep(), reference.exponent_sweep()
    agree(got["dimension"], right["dimension"], tolerance=1e-5, what="the dimension")


def refutes(student, reference, parameters, rng):
    points, labels = (
        np.asarray(part, dtype=float) for part in student.counterexample()
    )
    require(points.ndim == 1 and points.shape == labels.shape, "one label a point")
    require(1 <= len(points) <= 50, "between 1 and 50 points")
    require(bool(np.all(np.abs(labels) == 1)), "the labels are not all -1 or 1")
    gaps = np.diff(np.sort(points))
    require(bool(np.all(gaps >= 0.01 * (1 - 1e-9))), "two points are too close")
    inverse = np.linalg.inv(np.exp(-np.abs(points[:, None] - points)))
    clean = labels @ inverse @ labels
    noisy = 0.25 * clean + 0.75 * np.trace(inverse)
    require(noisy <= 0.7 * clean, "the expected squared norm does not fall to 0.7")


CHECKS = {
    "ps2-q1-test": [
        Check("the noisy risk, unequal rates", 4, unequal_flips),
        Check("the noisy risk under coin noise", 2, equal_flips),
        Check("the estimate's mean over all flips", 5, unbiased),
        Check("each class on its own, one row", 3, one_row),
    ],
    "ps2-q2-test": [
        Check("no noise: a closed form", 4, power_of_a_point),
        Check("noise alone, at corners and centroid", 3, noise_alone),
        Check("bias and noise; other coordinates", 4, bias_and_noise),
        Check("outside, and on the border", 3, outside_and_border),
        Check("the mean over the simplex", 2, on_average),
    ],
    "ps2-q3-test": [
        Check("all others equally far", 4, equally_far),
        Check("the weights balance", 3, balance),
        Check("units, order and powers", 3, units),
        Check("ties, zeros, one or two neighbors", 2, special_queries),
    ],
    "ps2-q4-test": [
        Check("flips of labels ±1", 5, flips_of_signs),
        Check("flips of real labels", 4, flips_of_numbers),
        Check("one more point", 6, bordered),
        Check("a free label, and a lone point", 3, free_and_alone),
    ],
    "ps2-q5-test": [
        Check("noise factors", 6, same_factors),
        Check("error rates", 4, same_errors),
        Check("the dimension", 4, same_dimension),
    ],
    "ps2-q7-test": [Check("a counterexample", 6, refutes)],
}
