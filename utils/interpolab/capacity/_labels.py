"""The check that labels are -1 or +1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_array


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
