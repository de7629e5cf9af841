"""Arguments that several kernels share: cosines and functions of arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_array

# Inner products of unit vectors exceed 1 by a few roundings, not by more.
_EXCESS = 1e-12


def as_cosines(name: str, value: ArrayLike) -> FloatArray:
    """Return numbers in [-1, 1], of any shape up to three axes.

    Examples
    --------
    >>> as_cosines("u", [0.0, 1.0 + 1e-15])
    array([0., 1.])
    """
    cosines = as_array(name, value, ndim=(0, 1, 2, 3))
    outside = np.abs(cosines) > 1.0 + _EXCESS
    if outside.any():
        raise ValueError(f"{name} must be in [-1, 1]; got {cosines[outside][0]}.")
    return np.clip(cosines, -1.0, 1.0)


def evaluate(f: Callable[[FloatArray], ArrayLike], x: FloatArray) -> FloatArray:
    """Return the values of a function given by the caller, after checking them."""
    if not callable(f):
        raise ValueError(f"f must be a function of an array; got {f!r}.")
    try:
        # What is not finite is refused below.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            values = np.asarray(f(x))
    except (TypeError, ValueError) as error:
        raise ValueError(
            "f must take an array and return one of its shape (numpy.vectorize makes "
            f"such a function of one of numbers); it raises {type(error).__name__}: "
            f"{error}"
        ) from error
    if values.shape != x.shape or values.dtype.kind not in "biuf":
        raise ValueError(
            "f must return one real number for each entry of its argument; got "
            f"{values.dtype} of shape {values.shape} for shape {x.shape}."
        )
    bad = ~np.isfinite(values)
    if bad.any():
        raise ValueError(f"f must be finite; got {values[bad][0]} at {x[bad][0]:.6g}.")
    return values.astype(np.float64)
