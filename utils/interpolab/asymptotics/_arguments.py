"""Arguments that are numbers or whole arrays of numbers.

The curves of this package are drawn by passing an array where a formula has a
number.  These functions check such arguments, bring them to one shape, and turn
an answer without axes back into a Python float.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interpolab._validation import FloatArray


def _raw(name: str, value: ArrayLike, expected: str) -> NDArray[np.generic]:
    """Return a non-empty array of integers or floats."""
    try:
        if np.ma.is_masked(value):
            raise ValueError("masked entries")  # numpy would forget the mask
        raw = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be {expected}; got {error}.") from None
    if raw.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be {expected}; got {value!r}.")
    if raw.size == 0:
        raise ValueError(f"{name} must not be empty; got shape {raw.shape}.")
    return raw


def _refuse(
    name: str, array: NDArray[np.generic], bad: NDArray[np.bool_], expected: str
) -> None:
    """Raise for the first bad entry, saying where it is."""
    if not bad.any():
        return
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    where = "" if not place else f" at index {place[0] if len(place) == 1 else place}"
    raise ValueError(f"{name} must be {expected}; got {array[place]}{where}.")


def as_numbers(
    name: str,
    value: ArrayLike,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    closed: Literal["both", "left", "right", "neither"] = "both",
    infinite: bool = False,
) -> FloatArray:
    """Return real numbers of any shape, all in one interval.

    With ``infinite`` the value ``inf`` is allowed too.

    Examples
    --------
    >>> as_numbers("aspect", 2, low=0.0, closed="neither")
    array(2.)
    >>> as_numbers("aspect", [1.0, -1.0], low=0.0, closed="neither")
    Traceback (most recent call last):
    ...
    ValueError: aspect must be in (0, inf); got -1.0 at index 1.
    """
    opens = "[" if closed in ("both", "left") and np.isfinite(low) else "("
    ends = "]" if (closed in ("both", "right") and np.isfinite(high)) else ")"
    expected = f"in {opens}{low:g}, {high:g}{']' if infinite else ends}"
    array = _raw(name, value, f"real, {expected}").astype(np.float64)
    below = array < low if closed in ("both", "left") else array <= low
    above = array > high if closed in ("both", "right") else array >= high
    outside = np.isnan(array) | below | above
    if infinite:
        outside &= array != np.inf
    else:
        outside |= np.isinf(array)
    _refuse(name, array, outside, expected)
    return array


def as_integers(
    name: str, value: ArrayLike, *, low: int, high: int | None = None
) -> NDArray[np.int64]:
    """Return integers of any shape, all at least ``low`` and at most ``high``.

    Examples
    --------
    >>> as_integers("p", [1, 2], low=0)
    array([1, 2])
    >>> as_integers("p", 1.5, low=0)
    Traceback (most recent call last):
    ...
    ValueError: p must be of integer type, at least 0; got 1.5.
    """
    expected = f"at least {low}" + ("" if high is None else f" and at most {high}")
    raw = _raw(name, value, f"of integer type, {expected}")
    if raw.dtype.kind == "f":
        raise ValueError(f"{name} must be of integer type, {expected}; got {value!r}.")
    array = raw.astype(np.int64)
    outside = array < low if high is None else (array < low) | (array > high)
    _refuse(name, array, outside, expected)
    return array


def broadcast(**arrays: NDArray[np.generic]) -> list[NDArray[np.float64]]:
    """Return the arrays in their common shape, as float64.

    Examples
    --------
    >>> import numpy as np
    >>> p, n = broadcast(p=np.array([1, 2]), n=np.array(3))
    >>> n
    array([3., 3.])
    """
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(
            f"{', '.join(arrays)} must have shapes that broadcast; got {shapes}."
        ) from None
    return [
        np.broadcast_to(array.astype(np.float64), shape) for array in arrays.values()
    ]


def unwrap(array: FloatArray) -> float | FloatArray:
    """Return a Python float if the array has no axes, and else the array.

    Examples
    --------
    >>> import numpy as np
    >>> unwrap(np.array(0.5))
    0.5
    """
    return float(array) if array.ndim == 0 else array
