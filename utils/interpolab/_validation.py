"""Argument checks shared by the whole package.

Each function returns its argument in the form that the caller computes with,
or raises a ``ValueError`` that names the argument, what was given and what is
expected.  Nothing is truncated, broadcast or cast silently.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""An array of float64."""

RandomSource: TypeAlias = int | np.random.Generator
"""What every random function takes as ``rng``: a seed or a generator."""


def _as_floats(name: str, value: ArrayLike, expected: str) -> FloatArray:
    """Return a new float64 array of whatever shape the numbers have."""
    try:
        if np.ma.is_masked(value):
            raise TypeError("masked entries")  # numpy would forget the mask
        raw = np.asarray(value)
        # Text and dates would be read as numbers.
        if raw.dtype.kind not in "biufO":
            raise TypeError(f"an array of {raw.dtype}")
        return raw.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be {expected}; got {error}.") from None


def as_array(
    name: str, value: ArrayLike, *, ndim: int | Sequence[int], empty: bool = False
) -> FloatArray:
    """Return a finite float64 array with one of the given numbers of axes."""
    allowed = (ndim,) if isinstance(ndim, int) else tuple(ndim)
    expected = " or ".join(f"{k}-dimensional" for k in allowed)
    array = _as_floats(name, value, f"a {expected} array of real numbers")
    if array.ndim not in allowed:
        raise ValueError(
            f"{name} must be {expected}; got an array of shape {array.shape}."
        )
    if array.size == 0 and not empty:
        raise ValueError(
            f"{name} must not be empty; got an array of shape {array.shape}."
        )
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        where = place[0] if len(place) == 1 else place
        raise ValueError(
            f"{name} must be finite; got {array[place]} at index {where} "
            f"({int(bad.sum())} such entries)."
        )
    return array


def as_matrix(name: str, value: ArrayLike, *, columns: int | None = None) -> FloatArray:
    """Return a finite, non-empty matrix, with the given number of columns."""
    matrix = as_array(name, value, ndim=2)
    if columns is not None and matrix.shape[1] != columns:
        raise ValueError(
            f"{name} must have {columns} columns; got shape {matrix.shape}."
        )
    return matrix


def as_vector(name: str, value: ArrayLike, *, length: int | None = None) -> FloatArray:
    """Return a finite, non-empty vector, with the given length."""
    vector = as_array(name, value, ndim=1)
    if length is not None and vector.shape[0] != length:
        raise ValueError(
            f"{name} must have {length} entries; got shape {vector.shape}."
        )
    return vector


def as_targets(name: str, value: ArrayLike, *, rows: int) -> FloatArray:
    """Return a vector (rows,) or matrix (rows, k) of finite targets."""
    targets = as_array(name, value, ndim=(1, 2))
    if targets.shape[0] != rows:
        raise ValueError(
            f"{name} must have one row for each of the {rows} rows of X; "
            f"got shape {targets.shape}."
        )
    return targets


def as_labels(
    name: str, value: ArrayLike, *, ndim: tuple[int, ...] = (1,)
) -> FloatArray:
    """Return an array of labels, every one of them -1 or +1.

    Examples
    --------
    >>> as_labels("y", [1, -1, 1])
    array([ 1., -1.,  1.])
    >>> as_labels("y", [1, 0])
    Traceback (most recent call last):
    ValueError: y must hold labels -1 or +1; got 0.0.
    """
    labels = as_array(name, value, ndim=ndim)
    foreign = labels[np.abs(labels) != 1.0]
    if foreign.size:
        raise ValueError(f"{name} must hold labels -1 or +1; got {foreign[0]}.")
    return labels


def as_times(name: str, value: ArrayLike, *, whole: bool = False) -> FloatArray:
    """Return a non-empty vector of times t >= 0, of which some may be infinite."""
    expected = "whole numbers of steps, at least 0," if whole else "non-negative"
    clock = _as_floats(name, value, f"a vector of times that are {expected} or inf")
    if clock.ndim != 1 or clock.size == 0:
        raise ValueError(
            f"{name} must be a non-empty vector; got an array of shape {clock.shape}."
        )
    finite = clock[np.isfinite(clock)]
    bad = np.isnan(clock).any() or clock.min() < 0
    if bad or (whole and (finite != np.round(finite)).any()):
        raise ValueError(f"{name} must be {expected} or inf; got {clock}.")
    return clock


def as_number(
    name: str,
    value: Any,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    closed: Literal["both", "left", "right", "neither"] = "both",
) -> float:
    """Return a finite real number in the interval from ``low`` to ``high``."""
    opens = "[" if closed in ("both", "left") and np.isfinite(low) else "("
    closes = "]" if closed in ("both", "right") and np.isfinite(high) else ")"
    expected = f"a real number in {opens}{low:g}, {high:g}{closes}"
    is_scalar = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not is_scalar or not np.isfinite(float(value)):
        raise ValueError(f"{name} must be {expected}; got {value!r}.")
    number = float(value)
    below = number < low or (number == low and closed in ("right", "neither"))
    above = number > high or (number == high and closed in ("left", "neither"))
    if below or above:
        raise ValueError(f"{name} must be {expected}; got {value!r}.")
    return number


def as_integer(
    name: str, value: Any, *, low: int | None = None, high: int | None = None
) -> int:
    """Return an integer between ``low`` and ``high``, both included."""
    bounds = [
        *([f"at least {low}"] if low is not None else []),
        *([f"at most {high}"] if high is not None else []),
    ]
    expected = " ".join(["an integer", " and ".join(bounds)]).strip()
    if not isinstance(value, Integral) or isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be {expected}; got {value!r}.")
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(f"{name} must be {expected}; got {value!r}.")
    return number


def as_choice(name: str, value: Any, choices: Sequence[Any]) -> Any:
    """Return ``value`` if it is one of ``choices``."""
    # An array compares entry by entry, and is no choice.
    single = isinstance(value, Hashable)
    if not (single and any(value is choice or value == choice for choice in choices)):
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {listed}; got {value!r}.")
    return value


def as_generator(rng: RandomSource) -> np.random.Generator:
    """Return a generator; an integer is a seed, a generator is used as it is."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, Integral) and not isinstance(rng, bool | np.bool_) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise ValueError(
        "rng must be a non-negative integer seed or a numpy.random.Generator; "
        f"got {rng!r}."
    )
