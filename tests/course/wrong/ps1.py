"""Plausible wrong answers to problem set 1, and the points that each loses."""

Q1 = """
def tree_labelings(x, leaves, labels):
    gaps = {gaps} - 1
    return sum(
        comb(gaps, changes) * labels * ({others}) ** changes
        for changes in range({leaves})
    )


def stump_labelings(X):
    seen = {start}
    for column in np.transpose(X):
        for threshold in (-np.inf, *np.unique(column)):
            above = column > threshold
            seen {add}
    return {size}
"""
GOOD1 = {
    "gaps": "len(np.unique(x))",
    "others": "labels - 1",
    "leaves": "leaves",
    "start": "set()",
    "add": "|= {above.tobytes(), (~above).tobytes()}",
    "size": "len(seen)",
}
Q2 = """
def shattered_sizes(table):
    positive = np.asarray(table) > 0
    n = positive.shape[1]
    counts = np.zeros(n + 1, dtype=int)
    for size in range(n + 1):
        for chosen in {sets}:
            patterns = positive[:, list(chosen)] @ 2 ** np.arange(size)
            counts[size] += {shattered}
    return counts
"""
Q3 = """
def complexity(values):
    n = values.shape[1]
    signs = np.array(list(product([-1.0, 1.0], repeat=n)))
    return float({complexity})


def memory_complexity(n, exceptions):
    differing = np.arange(n + 1)
    left = np.maximum(differing - exceptions, 0)
    return float({memory})
"""
COMPLEXITY = "(signs @ values.T).max(axis=1).mean() / n"
MEMORY = "1 - 2 * (stats.binom.pmf(differing, n, 0.5) @ left) / n"
SAMPLED = (
    "np.mean([(np.random.default_rng(i).choice([-1, 1], size=n) @ values.T).max()"
    " for i in range(500)]) / n"
)
Q4 = """
def holdout_bound(errors, points, candidates, delta):
    if errors == points:
        return 1.0
    return float({bound})


def winner(risks, points):
    risks = np.asarray(risks, dtype=float)[:, None]{order}
    counts = np.arange(points + 1)
    more = stats.binom.sf(counts, points, risks)
    exactly = stats.binom.pmf(counts, points, risks)
    none = np.ones((1, points + 1))
    before = np.vstack([none, np.cumprod({earlier}, axis=0)[:-1]])
    at_least = np.cumprod((more + exactly)[::-1], axis=0)[::-1]
    after = np.vstack([at_least[1:], none])
    wins = before * exactly * after
    return float(np.sum(wins * counts) / points), float({risk})
"""
GOOD4 = {
    "bound": "stats.beta.ppf(1 - delta / candidates, errors + 1, points - errors)",
    "order": "",
    "earlier": "more",
    "risk": "np.sum(wins * risks)",
}
Q5 = """
def bound_and_gaps():
    X, y = load_breast_cancer(return_X_y=True)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    W = np.random.default_rng(SEED).normal(size=(30, 1000))
    wrong = (Z @ W > 0) != (y == 1)[:, None]
    sizes = np.array([1, 3, 10, 30, 100, 300, 1000])
    found = []
    for seed in range(SEED, LAST + 1):
        rows, rest = train_test_split(
            np.arange(569), train_size=ROWS, random_state=seed
        )
        train, risk = wrong[rows].mean(axis=0), wrong{population}.mean(axis=0)
        chosen = [np.argmin({by}[:size]) for size in sizes]
        worst = np.maximum.accumulate({gap})[sizes - 1]
        found.append((train[chosen], risk[chosen], worst))
    train, risk, worst = np.array(found).transpose(1, 0, 2)
    return {{
        "candidates": sizes,
        "train": train.mean(axis=0),
        "risk": risk.mean(axis=0),
        "winner": np.quantile(risk - train, 0.95, axis=0),
        "worst": np.quantile(worst, 0.95, axis=0),
        "bound": np.sqrt(np.log({many} * sizes / 0.05) / (2 * ROWS)),
    }}
"""
GOOD5 = {"population": "", "by": "train", "gap": "risk - train", "many": "1"}


def q1(**change):
    return {"ps1-q1": Q1.format(**{**GOOD1, **change})}


def q2(sets="combinations(range(n), size)", shattered=""):
    right = "len(np.unique(patterns)) == 2**size"
    return {"ps1-q2": Q2.format(sets=sets, shattered=shattered or right)}


def q3(complexity=COMPLEXITY, memory=MEMORY):
    return {"ps1-q3": Q3.format(complexity=complexity, memory=memory)}


def q4(**change):
    return {"ps1-q4": Q4.format(**{**GOOD4, **change})}


def q5(**change):
    return {"ps1-q5": Q5.format(**{**GOOD5, **change})}


