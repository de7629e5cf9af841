"""Plausible wrong answers to problem set 4, and the points that each loses."""

Q1 = """
def ridge_bias(X, beta, x, penalty):
    _, s, Vt = np.linalg.svd(X, full_matrices=False)
    keep = s > 1e-10 * s[0]
    shrink = s[keep] ** 2 / (s[keep] ** 2 + {scale} * penalty)
    return float((Vt[keep] @ x * shrink) @ (Vt[keep] @ beta) - x @ beta)


def ridge_contributions(X, residuals, x, penalty):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    keep = s > {cut} * s[0]
    filtered = s[keep] / (s[keep] ** 2 + {scale} * penalty)
    return filtered * (Vt[keep] @ x) * (U.T[keep] @ residuals)
"""
Q3 = """
def deletion_effects(X, y, x):
    weights = X @ np.linalg.inv(X.T @ X)
    left = y - X @ (weights.T @ y)
    return -(weights @ x) * left{leverage}
"""
HARM = "def harmful_labels(X, x, budget):\n    "

WRONG = {
    # The penalty's factor N is forgotten: the loss is a mean, not a sum.
    "off by the factor N": (
        {"ps4-q1": Q1.format(scale=1, cut="1e-10")},
        {"ps4-q1-test": 10},
    ),
    # Ridge for ridgeless: a small penalty is left where none was asked for.
    "modes that are zero are kept": (
        {"ps4-q1": Q1.format(scale="len(X)", cut="-1")},
        {"ps4-q1-test": 4},
    ),
    # The weakest left-singular vector: right over all test points, not for one.
    "the worst direction on average": (
        {
            "ps4-q2": HARM
            + "U, s, Vt = np.linalg.svd(X, full_matrices=False)\n"
            + "    return budget * U[:, -1]"
        },
        {"ps4-q2-test": 14},
    ),
    # Whoever wants the prediction to rise must not lower it.
    "the wrong sign": (
        {
            "ps4-q2": HARM
            + "w = np.linalg.pinv(X).T @ x\n"
            + "    n = np.linalg.norm(w)\n"
            + "    return -budget * w / n if n > 1e-12 else 0 * w"
        },
        {"ps4-q2-test": 7},
    ),
    # Zero over zero where no label reaches the point.
    "division by zero": (
        {
            "ps4-q2": HARM
            + "w = np.linalg.pinv(X).T @ x\n"
            + "    return budget * w / np.linalg.norm(w)"
        },
        {"ps4-q2-test": 3},
    ),
    # The change of the other rows' leverage is forgotten.
    "no leverage": (
        {"ps4-q3": Q3.format(leverage="")},
        {"ps4-q3-test": 18},
    ),
    # One regime only.
    "under-parameterized only": (
        {"ps4-q3": Q3.format(leverage=" / (1 - np.einsum('ij,ij->i', weights, X))")},
        {"ps4-q3-test": 9},
    ),
    # The number of columns is not the rank.
    "counts columns": (
        {"ps4-q4": "def peak_position(X, intercept):\n    return X.shape[1]"},
        {"ps4-q4-test": 10},
    ),
    # Rank in the units of the table: small units look like dependence.
    "rank without scaling": (
        {
            "ps4-q4": "def peak_position(X, intercept):\n"
            "    X = np.column_stack([X, np.ones(len(X))]) if intercept else X\n"
            "    return int(np.linalg.matrix_rank(X, tol=1e-6))"
        },
        {"ps4-q4-test": 5},
    ),
    # Columns centered although the text says as they are.
    "hard-coded outputs": (
        {
            "ps4-q5": "def autopsy():\n"
            "    return {'sizes': np.arange(2, 31), 'error': np.ones(29),\n"
            "            'share': 0.99, 'peak': 10}"
        },
        {"ps4-q5-test": 14},
    ),
    # The residuals of the fit, which are zero, for those of the reference.
    "not a counterexample": (
        {
            "ps4-q7": "def counterexample():\n"
            "    X = np.array([[1.0, 0.0]])\n"
            "    beta = np.array([1.0, 1.0])\n"
            "    return X, X @ beta, beta, np.array([1.0, 5.0])"
        },
        {"ps4-q7-test": 5},
    ),
}
