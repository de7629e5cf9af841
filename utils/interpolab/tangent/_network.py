"""What this package asks of a network."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_array


class Network(Protocol):
    """A real-valued function f(params, x) with one flat vector of parameters.

    A network may also have ``layer_factors(params, X)``, which returns for every
    trained layer a pair of matrices, inputs (n, fan_in) and signals (n,
    fan_out), such that the gradient with respect to that layer's weights is the
    outer product of a row of each.
    """

    @property
    def n_params(self) -> int:
        """The number M of parameters."""

    def forward(self, params: ArrayLike, X: ArrayLike, /) -> FloatArray:
        """Return the outputs (n,)."""

    def jacobian(self, params: ArrayLike, X: ArrayLike, /) -> FloatArray:
        """Return the derivatives of the outputs (n, M)."""

    def jvp(self, params: ArrayLike, X: ArrayLike, v: ArrayLike, /) -> FloatArray:
        """Return the Jacobian times ``v`` (n,)."""

    def vjp(self, params: ArrayLike, X: ArrayLike, u: ArrayLike, /) -> FloatArray:
        """Return the transposed Jacobian times ``u`` (M,)."""

    def hvp(self, params: ArrayLike, x: ArrayLike, v: ArrayLike, /) -> FloatArray:
        """Return the Hessian of the output at one point times ``v`` (M,)."""


def check_network(network: Any, *methods: str) -> None:
    """Refuse what is not a network with these methods."""
    missing = [name for name in ("n_params", *methods) if not hasattr(network, name)]
    if missing:
        raise ValueError(
            f"network must have {', '.join(missing)}; got {type(network).__name__}."
        )


def as_params(
    network: Any, params: ArrayLike, *methods: str, stack: bool = False
) -> FloatArray:
    """Return parameters (M,), or a stack (R, M), for a network with the methods."""
    check_network(network, *methods)
    return as_stack("params", params, int(network.n_params), stack=stack)


def as_stack(
    name: str, value: ArrayLike, length: int, *, stack: bool = True
) -> FloatArray:
    """Return a finite vector of a given length, or a stack of them."""
    array = as_array(name, value, ndim=(1, 2) if stack else 1)
    if array.shape[-1] != length:
        raise ValueError(
            f"{name} must have {length} entries, one for each parameter; "
            f"got shape {array.shape}."
        )
    return array
