"""Plausible wrong answers to problem set 2, and the points that each loses."""

NOISY = """
def noisy_risk(share, miss, alarm, p_plus, p_minus):
    positive = miss * (1 - p_plus) + (1 - miss) * p_plus
    negative = alarm * (1 - p_minus) + (1 - alarm) * p_minus
    return share * positive + (1 - share) * negative
"""
NOISY_MEAN = """
def noisy_risk(share, miss, alarm, p_plus, p_minus):
    p = share * p_plus + (1 - share) * p_minus
    return p + (1 - 2 * p) * (share * miss + (1 - share) * alarm)
"""
CLEAN = """
def clean_risk(answers, labels, p_plus, p_minus):
    same = np.where(labels > 0, 1 - {minus}, 1 - {plus})
    other = np.where(labels > 0, {plus}, {minus})
    wrong = answers != labels
    risk = np.mean(np.where(wrong, same, -other)) / (1 - p_plus - p_minus)
    return {risk}
"""
RIGHT = {"plus": "p_plus", "minus": "p_minus", "risk": "risk"}
Q2 = """
def simplex_risk(corners, H, sigma, queries):
    A = np.vstack([corners.T, np.ones(len(corners))])
    W = np.linalg.solve(A, np.vstack([queries.T, np.ones(len(queries))])).T
    value = {half} * np.einsum("id,de,ie->i", corners, H, corners)
    truth = {half} * np.einsum("id,de,ie->i", queries, H, queries)
    risk = (W @ value - truth) ** 2 + sigma**2 * {noise}
    return np.where(W.min(axis=1) > {border}, risk, np.nan)
"""
SQUARES = {"half": "0.5", "noise": "np.sum(W**2, axis=1)", "border": "-1e-9"}
Q3 = """
def critical_exponent(distances):
    from scipy.optimize import brentq

    r = {order}
    if len(r) > 1 and r[0] == r[1]:
        return np.inf
    if len(r) < 3{zero}:
        return 0.0
    steps = np.log(r[1:] / r[0])
    high = {high}
    return float(brentq(lambda t: np.exp(-t * steps).sum() - {level}, 0, high))
"""
BRACKET = "2 * np.log(len(steps)) / steps[0]"
SORTED = "np.sort(distances)"
FLIP = """
def flip_costs(K, y):
    G = np.linalg.inv(K)
    return {cost}
"""
GROWTH = """
def norm_growth(K, y, column, diagonal, label):
    s = np.linalg.solve(K, column)
    return float({growth})
"""
COST = "4 * y * (y * np.diag(G) - G @ y)"
SCHUR = "(label - s @ y) ** 2 / (diagonal - s @ column)"
Q5 = """
def exponent_sweep():
    from scipy.spatial.distance import cdist

    X, z, queries, y = noisy_digits()
    distances = cdist(queries, X{metric})
    near = distances.min(axis=1, keepdims=True) / distances
    exponents = np.array([2, 4, 8, 16, 32, 64])
    V, errors = [], []
    for delta in exponents:
        W = near**delta / np.sum(near**delta, axis=1, keepdims=True)
        V.append(np.mean(np.sum(W**2, axis=1)))
        errors.append(np.mean(np.sign(W @ z) != y))
    return {{"exponents": exponents, "noise_factor": np.array(V),
            "error": np.array(errors), "dimension": float({dimension})}}
"""