WRONG = {
    # Equal points cannot be told apart: the line has fewer places to cut.
    "ties ignored": (q1(gaps="len(x)"), {"ps1-q1-test": 2}),
    # After a change the label must be another one: c - 1 choices, not c.
    "a change to the same label": (q1(others="labels"), {"ps1-q1-test": 8}),
    # L leaves have L - 1 cuts between them.
    "as many cuts as leaves": (q1(leaves="leaves + 1"), {"ps1-q1-test": 8}),
    # Counting the members of the class instead of what they do on the points.
    "stumps instead of labelings": (
        q1(start="0", add="+= 2", size="seen"),
        {"ps1-q1-test": 6},
    ),
    # The sign s is forgotten: half of the class.
    "stumps of one orientation": (
        q1(add="|= {above.tobytes()}"),
        {"ps1-q1-test": 6},
    ),
    # Shattering is asked of all sets, not of neighbors only.
    "neighboring points only": (
        q2(sets="[range(i, i + size) for i in range(n - size + 1 if size else 1)]"),
        {"ps1-q2-test": 12},
    ),
    # Many members do not make many patterns.
    "enough rows is not all patterns": (
        q2(shattered="len(np.unique(positive, axis=0)) >= 2**size"),
        {"ps1-q2-test": 10},
    ),
    # The convention with the absolute value is another quantity: not translation
    # invariant, and positive for a single function.
    "absolute values": (
        q3(complexity="np.abs(signs @ values.T).max(axis=1).mean() / n"),
        {"ps1-q3-test": 10},
    ),
    # Off by the factor n.
    "sum instead of mean": (
        q3(complexity="(signs @ values.T).max(axis=1).mean()"),
        {"ps1-q3-test": 8},
    ),
    # The largest mean instead of the mean of the largest: it is zero.
    "maximum outside the expectation": (
        q3(complexity="(signs @ values.T).mean(axis=0).max() / n"),
        {"ps1-q3-test": 10},
    ),
    # A simulation is not exact.
    "sampled signs": (q3(complexity=SAMPLED), {"ps1-q3-test": 10}),
    # Each exception gains 2/n only as long as there is an error left to mend.
    "every exception pays": (
        q3(memory="min(1, 2 * exceptions / n)"),
        {"ps1-q3-test": 7},
    ),
    # One corrected sign changes the correlation by two, not by one.
    "correlation is not accuracy": (
        q3(memory="1 - (stats.binom.pmf(differing, n, 0.5) @ left) / n"),
        {"ps1-q3-test": 10},
    ),
    # Valid, but it has the slack that the question removes.
    "Hoeffding instead of the tail": (
        q4(
            bound="min(1, errors / points"
            " + np.sqrt(np.log(candidates / delta) / (2 * points)))"
        ),
        {"ps1-q4-test": 8},
    ),
    # Looking at many candidates has a price.
    "no union bound": (
        q4(bound="stats.beta.ppf(1 - delta, errors + 1, points - errors)"),
        {"ps1-q4-test": 2},
    ),
    # A two-sided interval spends half of delta on the side nobody asked for.
    "a two-sided interval": (
        q4(
            bound="stats.beta.ppf("
            "1 - delta / candidates / 2, errors + 1, points - errors)"
        ),
        {"ps1-q4-test": 8},
    ),
    # The winner is not always the best.
    "the winner taken for the best": (
        q4(risk="np.min(risks)"),
        {"ps1-q4-test": 6},
    ),
    # Of several with the fewest errors the first wins, not the last.
    "ties to the last": (q4(order="[::-1]"), {"ps1-q4-test": 6}),
    # Tied candidates cannot all win: the probabilities add up to more than one.
    "several winners": (q4(earlier="more + exactly"), {"ps1-q4-test": 10}),
    # The population is the table: the rest of it is another sample.
    "error on the rest": (q5(population="[rest]"), {"ps1-q5-test": 9}),
    # Choosing by the risk, which nobody sees.
    "chosen by the risk": (q5(by="risk"), {"ps1-q5-test": 9}),
    # The other sign of the gap is not what the one-sided bound bounds.
    "two-sided gap": (q5(gap="np.abs(risk - train)"), {"ps1-q5-test": 5}),
    "two-sided bound": (q5(many="2"), {"ps1-q5-test": 3}),
    # A class split in two by the label of one point: each half is too rich.
    "two rich halves": (
        {
            "ps1-q7": "def counterexample():\n"
            "    cube = np.array(list(product([-1, 1], repeat=6)))\n"
            "    return cube[cube[:, 0] > 0], cube[cube[:, 0] < 0]"
        },
        {"ps1-q7-test": 5},
    ),
}
