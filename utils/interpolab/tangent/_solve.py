"""Regularized systems with a positive semidefinite matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpocon

from interpolab._validation import FloatArray


def rounding(values: NDArray[np.floating[Any]]) -> float:
    """Return the size below which ascending eigenvalues are zero in floating point."""
    largest = max(abs(float(values[-1])), abs(float(values[0])))
    return values.shape[-1] * float(np.finfo(np.float64).eps) * largest


def solve_psd(K: FloatArray, Y: FloatArray, ridge: float) -> FloatArray:
    """Return (K + ridge I)^+ Y for a symmetric positive semidefinite K."""
    n = K.shape[0]
    shifted = K + ridge * np.eye(n)
    try:
        factor = cho_factor(shifted, lower=True)
    except np.linalg.LinAlgError:
        return _pseudo_solve(K, Y, ridge)
    reciprocal, _ = dpocon(factor[0], np.abs(shifted).sum(axis=0).max(), uplo="L")
    # Singular but for rounding, Cholesky may pass and its answer is noise.
    if reciprocal < n * np.finfo(np.float64).eps:
        return _pseudo_solve(K, Y, ridge)
    return cho_solve(factor, Y)


def _pseudo_solve(K: FloatArray, Y: FloatArray, ridge: float) -> FloatArray:
    values, vectors = np.linalg.eigh(K)
    # Of a singular matrix the kernel's range is all that its functions see.
    keep = values > rounding(values)
    basis = vectors[:, keep]
    projected = basis.T @ Y
    shifted = values[keep] + ridge
    return basis @ (projected.T / shifted).T
