"""Evaluate a function of the cosine on all pairs of rows: fast, to the last digit.

The cosines come from one matrix product and are replaced in place, tile by tile:
a tile and its scratch arrays fit in a processor's cache, tiles are shared out
among threads (numpy's loops run without the interpreter's lock), and when both
matrices are the same only the tiles on and above the diagonal are evaluated.

A cosine near 1 or -1 knows its angle only to the square root of the precision,
which would show as noise of 1e-8 in kernels with a kink there.  For those pairs
the angle is taken from the difference (or the sum) of the two unit vectors.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from interpolab._validation import FloatArray

Slab: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
"""Takes minus the cosines and three scratch arrays, all of which it may
overwrite; returns the one of them that holds the values."""

Exact: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
"""Takes angles and their supplements; returns the values."""

# Four arrays of a square tile take half a megabyte.
_SIDE = 128
# Outside, an error eps of the cosine is one of eps / sin(angle) < 30 eps.
_NEAR = 1.0 - 2.0**-10
# Numbers in the differences that are formed at once.
_CHUNK = 2**18
# With more than one near pair in so many, the distances of all pairs are cheaper.
_CROWDED = 8
# Below, starting threads costs more than it saves.
_WORTH_THREADS = 2**17


@dataclass(frozen=True)
class Rows:
    """The rows of a matrix: unit vectors (zero for a zero row) and norms."""

    unit: FloatArray
    norms: FloatArray


def split(matrix: FloatArray) -> Rows:
    """Return directions and norms; no square overflows or vanishes."""
    exponents = np.frexp(np.abs(matrix).max(axis=1))[1]
    scaled = np.ldexp(matrix, -exponents[:, None])
    lengths = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    unit = scaled / np.where(lengths > 0.0, lengths, 1.0)[:, None]
    with np.errstate(over="ignore"):  # the caller refuses infinite norms
        return Rows(unit, np.ldexp(lengths, exponents))


def _gaps(
    left: FloatArray, right: FloatArray, near: NDArray[np.intp], sign: float
) -> FloatArray:
    """Return |x - sign z| for some pairs of a tile, given by their flat indices."""
    rows, columns = np.divmod(near, len(right))
    if _CROWDED * near.size > len(left) * len(right):
        # Every entry costs less than gathering an eighth of the pairs.
        return cdist(left, sign * right)[rows, columns]
    gaps = np.empty(near.size)
    step = max(1, _CHUNK // left.shape[1])
    for start in range(0, near.size, step):
        part = slice(start, start + step)
        difference = left[rows[part]] - sign * right[columns[part]]
        gaps[part] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return gaps


def _refine(
    values: FloatArray,
    near: NDArray[np.intp],
    parallel: NDArray[np.bool_],
    left: FloatArray,
    right: FloatArray,
    exact: Exact,
) -> None:
    """Replace the values of the pairs of a tile that are nearly (anti)parallel."""
    for sign, some in ((1.0, near[parallel]), (-1.0, near[~parallel])):
        if some.size:
            # The chord of an angle a is 2 sin(a/2).
            small = 2.0 * np.arcsin(0.5 * _gaps(left, right, some, sign))
            large = np.pi - small
            values[some] = exact(small, large) if sign > 0 else exact(large, small)


def _tile(
    cosines: FloatArray,
    left: FloatArray,
    right: FloatArray,
    scratch: FloatArray,
    slab: Slab,
    exact: Exact,
) -> FloatArray:
    """Return the values for one tile of cosines, in one of the scratch arrays."""
    size = cosines.size
    v, t, k, s = (row[:size] for row in scratch)
    np.negative(cosines, out=v.reshape(cosines.shape))
    np.abs(v, out=k)
    near = np.flatnonzero(k > _NEAR)
    parallel = v[near] < 0.0  # v is minus the cosine
    v[near] = 0.0  # rounding may have put them outside [-1, 1]
    values = slab(v, t, k, s)
    if near.size:
        _refine(values, near, parallel, left, right, exact)
    return values.reshape(cosines.shape)


def _mirror(values: FloatArray) -> None:
    """Copy what is above the diagonal of a square tile below it."""
    below = np.tril_indices(len(values), -1)
    values[below] = values.T[below]


def _threads(entries: int) -> int:
    """Return how many threads to use; like BLAS, heed OMP_NUM_THREADS."""
    if entries < _WORTH_THREADS:
        return 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    allowed = int(limit) if limit.isdecimal() and int(limit) > 0 else cpu_count()
    return min(allowed, cpu_count())


def on_pairs(
    left: Rows, right: Rows, *, slab: Slab, exact: Exact, factor: float = 1.0
) -> FloatArray:
    """Return factor |x| |z| times a function of the cosine, for all pairs of rows.

    The matrix is exactly symmetric if ``right`` is the very object ``left``.
    """
    symmetric = right is left
    out = left.unit @ right.unit.T
    n, m = out.shape
    corners = [
        (i, j)
        for i in range(0, n, _SIDE)
        for j in range(i if symmetric else 0, m, _SIDE)
    ]
    scale = factor * left.norms

    def work(some: list[tuple[int, int]]) -> None:
        scratch = np.empty((4, _SIDE**2))
        for i, j in some:
            rows, columns = slice(i, i + _SIDE), slice(j, j + _SIDE)
            place = out[rows, columns]
            values = _tile(
                place, left.unit[rows], right.unit[columns], scratch, slab, exact
            )
            values *= scale[rows, None]
            values *= right.norms[columns]
            if symmetric and i == j:
                _mirror(values)
            place[...] = values
            if symmetric:
                out[columns, rows] = values.T

    threads = _threads(len(corners) * _SIDE**2)
    if threads == 1:
        work(corners)
    else:
        with ThreadPoolExecutor(threads) as pool:
            # Tiles differ in cost, so each thread takes some from everywhere.
            list(pool.map(work, (corners[k::threads] for k in range(threads))))
    return out
