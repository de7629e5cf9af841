"""Problem set 1: parameters, visible answers and hidden checks."""

from __future__ import annotations

from itertools import combinations, product
from math import comb

import numpy as np
from scipy import stats

from interpolab_course.checks import Check, agree, require

ROUNDING = 1e-9  # short sums of well-scaled terms


def parameters(rng):
    """Return what varies from term to term."""
    seed = int(rng.integers(100, 900))
    h = int(rng.integers(1, 3))
    return {
        "PX1": rng.permutation(np.repeat(np.arange(7.0), [1, 2, 1, 1, 3, 1, 1])),
        "X1": rng.integers(0, 6, size=(7, 3)).astype(float),
        "LABELS": int(rng.integers(3, 6)),
        "TABLE": rng.choice([-1, 1], size=(9, 4)),
        "VALUES": rng.integers(-3, 4, size=(4, 5)).astype(float),
        "N3": int(rng.integers(9, 16)),
        "ERRORS": int(rng.integers(3, 9)),
        "K4": int(rng.integers(10, 30)),
        "RISKS": [round(float(risk), 2) for risk in rng.uniform(0.2, 0.5, size=4)],
        "ROWS": int(rng.integers(36, 52)),
        "SEED": seed,
        "LAST": seed + 199,
        "H": h,
        "TOGETHER": 2 * h + 1,
    }


def answers(reference, parameters):
    """Return the values that the visible checks show."""
    p = parameters
    return {
        "TREES1": reference.tree_labelings(p.PX1, 3, p.LABELS),
        "STUMPS1": reference.stump_labelings(p.X1),
        "SIZES2": reference.shattered_sizes(p.TABLE),
        "COMPLEXITY": reference.complexity(p.VALUES),
        "MEMORY": reference.memory_complexity(p.N3, 3),
        "BOUND4": reference.holdout_bound(p.ERRORS, 80, p.K4, 0.05),
        "WINNER4": reference.winner(p.RISKS, 12),
    }


def same(got, right, what):
    agree(got, right, tolerance=0, what=what)


# Question 1: lists of all labelings.


def listed_trees(n, leaves, labels):
    """Return the number of labelings of n distinct points, by listing them."""
    each = product(range(labels), repeat=n)
    return sum(np.count_nonzero(np.diff(one)) < leaves for one in each)


def trees_listed(student, reference, parameters, rng):
    for n, leaves, labels in ((6, 3, 2), (5, 3, 3), (5, 2, 4), (4, 4, 3)):
        x = rng.permutation(n) + rng.uniform(0, 0.5, size=n)
        right = listed_trees(n, leaves, labels)
        same(student.tree_labelings(x, leaves, labels), right, "distinct points")


def trees_with_ties(student, reference, parameters, rng):
    x = rng.permutation(np.repeat(rng.normal(size=5), [1, 3, 2, 1, 2]))
    same(student.tree_labelings(x, 3, 3), listed_trees(5, 3, 3), "equal points")
    same(student.tree_labelings(np.ones(4), 3, 3), 3, "all points equal")


def trees_at_the_ends(student, reference, parameters, rng):
    x = rng.normal(size=7)
    same(student.tree_labelings(x, 1, 5), 5, "one leaf")
    same(student.tree_labelings(x, 12, 3), 3**7, "more leaves than points")
    same(student.tree_labelings(x, 4, 1), 1, "one label")
    many = student.tree_labelings(rng.permutation(500), 2, 3)
    same(many, 3 + 499 * 6, "many points")


def listed_stumps(X):
    """Return the number of labelings by stumps, from cuts between sorted values."""
    seen = set()
    for j in range(X.shape[1]):
        cuts = np.concatenate([[X[:, j].min() - 1], np.unique(X[:, j])])
        for cut, sign in product(cuts, (-1, 1)):
            seen.add(tuple(np.where(X[:, j] > cut, sign, -sign)))
    return len(seen)


def stumps_listed(student, reference, parameters, rng):
    for X in (rng.normal(size=(8, 3)), rng.integers(0, 4, size=(9, 4)) * 1.0):
        X[2] = 9.0  # the same row is largest in every column
        same(student.stump_labelings(X), listed_stumps(X), "several features")
    X = rng.integers(0, 7, size=(10, 1)) * 1.0
    distinct = len(np.unique(X))
    same(student.stump_labelings(X), 2 * distinct, "one feature with ties")


