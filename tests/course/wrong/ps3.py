"""Plausible wrong answers to problem set 3, and the points that each loses."""

Q1 = """
def path_predictions(Phi, y, new):
    n, M = Phi.shape
    inverse, predictions = np.zeros((M, n)), np.empty((M, len(new)))
    for k in range(M):
        a, P = Phi[:, k], inverse[:k]
        d = P @ a
        c = a - Phi[:, :k] @ d
        if np.linalg.norm(c) > 1e-8 * np.linalg.norm(a):
            b = c / (c @ c)
        else:
            b = {dependent}
        P -= np.outer(d, b)
        inverse[k] = b
        predictions[k] = new[:, : k + 1] @ (inverse[: k + 1] @ y)
    return predictions
"""
LOOP = """
def path_predictions(Phi, y, new):
    sizes = range(1, Phi.shape[1] + 1)
    return np.array([new[:, :k] @ (np.linalg.pinv(Phi[:, :k]) @ y) for k in sizes])
"""
AVERAGE = """
def average_error(X, Z, used, signal, noise):
    weights = Z[:, used] @ np.linalg.pinv(X[:, used])
    missed = weights @ X - Z
    bias = signal / X.shape[1] * np.mean(np.sum(missed**2, axis=1))
    return float(bias), float(noise * np.mean(np.sum(weights**2, axis=1)))
"""
UNSEEN = """
def average_error(X, Z, used, signal, noise):
    D = X.shape[1]
    rest = np.setdiff1d(np.arange(D), used)
    weights = Z[:, used] @ np.linalg.pinv(X[:, used])
    size = np.mean(np.sum(weights**2, axis=1))
    missed = np.mean(np.sum((weights @ X[:, used] - Z[:, used]) ** 2, axis=1))
    out = np.mean(np.sum(Z[:, rest] ** 2, axis=1))
    return float(signal / D * (missed + out * (1 + size))), float(noise * size)
"""
PEFF = """
def effective_parameters(X, Z, used, penalty):
    U, s, Vt = np.linalg.svd(X[:, used], full_matrices=False)
    keep = s > 1e-10 * s[0]
    filtered = s[keep] / (s[keep] ** 2 + {scale} * penalty)
    weights = Z[:, used] @ Vt[keep].T * filtered
    return float(len(X) * np.mean(np.sum(weights**2, axis=1)))
"""
TRACE = """
def effective_parameters(X, Z, used, penalty):
    s2 = np.linalg.svd(X[:, used], compute_uv=False) ** 2
    return float(np.sum(s2 / (s2 + len(X) * penalty)))
"""
Q3 = """
def gaussian_error(covariance, beta, used, rows, noise):
    T = np.array(used)
    rest = np.setdiff1d(np.arange(len(beta)), T)
    inside = covariance[np.ix_(T, T)]
    across = covariance[np.ix_(T, rest)]
    regression = np.linalg.solve(inside, across)
    effective = {effective}
    left = covariance[np.ix_(rest, rest)]{schur}
    acting = noise + beta[rest] @ left @ beta[rest]
    p, k = len(T), min(len(T), rows)
    bias = (1 - k / p) * (effective @ inside @ effective)
    if acting == 0:
        return float(bias)
    gap = abs(rows - p) - {one}
    return float(bias + acting * (1 + k / gap)) if gap > 0 else np.inf
"""
RIGHT3 = {
    "effective": "beta[T] + regression @ beta[rest]",
    "schur": " - across.T @ regression",
    "one": "1",
}
Q4 = """
def two_levels(a, b, first, second):
    total = first + second
    if total <= 1:
        return 0.0, total / (1 - total) if total < 1 else np.inf
    half = (a * (1 - first) + b * (1 - second)) / 2
    kappa = np.sqrt(half**2 + a * b * (total - 1)) - half
    q = first * (a / (a + kappa)) ** 2 + second * (b / (b + kappa)) ** 2
    return float(kappa), float(q / (1 - q))
"""
MEAN4 = """
def two_levels(a, b, first, second):
    total = first + second
    if total <= 1:
        return 0.0, total / (1 - total) if total < 1 else np.inf
    mean = (first * a + second * b) / total
    return float(mean * (total - 1)), float(1 / (total - 1))
"""
NO_PENALTY4 = """
def two_levels(a, b, first, second):
    total = first + second
    return 0.0, total / (1 - total) if total != 1 else np.inf
"""
Q5 = """
def gcv(X, y, penalty):
    n = len(X)
    H = X @ np.linalg.pinv(X.T @ X + {scale} * penalty * np.eye(X.shape[1])) @ X.T
    return float(np.mean((y - H @ y) ** 2) / {below})
"""
GCV = """
def gcv(X, y, penalty):
    values, U = np.linalg.eigh(X @ X.T / len(X))
    zero = values <= 1e-10 * values[-1]
    if penalty == 0 and zero.any():
        left = zero.astype(float)
    elif penalty == 0:
        left = 1 / values
    else:
        left = 1 / (np.clip(values, 0, None){scale} + penalty)
    return float(np.mean((left * (U.T @ y)) ** 2) / np.mean(left) ** 2)
"""
Q6 = """
def three_axes():
    found = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(labels))
        train, test = order[:N], order[N:]
        table, row = waves(seed), []
        for m in SIZES:
            columns = table[:, :m]{scale}
            inverse = np.linalg.pinv(columns[train])
            w, weights = inverse @ labels[train], columns[{points}] @ inverse
            error = np.mean((columns[test] @ w - labels[test]) ** 2)
            size = np.mean(np.sum(weights**2, axis=1))
            row.append((error, w @ w, N * np.round(size, 9)))  # no ties by rounding
        found.append(row)
    medians = np.median(found, axis=0)
    result = dict(zip(("error", "norm2", "parameters"), medians.T, strict=True))
    result["peaks"] = [SIZES[i] for i in medians.argmax(axis=0)]
    return result
"""

