"""Plausible wrong answers to problem set 5, and the points that each loses."""

Q1 = """
def flow_gauge(eigenvalues, projections, level):
    mu, a = np.asarray(eigenvalues, float), np.asarray(projections, float)
    n, seen = len(mu), mu > 1e-10 * np.max(mu)
    floor, ceiling = {floor}, np.sum(a**2) / n
    if not floor < level < ceiling:
        raise ValueError(f"level must be in ({{floor}}, {{ceiling}}); got {{level}}")
    mu, energy = mu[seen], a[seen] ** 2

    def excess(log_time):
        left = np.exp(-{speed} * mu * np.exp(log_time))
        return floor - level + np.sum(left**2 * energy) / n

    low, high = np.log(n / mu.max()) - 40, np.log(n / mu.min()) + 10
    time = np.exp(brentq(excess, low, high, xtol=1e-14))
    left = np.exp(-{speed} * mu * time)
    rate = {rate}
    return time, np.sum((1 - left) ** 2 * energy / mu), rate
"""
FLOOR = "np.sum(a[~seen] ** 2) / n"
RATE = "n * np.sum(left * (1 - left) * energy) / np.sum(mu * left**2 * energy)"

Q2 = """
def shortest(X, y, A, level):
    n, p = X.shape
    if level >= y @ y / n:
        return np.zeros(p), 0.0
    floor = np.mean((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2)
    if level <= floor:
        raise ValueError(f"level must be above {{floor}}")
    A = {metric}

    def fit(log_penalty):
        penalty = np.exp(log_penalty)
        return np.linalg.solve(X.T @ X / n + penalty * A, X.T @ y / n)

    def excess(log_penalty):
        return np.mean((X @ fit(log_penalty) - y) ** 2) - level

    best = brentq(excess, -24, 24, xtol=1e-14)
    return fit(best), {price}
"""
BY_SHRINKING = """
def shortest(X, y, A, level):
    n, p = X.shape
    if level >= y @ y / n:
        return np.zeros(p), 0.0
    floor = np.mean((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2)
    if level <= floor:
        raise ValueError(f"level must be above {floor}")
    root = np.linalg.inv(np.linalg.cholesky(A)).T
    b = root @ np.linalg.pinv(X @ root) @ y
    fit = X @ b
    size, power = y @ y / n, fit @ fit / n
    s = 1 - np.sqrt((level - floor) / power)
    return s * b, s * (b @ A @ b) / ((1 - s) * power)
"""
BOUND = """
def length_bound(X, y, level, w):
    reach = np.linalg.norm(X.T @ w)
    size = np.linalg.norm(w)
    needed = {needed}
    if needed <= 0:
        return 0.0
    if reach <= 1e-10 * np.linalg.norm(X) * size:
        return {beyond}
    return float(needed / reach)
"""
NEEDED = "abs(w @ y) - size * np.sqrt(len(y) * level)"
WITNESS = """
def best_witness(X, y, level):
    {body}
    return w / np.linalg.norm(w)
"""
RESIDUAL = "w = y - X @ ridge_at_train_error(X, y, level).coef"

Q4 = """
def where_to_stop(levels, counts, n, prior, noise):
    levels, counts = np.asarray(levels, float), np.asarray(counts, float)

    def excess(log_kappa):
        kappa = np.exp(log_kappa)
        return kappa * (n - counts @ (levels / (levels + kappa))) - {goal}

    high = np.log(({goal} + counts @ levels) / n) + 1
    kappa = np.exp(brentq(excess, np.log({goal} / n) - 1, high, xtol=1e-14))
    {kappa}
    share = 1 - counts @ (levels / (levels + kappa)) / n
    return {train}, noise / share
"""
LISTED = """
def where_to_stop(levels, counts, n, prior, noise):
    from interpolab.asymptotics import ridge_equivalent

    spectrum = np.repeat(levels, counts)
    signal = np.full(len(spectrum), prior)
    fit = ridge_equivalent(spectrum, signal, n, noise / (n * prior), noise)
    return float(fit.train_error), float(fit.test_error)
"""
Q5 = """
def growth():
    sizes, table = (30, 60, 120, 240), np.empty((10, 4, 2))
    for k in range(10):
        for j, n in enumerate(sizes):
            rng = np.random.default_rng([SEED, n, k])
            spectrum = np.arange(1, 3 * n // 2 + 1) ** -ALPHA
            X = rng.standard_normal((n, 3 * n // 2)) * {columns}
            e = rng.standard_normal(n)
            e = {noise}
            b = {fit}
            table[k, j] = b @ b, b @ (spectrum * b)

    def line(values):
        x = np.log(np.tile(sizes, 10))
        x = x - x.mean()
        v = np.log(values).ravel()
        slope = x @ v / (x @ x)
        left = v - v.mean() - slope * x
        return float(slope), float(np.sqrt({spread}))

    first, second = line(table[..., 0]), line(table[..., 1])
    return {{
        "length2": table[..., 0],
        "power": table[..., 1],
        "exponent": first[0],
        "exponent_error": first[1],
        "power_exponent": second[0],
        "power_exponent_error": second[1],
    }}
"""
COLUMNS = "np.sqrt(spectrum)"
RESCALED = "e / np.sqrt(np.mean(e**2))"
FIT = "ridge_at_train_error(X, e, TAU).coef"
SPREAD = "left @ left / 38 / (x @ x)"


