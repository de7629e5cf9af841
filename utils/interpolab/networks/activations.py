"""Activation functions with their first two derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import expit

from interpolab._validation import FloatArray

Slope: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
"""A function of pre-activations and of the activations computed from them."""


@dataclass(frozen=True)
class Activation:
    r"""An activation :math:`\sigma` and its derivatives, applied entry by entry.

    Both derivatives get the pre-activations :math:`a` and the activations
    :math:`h = \sigma(a)`, so that nothing need be computed twice:
    :math:`\tanh' a = 1 - h^2`.

    Attributes
    ----------
    name : str
        How messages call it.
    value : callable
        :math:`a \mapsto \sigma(a)`.
    slope : callable
        :math:`(a, \sigma(a)) \mapsto \sigma'(a)`.
    curvature : callable
        :math:`(a, \sigma(a)) \mapsto \sigma''(a)`.
    gain : float
        The factor :math:`g` with :math:`g^2\,E\,\sigma(G)^2 = 1` for rectifiers
        and 1 otherwise; the default scale of the layer that follows.

    Examples
    --------
    >>> import numpy as np
    >>> sine = Activation(
    ...     "sine", np.sin, lambda a, h: np.cos(a), lambda a, h: -h)
    >>> sine.slope(np.array([0.0]), np.array([0.0]))
    array([1.])
    """

    name: str
    value: Callable[[FloatArray], FloatArray]
    slope: Slope
    curvature: Slope
    gain: float = 1.0


# Named functions, not lambdas: a network must survive pickling, because sweeps
# send it to other processes.


def _rectify(a: FloatArray) -> FloatArray:
    return np.maximum(a, 0.0)


def _step(a: FloatArray, h: FloatArray) -> FloatArray:
    return (a > 0.0).astype(np.float64)


def _tanh(a: FloatArray) -> FloatArray:
    return np.tanh(a)


def _tanh_slope(a: FloatArray, h: FloatArray) -> FloatArray:
    return 1.0 - h * h


def _tanh_curvature(a: FloatArray, h: FloatArray) -> FloatArray:
    return -2.0 * h * (1.0 - h * h)


def _softplus(a: FloatArray) -> FloatArray:
    return np.logaddexp(0.0, a)


def _softplus_slope(a: FloatArray, h: FloatArray) -> FloatArray:
    return expit(a)


def _softplus_curvature(a: FloatArray, h: FloatArray) -> FloatArray:
    return expit(a) * expit(-a)


def _half_square(a: FloatArray) -> FloatArray:
    return 0.5 * a * a


def _itself(a: FloatArray, h: FloatArray | None = None) -> FloatArray:
    return a


def one(a: FloatArray, h: FloatArray) -> FloatArray:
    """Return ones, the slope of the identity."""
    return np.ones_like(a)


def _zeros(a: FloatArray, h: FloatArray) -> FloatArray:
    return np.zeros_like(a)


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("tanh", _tanh, _tanh_slope, _tanh_curvature),
        # At zero the derivative is taken as 0, as is usual.
        Activation("relu", _rectify, _step, _zeros, gain=2.0**0.5),
        Activation("softplus", _softplus, _softplus_slope, _softplus_curvature),
        Activation("identity", _itself, one, _zeros),
        Activation("half_square", _half_square, _itself, one),
    )
}


def as_activation(name: str, value: str | Activation) -> Activation:
    """Return an activation from its name; an ``Activation`` is used as it is."""
    if isinstance(value, Activation):
        return value
    if isinstance(value, str) and value in ACTIVATIONS:
        return ACTIVATIONS[value]
    known = ", ".join(repr(key) for key in ACTIVATIONS)
    raise ValueError(f"{name} must be one of {known} or an Activation; got {value!r}.")