def stumps_unchanged(student, reference, parameters, rng):
    X = rng.normal(size=(9, 3))
    right = listed_stumps(X)
    other = np.column_stack([-X[:, 1], np.exp(X[:, 0]), X[:, 2] ** 3, X[:, 1]])
    same(student.stump_labelings(other), right, "monotone and repeated columns")
    constant = np.column_stack([X, np.full(9, 2.0)])
    same(student.stump_labelings(constant), right, "a constant column added")


# Question 2: sets shattered.


def shattered(table):
    """Return the counts from sets of tuples, one subset of columns at a time."""
    rows = {tuple(int(each > 0) for each in row) for row in np.asarray(table)}
    n = np.shape(table)[1]
    counts = [0] * (n + 1)
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            patterns = {tuple(row[j] for j in chosen) for row in rows}
            counts[size] += len(patterns) == 2**size
    return np.array(counts)


def dimension(table):
    return int(np.flatnonzero(shattered(table))[-1])


def random_classes(student, reference, parameters, rng):
    for rows, n in ((6, 4), (20, 6), (40, 7)):
        table = rng.choice([-1, 1], size=(rows, n))
        same(student.shattered_sizes(table), shattered(table), "a random class")


def all_labelings(student, reference, parameters, rng):
    n = 10
    table = np.array(list(product([-1, 1], repeat=n)))
    right = [comb(n, size) for size in range(n + 1)]
    same(student.shattered_sizes(table), right, "the class of all labelings")


def interval_unions(student, reference, parameters, rng):
    cube = np.array(list(product([-1, 1], repeat=8)))
    padded = np.column_stack([-np.ones(256), cube, -np.ones(256)])
    table = cube[(np.diff(padded, axis=1) != 0).sum(axis=1) <= 4]
    right = [comb(8, size) if size <= 4 else 0 for size in range(9)]
    same(student.shattered_sizes(table), right, "unions of two intervals")


def small_classes(student, reference, parameters, rng):
    row = rng.choice([-1, 1], size=(1, 4))
    repeated = np.repeat(row, 3, axis=0)
    same(student.shattered_sizes(repeated), [1, 0, 0, 0, 0], "one member, repeated")
    same(student.shattered_sizes(np.array([[1], [-1]])), [1, 1], "one point")
    table = rng.choice([-1, 1], size=(12, 5))
    flipped = table * rng.choice([-1, 1], size=5)
    same(student.shattered_sizes(flipped), shattered(table), "labels exchanged")


# Question 3: complexities.


def enumerated(values):
    """Return the complexity by Gray code, flipping one sign at a time."""
    sums = -np.sum(values, axis=1)
    n, total = np.shape(values)[1], 0.0
    signs = -np.ones(n)
    for step in range(1, 2**n + 1):
        total += sums.max()
        place = (step & -step).bit_length() - 1
        if place < n:
            signs[place] *= -1
            sums = sums + 2 * signs[place] * values[:, place]
    return total / (n * 2**n)


def random_values(student, reference, parameters, rng):
    for m, n in ((5, 6), (12, 4), (3, 9)):
        values = rng.normal(size=(m, n))
        agree(student.complexity(values), enumerated(values), tolerance=ROUNDING)


def scaled_and_shifted(student, reference, parameters, rng):
    values = rng.normal(size=(6, 7))
    right = enumerated(values)
    agree(student.complexity(-2.5 * values), 2.5 * right, tolerance=ROUNDING)
    shifted = values + rng.normal(size=7)
    what = "after adding one function to all"
    agree(student.complexity(shifted), right, tolerance=ROUNDING, what=what)


def hull(student, reference, parameters, rng):
    values = rng.normal(size=(5, 6))
    mixed = rng.dirichlet(np.ones(5), size=20) @ values
    both = rng.permutation(np.vstack([values, mixed, values]))
    what = "with averages of members added"
    agree(student.complexity(both), enumerated(values), tolerance=ROUNDING, what=what)


