"""Plausible wrong answers to problem set 6, and the points that each loses."""

Q1 = """
def jacobian(W, b, v, X):
    a = X @ W.T + b
    slopes = v * np.cos(a) / {scale}
    by_weights = slopes[:, :, None] * X[:, None, :]{order}
    by_readout = np.sin(a) / {scale}
    return np.hstack([by_weights.reshape(len(X), -1), slopes, by_readout])


def kernel_parts(W, b, v, X, Z):
    a, c = X @ W.T + b, Z @ W.T + b
    biases = (np.cos(a) * {readout}) @ np.cos(c).T / {count}
    readout = np.sin(a) @ np.sin(c).T / {count}
    return np.array([(X @ Z.T) * biases, biases, readout])
"""
RIGHT1 = {
    "scale": "np.sqrt(len(v))",
    "order": "",
    "readout": "v**2",
    "count": "len(v)",
}
Q2 = """
def limit_kernel(X, Z, gamma, tau):
    products = X @ Z.T
    squares = np.sum(X**2, axis=1)[:, None] + np.sum(Z**2, axis=1)
    difference = np.exp(-(gamma**2) * (squares - 2 * products) / 2)
    total = {total}
    cosines, sines = (difference + total) / 2, (difference - total) / 2
    return {result}
"""
TOTAL = "np.exp(-(gamma**2) * (squares + 2 * products) / 2 - 2 * tau**2)"
Q3 = """
def sharpest(W, b, v, x):
    m, d = W.shape
    length = np.sqrt(x @ x + {bias})
    a = W @ x + b
    A, B = -(length**2) * v * np.sin(a), {mixed} * length * np.cos(a)
    sizes = np.abs(A) / 2 + np.hypot(A / 2, B)
    k = np.argmax(sizes)
    value = np.copysign(sizes[k], A[k])
    along, readout = np.array([value, B[k]]) / np.hypot(value, B[k])
    direction = np.zeros(m * (d + 2))
    direction[k * d : (k + 1) * d] = along * x / length
    direction[m * d + k] = along / length * {bias}
    direction[m * d + m + k] = readout
    return float({sign}value / {scale}), direction
"""
RIGHT3 = {"bias": "1", "mixed": "1", "sign": "", "scale": "np.sqrt(m)"}
Q4 = """
def descent_prediction(K, k, F0, f0, y, step, decay, t):
    values, vectors = np.linalg.eigh(K)
    total = np.maximum(values, 0) + decay
    flat = total <= 1e-12 * total.max()
    left = {left}
    learned = (1 - left) / np.where(flat, 1.0, total)
    learned = np.where(flat, step * t, learned)
    return {f0} + k @ (vectors @ (learned * (vectors.T @ (y - {F0}))))
"""
POWER = "(1 - step * total) ** t"
Q5 = """
def worst_case_steps(K, loss, target):
    values = np.linalg.eigvalsh(K)
    low, high = values[0], values[-1]
    step = {step}
    factor = max(np.abs(1 - step * values).max() ** {power}, 1e-300)
    steps = 0 if target >= loss else np.ceil(np.log(target / loss) / np.log(factor))
    return float(low{share}), float(step), int(steps)
"""
BEST = "2 / (low + high)"
Q6 = """
def training_error(J, F0):
    U, s, _ = np.linalg.svd(J, full_matrices=False)
    U = U[:, s > {cut} * s[0]]
    left = {left}
    return float(1 - U.shape[1] / len(J) + left @ left / len(J))
"""
LEFT = "F0 - U @ (U.T @ F0)"
Q7 = """
def race(widths, seeds, scale):
    def run(m, seed):
        W0, b, v = start(m, seed)

        def slopes(W, X):
            return v * np.cos(X @ W.T + b) / np.sqrt(m)

        def kernel(W, X):
            return (X @ TRAIN.T) * (slopes(W, X) @ slopes(W, TRAIN).T)

        K = kernel(W0, TRAIN)
        step = 1 / np.linalg.eigvalsh(K)[-1]
        W = W0
        for _ in range(150):
            wrong = network(W, b, v, TRAIN) - scale * LABELS
            W = W - step * (slopes(W, TRAIN) * wrong[:, None]).T @ TRAIN
        moved = np.sum(slopes(W0, FRESH) * (FRESH @ (W - W0).T), axis=1)
        f = network(W0, b, v, FRESH) + moved
        gap = np.abs(network(W, b, v, FRESH) - f).max()
        drift = np.linalg.norm(kernel(W, TRAIN) - K) / np.linalg.norm(K)
        return gap, np.linalg.norm(W - W0), drift

    medians = [np.median([run(m, s) for s in seeds], axis=0) for m in widths]
    gap, distance, drift = np.array(medians).T
    slope = np.polyfit(np.log(widths), np.log(gap), 1)[0]
    return {"gap": gap, "distance": distance, "drift": drift, "slope": float(slope)}
"""
FAR = "def distance(J, residual):\n    "