WRONG = {
    # One flip rate for all, the mean one: unequal rates do not act like their mean.
    "the mean flip rate": (
        {"ps2-q1": NOISY_MEAN + CLEAN.format(**RIGHT)},
        {"ps2-q1-test": 4},
    ),
    # The rate of the label that one sees for that of the label that was flipped.
    "rates of the noisy label": (
        {"ps2-q1": NOISY + CLEAN.format(plus="p_minus", minus="p_plus", risk="risk")},
        {"ps2-q1-test": 8},
    ),
    # An estimate outside [0, 1] is mended, and is biased from then on.
    "clipped to a probability": (
        {
            "ps2-q1": NOISY
            + CLEAN.format(**{**RIGHT, "risk": "float(np.clip(risk, 0, 1))"})
        },
        {"ps2-q1-test": 8},
    ),
    # The noisy error itself: coins are thought to average out.
    "noisy labels taken as clean": (
        {
            "ps2-q1": NOISY
            + "\n\ndef clean_risk(answers, labels, p_plus, p_minus):\n"
            + "    return float(np.mean(answers != labels))"
        },
        {"ps2-q1-test": 8},
    ),
    # The half in front of x'Hx.
    "the quadratic form without its half": (
        {"ps2-q2": Q2.format(**{**SQUARES, "half": "1.0"})},
        {"ps2-q2-test": 8},
    ),
    # Equal weights: right at the centroid only.
    "corners averaged equally": (
        {"ps2-q2": Q2.format(**{**SQUARES, "noise": "np.ones(len(W)) / len(corners)"})},
        {"ps2-q2-test": 12},
    ),
    # A linear rule is applied outside its simplex.
    "extrapolates": (
        {"ps2-q2": Q2.format(**{**SQUARES, "border": "-np.inf"})},
        {"ps2-q2-test": 3},
    ),
    # The first neighbor in the list, not the nearest.
    "distances not sorted": (
        {
            "ps2-q3": Q3.format(
                order="np.asarray(distances, dtype=float)",
                zero=" or min(r) == 0",
                high="200.0",
                level=1,
            )
        },
        {"ps2-q3-test": 12},
    ),
    # A bracket that seemed large enough.
    "exponents up to 100 only": (
        {
            "ps2-q3": Q3.format(
                order=SORTED, zero=" or r[0] == 0", high="100.0", level=1
            )
        },
        {"ps2-q3-test": 7},
    ),
    # All weights compared with half, instead of the others with the nearest.
    "the others at half of the nearest": (
        {
            "ps2-q3": Q3.format(
                order=SORTED, zero=" or r[0] == 0", high="2 * " + BRACKET, level=0.5
            )
        },
        {"ps2-q3-test": 7},
    ),
    # The derivative of the norm, not its change.
    "the first-order change": (
        {"ps2-q4": FLIP.format(cost="-4 * y * (G @ y)") + GROWTH.format(growth=SCHUR)},
        {"ps2-q4-test": 9},
    ),
    # y squared is taken for one.
    "labels are signs": (
        {
            "ps2-q4": FLIP.format(cost="4 * (np.diag(G) - y * (G @ y))")
            + GROWTH.format(growth=SCHUR)
        },
        {"ps2-q4-test": 4},
    ),
    # The new point's own kernel value for the Schur complement.
    "no Schur complement": (
        {
            "ps2-q4": FLIP.format(cost=COST)
            + GROWTH.format(growth="(label - s @ y) ** 2 / diagonal")
        },
        {"ps2-q4-test": 6},
    ),
    # What the old machine predicts is not subtracted: every label is a surprise.
    "the prediction is forgotten": (
        {
            "ps2-q4": FLIP.format(cost=COST)
            + GROWTH.format(growth="label**2 / (diagonal - s @ column)")
        },
        {"ps2-q4-test": 9},
    ),
    # Squared distances are twice the exponent.
    "squared distances": (
        {"ps2-q5": Q5.format(metric=", 'sqeuclidean'", dimension="64 * (1 - V[-1])")},
        {"ps2-q5-test": 14},
    ),
    # The dimension is taken from the table.
    "columns are counted": (
        {"ps2-q5": Q5.format(metric="", dimension="X.shape[1] - 1")},
        {"ps2-q5-test": 4},
    ),
    # Equal labels fit the kernel's expectation: the norm rises.
    "not a counterexample": (
        {"ps2-q7": "def counterexample():\n    return [0.0, 0.1], [1, 1]"},
        {"ps2-q7-test": 6},
    ),
}