def single(student, reference, parameters, rng):
    one = rng.normal(size=(1, 8))
    agree(student.complexity(one), 0.0, tolerance=ROUNDING, what="one function")
    point = rng.normal(size=(4, 1))
    right = float(np.ptp(point)) / 2
    agree(student.complexity(point), right, tolerance=ROUNDING, what="one point")


def memory_listed(student, reference, parameters, rng):
    for n, exceptions in ((5, 1), (6, 2), (7, 3), (8, 5)):
        c = rng.choice([-1.0, 1.0], size=n)
        cube = np.array(list(product([-1.0, 1.0], repeat=n)))
        ball = cube[(cube != c).sum(axis=1) <= exceptions]
        got = student.memory_complexity(n, exceptions)
        agree(got, enumerated(ball), tolerance=ROUNDING, what="few points")


def memory_ends(student, reference, parameters, rng):
    for n in (1, 6, 31):
        got = [student.memory_complexity(n, r) for r in (0, n, n + 3)]
        agree(got, [0, 1, 1], tolerance=ROUNDING, what="no exceptions, and all")


def memory_large(student, reference, parameters, rng):
    n = 2 * int(rng.integers(700, 1000))
    agree(student.memory_complexity(n, 1), 2 / n, tolerance=ROUNDING, what="one")
    central = float(stats.binom.pmf(n // 2, n, 0.5))
    got = student.memory_complexity(n, n // 2)
    # The error of the binomial probabilities is about 1e-12.
    agree(got, 1 - central / 2, tolerance=ROUNDING, what="half as many")


# Question 4: hold-out.


def exact_tail(student, reference, parameters, rng):
    for errors, points in ((0, 30), (4, 60), (37, 200), (19, 20)):
        bound = float(student.holdout_bound(errors, points, 1, 0.1))
        require(0 <= bound <= 1, "a bound on a risk lies between 0 and 1")
        tail = float(stats.binom.cdf(errors, points, bound))
        # A root found to 1e-6 in p moves the tail by no more than about 1e-4.
        agree(tail, 0.1, tolerance=1e-4, what="probability of so few errors")


def without_errors(student, reference, parameters, rng):
    points = int(rng.integers(40, 90))
    got = student.holdout_bound(0, points, 1, 0.02)
    agree(got, 1 - 0.02 ** (1 / points), tolerance=1e-6, what="no errors")


def only_errors(student, reference, parameters, rng):
    for points in (1, 25):
        agree(student.holdout_bound(points, points, 3, 0.1), 1.0, tolerance=1e-9)
        nearly = student.holdout_bound(points - 1, points, 1, 0.1)
        agree(nearly, 0.9 ** (1 / points), tolerance=1e-6, what="all errors but one")


def union_bound(student, reference, parameters, rng):
    for candidates in (2, 50, 10_000):
        right = float(stats.beta.ppf(1 - 0.1 / candidates, 8, 93))
        got = student.holdout_bound(7, 100, candidates, 0.1)
        agree(got, right, tolerance=1e-6, what="several candidates")


def listed_winner(risks, points):
    """Return the two means by listing all outcomes."""
    held, risk = 0.0, 0.0
    counts = np.arange(points + 1)
    tables = [stats.binom.pmf(counts, points, one) for one in risks]
    for outcome in product(counts, repeat=len(risks)):
        chance = np.prod([t[b] for t, b in zip(tables, outcome, strict=True)])
        first = int(np.argmin(outcome))
        held += chance * outcome[first] / points
        risk += chance * risks[first]
    return held, risk


def winner_listed(student, reference, parameters, rng):
    for k, points in ((2, 9), (3, 5), (4, 3)):
        risks = rng.uniform(0.1, 0.6, size=k)
        right = listed_winner(risks, points)
        agree(student.winner(risks, points), right, tolerance=ROUNDING)


def coins(student, reference, parameters, rng):
    for k, points in ((1, 20), (8, 50)):
        above = stats.binom.sf(np.arange(points), points, 0.5)
        right = float(np.sum(above**k) / points)
        got = student.winner(np.full(k, 0.5), points)
        agree(got, [right, 0.5], tolerance=ROUNDING, what="equal risks of one half")


def ties(student, reference, parameters, rng):
    points = int(rng.integers(2, 5))
    right = [0.0, 0.5 * 0.5**points]
    agree(student.winner([0.5, 0.0], points), right, tolerance=ROUNDING)
    agree(student.winner([0.0, 0.5], points), [0, 0], tolerance=ROUNDING)


def many_candidates(student, reference, parameters, rng):
    k, points, risk = 500, 400, 0.3
    above = stats.binom.sf(np.arange(points), points, risk)
    right = [float(np.sum(above**k) / points), risk]
    agree(student.winner(np.full(k, risk), points), right, tolerance=ROUNDING)


# Questions 5 and 7.


def winners_errors(student, reference, parameters, rng):
    got, right = student.bound_and_gaps(), reference.bound_and_gaps()
    for name in ("train", "risk"):
        agree(got[name], right[name], tolerance=ROUNDING, what=name)


def gaps(student, reference, parameters, rng):
    got, right = student.bound_and_gaps(), reference.bound_and_gaps()
    for name in ("winner", "worst"):
        agree(got[name], right[name], tolerance=ROUNDING, what=name)


def bounds(student, reference, parameters, rng):
    got = student.bound_and_gaps()
    sizes = np.array([1, 3, 10, 30, 100, 300, 1000])
    agree(got["candidates"], sizes, tolerance=0, what="candidates")
    right = np.sqrt(np.log(20 * sizes) / (2 * parameters.ROWS))
    agree(got["bound"], right, tolerance=ROUNDING, what="bound")


def refutes(student, reference, parameters, rng):
    A, B = (np.asarray(each) for each in student.counterexample())
    require(A.ndim == B.ndim == 2, "two tables are needed")
    require(A.shape[1] == B.shape[1] <= 8, "the columns do not fit together")
    require(len(A) + len(B) <= 600, "too many rows; repeated ones are not needed")
    require(bool(np.all(np.abs(np.vstack([A, B])) == 1)), "labels are -1 and 1")
    for table in (A, B):
        right = dimension(table) == parameters.H
        require(right, "a table's VC dimension is not the one asked for")
    together = dimension(np.vstack([A, B]))
    require(together >= parameters.TOGETHER, "the union does not shatter enough")


CHECKS = {
    "ps1-q1-test": [
        Check("trees: a list of all labelings", 4, trees_listed),
        Check("trees: equal points", 2, trees_with_ties),
        Check("trees: few and many leaves, labels, points", 2, trees_at_the_ends),
        Check("stumps: a list of all labelings", 3, stumps_listed),
        Check("stumps: columns that add nothing", 3, stumps_unchanged),
    ],
    "ps1-q2-test": [
        Check("random classes", 4, random_classes),
        Check("the class of all labelings, in time", 2, all_labelings),
        Check("unions of two intervals", 3, interval_unions),
        Check("one member, one point, exchanged labels", 3, small_classes),
    ],
    "ps1-q3-test": [
        Check("complexity: random values", 4, random_values),
        Check("complexity: scaled and shifted", 2, scaled_and_shifted),
        Check("complexity: averages of members", 2, hull),
        Check("complexity: one function, one point", 2, single),
        Check("memory: a list of all labelings", 4, memory_listed),
        Check("memory: no exceptions, and all", 3, memory_ends),
        Check("memory: many points", 3, memory_large),
    ],
    "ps1-q4-test": [
        Check("bound: the tail it is made from", 3, exact_tail),
        Check("bound: no errors", 2, without_errors),
        Check("bound: only errors, and all but one", 1, only_errors),
        Check("bound: several candidates", 2, union_bound),
        Check("winner: a list of all outcomes", 4, winner_listed),
        Check("winner: coins", 2, coins),
        Check("winner: ties", 2, ties),
        Check("winner: many candidates, in time", 2, many_candidates),
    ],
    "ps1-q5-test": [
        Check("the winner's errors", 4, winners_errors),
        Check("the two gaps", 5, gaps),
        Check("the bound", 3, bounds),
    ],
    "ps1-q7-test": [Check("a counterexample", 5, refutes)],
}
