"""Learning curves: one decomposition and no predictions, against a plain loop.

The plain loop is what one would write first, and what the source's script does:
for every ablation, level, size and repeat it splits the data, takes one singular
value decomposition and predicts the whole test set.  Both run in this process's
turn on all cores; the numbers are compared entry by entry.

    python benchmarks/learning_curves.py [--repeats 50]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from joblib import Parallel, delayed
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from interpolab.datasets import load_regression
from interpolab.divergence import learning_curve

NAMES = ["student_teacher", "california_housing", "diabetes", "who_life_expectancy"]
SIZES = range(1, 40)
CUTOFFS = np.logspace(-3, 0, 7)
AGREEMENT = 1e-6
SPEEDUP = 100


def modes_of(name: str) -> list[int]:
    """Return the numbers of leading modes that the source keeps."""
    return [5, 10, 15, 20, 25] if name == "student_teacher" else list(range(1, 11))


def curves_of(name: str) -> list[tuple[str | None, list | None]]:
    """Return every curve of the source: an ablation and its levels."""
    return [
        (None, None),
        ("singular_values", list(CUTOFFS)),
        ("test_subspace", modes_of(name)),
        ("no_residuals", None),
    ]


def plain_fit(X, y, size, repeat, ablation, level):
    """Split, decompose, fit and predict, once."""
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=len(y) - size, random_state=repeat, shuffle=True
    )
    U, s, Vt = np.linalg.svd(X_train, full_matrices=False)
    inverse = np.where(s > max(X_train.shape) * np.finfo(float).eps * s[0], 1 / s, 0)
    if ablation == "singular_values":
        inverse[s < level] = 0
    beta = Vt.T @ (inverse * (U.T @ y_train))
    if ablation == "test_subspace":
        X_test = X_test @ Vt[:level].T @ Vt[:level]
    return mean_squared_error(y_test, X_test @ beta)


def plain_loop(X, y, repeats, ablation, levels):
    """Return test errors (levels, sizes, repeats), fit by fit, on all cores."""
    if ablation == "no_residuals":
        # Not scikit-learn's LinearRegression: it drops modes of the badly scaled
        # WHO features, and the ideal fit would not be the ideal one.
        y = X @ np.linalg.lstsq(X, y, rcond=None)[0]
    levels = levels or [None]
    cells = Parallel(n_jobs=-1)(
        delayed(
            lambda level, size: [
                plain_fit(X, y, size, r, ablation, level) for r in range(repeats)
            ]
        )(level, size)
        for level in levels
        for size in SIZES
    )
    return np.reshape(cells, (len(levels), len(SIZES), repeats))


def main() -> int:
    """Time both, compare their numbers, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=50)
    repeats = parser.parse_args().repeats
    Parallel(n_jobs=-1)(delayed(abs)(i) for i in range(8))  # start the workers
    total = {"plain": 0.0, "interpolab": 0.0}
    worst = 0.0
    for name in NAMES:
        data = load_regression(name)
        spent = {"plain": 0.0, "interpolab": 0.0}
        for ablation, levels in curves_of(name):
            start = time.perf_counter()
            curve = learning_curve(
                data.X,
                data.y,
                SIZES,
                repeats=repeats,
                ablation=ablation,
                levels=levels,
            )
            middle = time.perf_counter()
            plain = plain_loop(data.X, data.y, repeats, ablation, levels)
            end = time.perf_counter()
            spent["interpolab"] += middle - start
            spent["plain"] += end - middle
            # Without residuals the error from N = D on is zero but for rounding,
            # whose digits no two methods share.
            scale = np.maximum(plain, 1e-12 * np.mean(data.y**2))
            worst = max(worst, float(np.max(np.abs(curve.test_error - plain) / scale)))
        for method, seconds in spent.items():
            total[method] += seconds
        ratio = spent["plain"] / spent["interpolab"]
        print(
            f"{name:22s} plain {spent['plain']:7.2f} s   "
            f"interpolab {spent['interpolab']:6.3f} s   ratio {ratio:6.0f}",
            flush=True,
        )
    ratio = total["plain"] / total["interpolab"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{'all four':22s} plain {total['plain']:7.2f} s   "
        f"interpolab {total['interpolab']:6.3f} s   ratio {ratio:6.0f}"
    )
    print(f"largest relative difference {worst:.1e}; peak memory {memory:.0f} MiB")
    reached = ratio >= SPEEDUP and worst <= AGREEMENT and memory < 1024
    print(
        f"promised: ratio >= {SPEEDUP}, difference <= {AGREEMENT:g}, memory < 1024 MiB:"
        f" {'kept' if reached else 'BROKEN'}"
    )
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