WRONG = {
    # Beyond the threshold the new column is ignored: an interpolant, not the shortest.
    "a basic solution": (
        {"ps3-q1": Q1.format(dependent="np.zeros(n)")},
        {"ps3-q1-test": 13},
    ),
    # The coefficient is fitted as if the others did not have to share.
    "the one is forgotten": (
        {"ps3-q1": Q1.format(dependent="(d @ P) / (d @ d)")},
        {"ps3-q1-test": 13},
    ),
    # Every answer is right, and every size is fitted from the start.
    "a decomposition for each size": ({"ps3-q1": LOOP}, {"ps3-q1-test": 4}),
    # What is not seen acts as independent noise: true for independent features only.
    "the unseen is noise": (
        {"ps3-q2": UNSEEN + PEFF.format(scale="len(X)")},
        {"ps3-q2-test": 7},
    ),
    # The loss is a mean: the penalty is multiplied by n.
    "off by the factor n": (
        {"ps3-q2": AVERAGE + PEFF.format(scale="1")},
        {"ps3-q2-test": 3},
    ),
    # The trace of the hat matrix knows the training points only.
    "degrees of freedom at the training points": (
        {"ps3-q2": AVERAGE + TRACE},
        {"ps3-q2-test": 3},
    ),
    # The unseen features' own variance, not what is left after regression.
    "marginal for conditional variance": (
        {"ps3-q3": Q3.format(**RIGHT3 | {"schur": ""})},
        {"ps3-q3-test": 8},
    ),
    # Omitted-variable bias: what the seen features stand in for is lost.
    "the signal is what is used": (
        {"ps3-q3": Q3.format(**RIGHT3 | {"effective": "beta[T]"})},
        {"ps3-q3-test": 4},
    ),
    # The formula for large n, without the one of the inverse Wishart mean.
    "the limit for large n": (
        {"ps3-q3": Q3.format(**RIGHT3 | {"one": "0"})},
        {"ps3-q3-test": 13},
    ),
    # A small root as the difference of two large numbers.
    "cancellation": ({"ps3-q4": Q4}, {"ps3-q4-test": 3}),
    # Two levels are not one level with their mean.
    "the mean eigenvalue": ({"ps3-q4": MEAN4}, {"ps3-q4-test": 6}),
    # No penalty is asked for, so none is there.
    "no penalty, no kappa": ({"ps3-q4": NO_PENALTY4}, {"ps3-q4-test": 7}),
    # Zero over zero is left to rounding.
    "no limit is taken": (
        {
            "ps3-q5": Q5.format(
                scale="n", below="max((1 - np.trace(H) / n) ** 2, 1e-12)"
            )
        },
        {"ps3-q5-test": 5},
    ),
    # One factor too few: the training error over 1 - df/n.
    "not squared": (
        {"ps3-q5": Q5.format(scale="n", below="max(1 - np.trace(H) / n, 1e-12)")},
        {"ps3-q5-test": 9},
    ),
    # The eigenvalues of XX' against those of XX'/n.
    "the penalty is not multiplied by n": (
        {"ps3-q5": GCV.format(scale=" * len(X)")},
        {"ps3-q5-test": 2},
    ),
    # The function is the same, its norm is not.
    "waves without the factor": (
        {"ps3-q6": Q6.format(scale="", points="test")},
        {"ps3-q6-test": 3},
    ),
    # At the training points the count is min(m, N) and never comes back.
    "effective parameters at the training points": (
        {"ps3-q6": Q6.format(scale=" / np.sqrt(m)", points="train")},
        {"ps3-q6-test": 4},
    ),
    "hard-coded outputs": (
        {
            "ps3-q6": "def three_axes():\n"
            "    one = np.ones(len(SIZES))\n"
            "    return {'error': one, 'norm2': one, 'parameters': one,\n"
            "            'peaks': [N, N, N]}"
        },
        {"ps3-q6-test": 12},
    ),
    # At a training point the weights are rows of a projection, and never large.
    "not a counterexample": (
        {
            "ps3-q8": "def counterexample():\n"
            "    train = np.array([[1.0, 0.0], [1.0, 0.01]])\n"
            "    return train, train"
        },
        {"ps3-q8-test": 5},
    ),
}