def q1(floor=FLOOR, speed="2 / n", rate=RATE):
    return {"ps5-q1": Q1.format(floor=floor, speed=speed, rate=rate)}


def q2(metric="A", price="np.exp(-best)"):
    return {"ps5-q2": Q2.format(metric=metric, price=price)}


def q3(needed=NEEDED, beyond="np.inf", body=RESIDUAL):
    bound = BOUND.format(needed=needed, beyond=beyond)
    return {"ps5-q3": bound + WITNESS.format(body=body)}


def q4(goal="noise / prior", kappa="", train="noise * share"):
    return {"ps5-q4": Q4.format(goal=goal, kappa=kappa, train=train)}


def q5(columns=COLUMNS, noise=RESCALED, fit=FIT, spread=SPREAD):
    return {"ps5-q5": Q5.format(columns=columns, noise=noise, fit=fit, spread=spread)}


WRONG = {
    # Control: the same answers by another route lose nothing.
    "right, another way": ({**q1(), **q2(), **q3(), **q4(), **q5()}, {}),
    # The flow of half the sum of squares, as in the chapter, not of the mean square.
    "the factor 2/n is forgotten": (q1(speed="1.0"), {"ps5-q1-test": 5}),
    # Zero eigenvalues leave part of the targets for good.
    "the floor is zero": (q1(floor="0.0"), {"ps5-q1-test": 14}),
    # Ridge's rate at the flow's level: the flow pays more.
    "the rate of ridge": (
        q1(
            rate="np.exp(-brentq(lambda t: floor - level + np.sum(energy / (1 + mu / n"
            " * np.exp(-t)) ** 2) / n, -40, 40, xtol=1e-14))"
        ),
        {"ps5-q1-test": 4},
    ),
    # Ordinary ridge, whatever the length.
    "the Euclidean norm": (q2(metric="np.eye(p)"), {"ps5-q2-test": 14}),
    # The inverse on the wrong side.
    "the inverse of A": (q2(metric="np.linalg.inv(A)"), {"ps5-q2-test": 14}),
    # The multiplier of the penalized form for that of the constraint.
    "the penalty for the price": (q2(price="np.exp(best)"), {"ps5-q2-test": 5}),
    # A near-interpolator, but not the shortest.
    "the shrunk interpolant": (
        {"ps5-q2": BY_SHRINKING},
        {"ps5-q2-test": 13},
    ),
    # The residual's length is sqrt(n level), not sqrt(level).
    "the bound without n": (
        q3(needed="abs(w @ y) - size * np.sqrt(level)"),
        {"ps5-q3-test": 9},
    ),
    # A witness and its negative prove the same.
    "one sign of the witness only": (
        q3(needed="w @ y - size * np.sqrt(len(y) * level)"),
        {"ps5-q3-test": 4},
    ),
    # A proof that nothing exists is mistaken for no proof.
    "zero for impossible": (q3(beyond="0.0"), {"ps5-q3-test": 3}),
    # The targets point to what has to be explained, but not to where it is dear.
    "the targets as witness": (q3(body="w = y"), {"ps5-q3-test": 5}),
    # Stopping at the noise level.
    "the noise level": (q4(train="noise"), {"ps5-q4-test": 14}),
    # The explicit penalty for the effective one.
    "the penalty for the effective ridge": (
        q4(kappa="kappa = noise / (n * prior)"),
        {"ps5-q4-test": 11},
    ),
    # The package's function needs the list of all directions.
    "a list of all directions": ({"ps5-q4": LISTED}, {"ps5-q4-test": 3}),
    # The level then means something else in every draw.
    "noise as drawn": (q5(noise="e"), {"ps5-q5-test": 9}),
    # Interpolation: what happens at level zero.
    "ridgeless for ridge": (
        q5(fit="np.linalg.pinv(X) @ e"),
        {"ps5-q5-test": 9},
    ),
    # The spectrum is the variance, not the standard deviation.
    "variances for standard deviations": (
        q5(columns="spectrum"),
        {"ps5-q5-test": 14},
    ),
    # The scatter of the points is not the uncertainty of the slope.
    "the spread of the points": (
        q5(spread="left @ left / 38"),
        {"ps5-q5-test": 5},
    ),
    "hard-coded outputs": (
        {
            "ps5-q5": "def growth():\n"
            "    ones = np.ones((10, 4))\n"
            "    return {'length2': ones, 'power': ones, 'exponent': ALPHA,\n"
            "            'exponent_error': 0.02, 'power_exponent': 0.0,\n"
            "            'power_exponent_error': 0.02}"
        },
        {"ps5-q5-test": 14},
    ),
    # A vector that is longer and errs more does not refute the statement.
    "not a counterexample": (
        {
            "ps5-q7": "def counterexample():\n"
            "    X, y = np.array([[1.0, 1.0]]), np.array([2.0])\n"
            "    Sigma, star = np.diag([9.0, 1.0]), np.zeros(2)\n"
            "    return X, y, 1.0, Sigma, star, np.array([1.0, 0.0])"
        },
        {"ps5-q7-test": 5},
    ),
}
