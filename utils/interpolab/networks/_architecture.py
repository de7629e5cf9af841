"""What a network's options mean: widths, activations, scales and read-out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import (
    FloatArray,
    as_array,
    as_choice,
    as_integer,
    as_vector,
)
from interpolab.networks.activations import Activation, as_activation

Parametrization: TypeAlias = Literal["ntk", "standard", "mean_field"]
Activations: TypeAlias = str | Activation | Sequence[str | Activation]


def as_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return the widths [d, hidden widths ..., 1]."""
    if isinstance(widths, str) or not np.iterable(widths):
        raise ValueError(f"widths must be a sequence of integers; got {widths!r}.")
    checked = tuple(
        as_integer(f"widths[{position}]", width, low=1)
        for position, width in enumerate(widths)
    )
    if len(checked) < 2 or checked[-1] != 1:
        raise ValueError(
            "widths must be [d, hidden widths ..., 1], with one output; "
            f"got {list(checked)}."
        )
    return checked


def hidden_activations(activation: Activations, count: int) -> list[Activation]:
    """Return one activation for each hidden layer."""
    if isinstance(activation, str | Activation):
        return [as_activation("activation", activation)] * count
    if not isinstance(activation, Sequence) or len(activation) != count:
        raise ValueError(
            "activation must be one activation, or one for each of the "
            f"{count} hidden layers; got {activation!r}."
        )
    return [as_activation("activation", each) for each in activation]


def layer_scales(
    parametrization: Parametrization, first: float, factors: list[float], width: int
) -> tuple[float, ...]:
    """Return the factors c_l, from the g_l / sqrt(m) and the last hidden width."""
    above = [1.0] * (len(factors) - 1)
    if parametrization != "standard":
        above = [float(factor) for factor in factors[1:]]
    if parametrization == "mean_field" and above:
        above[-1] /= width**0.5
    return (first, *above)


def fixed_readout(
    readout: str | ArrayLike,
    widths: tuple[int, ...],
    parametrization: Parametrization,
    factor: float,
) -> FloatArray | None:
    """Return the last layer's weights (1, m), or None if they are trained."""
    if isinstance(readout, str):
        as_choice("readout", readout, ["trained", "signs"])
    if isinstance(readout, str) and readout == "trained":
        return None
    if len(widths) < 3:
        raise ValueError(
            "readout must be 'trained' without hidden layers; "
            f"got {readout!r} for widths {list(widths)}."
        )
    if isinstance(readout, str):
        signs = np.where(np.arange(widths[-2]) % 2, -1.0, 1.0)[None, :]
        return factor * signs if parametrization == "standard" else signs
    return as_vector("readout", readout, length=widths[-2])[None, :]


def parameter_shapes(
    widths: tuple[int, ...], bias: bool, n_trained: int
) -> list[tuple[int, ...]]:
    """Return the shapes of weights and biases in the order of the flat vector."""
    shapes: list[tuple[int, ...]] = []
    for level in range(n_trained):
        shapes.append((widths[level + 1], widths[level]))
        if bias:
            shapes.append((widths[level + 1],))
    return shapes


def as_params(name: str, value: ArrayLike, length: int) -> FloatArray:
    """Return parameters (M,) or (R, M); a good float64 array is not copied.

    Hessian products are called dozens of times in a row on parameters that may
    fill many megabytes, and nothing here writes to its arguments.
    """
    if type(value) is np.ndarray and _is_good(value):
        params = value
    else:
        params = as_array(name, value, ndim=(1, 2))
    if params.shape[-1] != length or params.size == 0:
        raise ValueError(
            f"{name} must have {length} entries for each network; "
            f"got shape {params.shape}."
        )
    return params


def _is_good(array: np.ndarray) -> bool:
    usable = array.dtype == np.float64 and array.ndim in (1, 2)
    return bool(usable and np.isfinite(array).all())


def check_block(name: str, value: FloatArray, length: int, params: FloatArray) -> None:
    """Check a block of vectors against the networks that it is meant for."""
    networks = params.shape[:-1]
    fits = not networks or value.shape[:-1] == networks
    if value.shape[-1] != length or not fits:
        raise ValueError(
            f"{name} must have {length} entries for each network; got shape "
            f"{value.shape} with params of shape {params.shape}."
        )