WRONG = {
    # The factor of the parametrization: invisible for one unit.
    "Jacobian without the root of m": (
        {"ps6-q1": Q1.format(**{**RIGHT1, "scale": "1.0"})},
        {"ps6-q1-test": 4},
    ),
    # All first coordinates first: the columns of W, not its rows.
    "weights in the wrong order": (
        {
            "ps6-q1": Q1.format(
                **{
                    **RIGHT1,
                    "order": "\n    by_weights = np.swapaxes(by_weights, 1, 2)",
                }
            )
        },
        {"ps6-q1-test": 4},
    ),
    # Both gradients carry the read-out: it enters squared.
    "read-out not squared": (
        {"ps6-q1": Q1.format(**{**RIGHT1, "readout": "v"})},
        {"ps6-q1-test": 6},
    ),
    # The kernel carries the factor of the parametrization twice: 1/m.
    "kernel with the root of m": (
        {"ps6-q1": Q1.format(**{**RIGHT1, "count": "np.sqrt(len(v))"})},
        {"ps6-q1-test": 6},
    ),
    # cos a cos c is half of two cosines; the sum's is taken to average out.
    "cosine of the sum dropped": (
        {"ps6-q2": Q2.format(total="0.0", result="(products + 1) * cosines + sines")},
        {"ps6-q2-test": 7},
    ),
    # The variance of 2b is 4 tau^2; that of two independent biases is 2 tau^2.
    "biases taken as independent": (
        {
            "ps6-q2": Q2.format(
                total=TOTAL.replace("2 * tau**2", "tau**2"),
                result="(products + 1) * cosines + sines",
            )
        },
        {"ps6-q2-test": 5},
    ),
    # The kernel of the outputs at the start is not the tangent kernel.
    "read-out part only": (
        {"ps6-q2": Q2.format(total=TOTAL, result="sines")},
        {"ps6-q2-test": 9},
    ),
    # Chapter 13's theorem as it stands, for a network without biases.
    "biases forgotten": (
        {"ps6-q3": Q3.format(**{**RIGHT3, "bias": "0"}).replace("/ length * 0", "* 0")},
        {"ps6-q3-test": 10},
    ),
    # A fixed read-out's formula: the mixed derivatives are left out.
    "mixed derivatives forgotten": (
        {"ps6-q3": Q3.format(**{**RIGHT3, "mixed": "0"})},
        {"ps6-q3-test": 10},
    ),
    # The norm is not the eigenvalue.
    "sign of the eigenvalue lost": (
        {"ps6-q3": Q3.format(**{**RIGHT3, "sign": "-"})},
        {"ps6-q3-test": 4},
    ),
    "curvature with the factor 1/m": (
        {"ps6-q3": Q3.format(**{**RIGHT3, "scale": "m"})},
        {"ps6-q3-test": 12},
    ),
    # Plain kernel regression: the network at its start is taken to be zero.
    "initial function forgotten": (
        {"ps6-q4": Q4.format(left=POWER, f0="0.0", F0="0.0")},
        {"ps6-q4-test": 10},
    ),
    # Added at the end, but not taken from the labels.
    "residual without the initial outputs": (
        {"ps6-q4": Q4.format(left=POWER, f0="f0", F0="0.0")},
        {"ps6-q4-test": 9},
    ),
    # The exponential of the flow, at steps that are not small.
    "flow instead of steps": (
        {"ps6-q4": Q4.format(left="np.exp(-step * t * total)", f0="f0", F0="F0")},
        {"ps6-q4-test": 6},
    ),
    # The inverse does not exist; the filter does.
    "inverse of a singular kernel": (
        {
            "ps6-q4": """
def descent_prediction(K, k, F0, f0, y, step, decay, t):
    total = K + decay * np.eye(len(K))
    left = np.linalg.matrix_power(np.eye(len(K)) - step * total, t)
    return f0 + k @ np.linalg.solve(total, (y - F0) - left @ (y - F0))
"""
        },
        {"ps6-q4-test": 2},
    ),
    # The chapter's step, and its guarantee made tight: safe, and too slow.
    "one over the largest eigenvalue": (
        {"ps6-q5": Q5.format(step="1 / high", power=2, share="")},
        {"ps6-q5-test": 5},
    ),
    # The residual's factor is not the loss's.
    "loss contracts like the residual": (
        {"ps6-q5": Q5.format(step=BEST, power=1, share="")},
        {"ps6-q5-test": 3},
    ),
    # The loss is a sum, and the constant is not divided by n.
    "constant of the mean loss": (
        {"ps6-q5": Q5.format(step=BEST, power=2, share=" / len(K)")},
        {"ps6-q5-test": 2},
    ),
    "initial outputs do not matter": (
        {"ps6-q6": Q6.format(cut="1e-10", left="0.0 * F0")},
        {"ps6-q6-test": 2},
    ),
    # What lies in the range can be undone.
    "initial outputs stay": (
        {"ps6-q6": Q6.format(cut="1e-10", left="F0")},
        {"ps6-q6-test": 4},
    ),
    # The number of parameters is not the rank.
    "counts parameters": (
        {"ps6-q6": Q6.format(cut="-1", left=LEFT)},
        {"ps6-q6-test": 2},
    ),
    # Taylor's remainder at the network's weights is not a race of two models.
    "tangent at the network's weights": (
        {"ps6-q7": Q7},
        {"ps6-q7-test": 8},
    ),
    "hard-coded outputs": (
        {
            "ps6-q7": "def race(widths, seeds, scale):\n"
            "    one = np.ones(len(widths))\n"
            "    return {'gap': 3.0 * one / np.asarray(widths), 'slope': -1.0,\n"
            "            'distance': 4.0 * one, 'drift': one / np.asarray(widths)}"
        },
        {"ps6-q7-test": 12},
    ),
    # One gradient step, not the way to the end.
    "length of the gradient": (
        {"ps6-q9": FAR + "return float(np.linalg.norm(J.T @ residual))"},
        {"ps6-q9-test": 4},
    ),
    # The claim itself: many small changes taken for none.
    "root mean square change of a weight": (
        {
            "ps6-q9": FAR
            + "change = np.linalg.pinv(J) @ residual\n"
            + "    return float(np.sqrt(np.mean(change**2)))"
        },
        {"ps6-q9-test": 5},
    ),
    # Right where the kernel is invertible, and only there.
    "inverse kernel": (
        {
            "ps6-q9": FAR
            + "return float(np.sqrt(residual @ np.linalg.inv(J @ J.T) @ residual))"
        },
        {"ps6-q9-test": 2},
    ),
}
