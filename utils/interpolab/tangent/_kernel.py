"""The empirical tangent kernel, without the Jacobian where it factors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_matrix
from interpolab.tangent._network import Network, as_params

# Entries of one block of Jacobian rows: 2^23 doubles are 64 MiB, and two blocks
# are held at a time.
_BLOCK = 2**23


def empirical_ntk(
    network: Network, params: ArrayLike, X: ArrayLike, Z: ArrayLike | None = None
) -> FloatArray:
    r"""Compute the tangent kernel of a network at given parameters.

    .. math::

        K_w(x, z) = \langle \nabla_w f(w, x),\, \nabla_w f(w, z)\rangle,
        \qquad K = J(X)\, J(Z)^\top,

    with :math:`J(X)` the :math:`n\times M` Jacobian of the outputs.  The
    gradient with respect to the weights of a layer is an outer product
    :math:`s\,h^\top` of the signal that comes back and the input that went in,
    so that

    .. math::

        K(x, z) = \sum_{\text{layers}} \langle h(x), h(z)\rangle\,
            \langle s(x), s(z)\rangle .

    A network that has ``layer_factors`` is evaluated like this, and needs
    memory for :math:`n` times its widths, not for :math:`n M`.  Of any other
    network blocks of Jacobian rows are held, two at a time.

    Parameters
    ----------
    network : Network
        An :class:`interpolab.networks.MLP`, or anything with ``n_params`` and
        ``jacobian(params, X)``.
    params : array_like, shape (M,) or (R, M)
        The parameters :math:`w`; several rows for several draws at once.
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row.
    Z : array_like, shape (n_Z, d), optional
        Points :math:`z`; ``X`` by default.

    Returns
    -------
    ndarray, shape (n, n_Z) or (R, n, n_Z)
        The kernel matrix.  Without ``Z`` it is exactly symmetric, and positive
        semidefinite up to rounding.

    Raises
    ------
    ValueError
        If the network lacks a method, the shapes do not fit, an entry is not
        finite or an array is empty.

    See Also
    --------
    interpolab.kernels.relu_ntk : the limit of wide ReLU networks.

    References
    ----------
    .. [1] A. Jacot, F. Gabriel and C. Hongler, "Neural tangent kernel:
       convergence and generalization in neural networks", NeurIPS 2018.

    Examples
    --------
    Gradients are features, and their inner products a kernel.

    >>> import numpy as np
    >>> from interpolab.networks import MLP
    >>> net = MLP([3, 20, 1], "tanh")
    >>> w, X = net.init(rng=0), np.eye(3)
    >>> J = net.jacobian(w, X)
    >>> bool(np.allclose(empirical_ntk(net, w, X), J @ J.T))
    True
    """
    weights = as_params(network, params, stack=True)
    points = as_matrix("X", X)
    others = points if Z is None else as_matrix("Z", Z, columns=points.shape[1])
    if hasattr(network, "layer_factors"):
        return _from_factors(network, weights, points, others)
    as_params(network, weights, "jacobian", stack=True)
    if weights.ndim == 1:
        return _from_blocks(network, weights, points, others)
    return np.array([_from_blocks(network, row, points, others) for row in weights])


def _from_factors(
    network: Any, weights: FloatArray, X: FloatArray, Z: FloatArray
) -> FloatArray:
    left = network.layer_factors(weights, X)
    right = left if Z is X else network.layer_factors(weights, Z)
    total = np.zeros((*weights.shape[:-1], X.shape[0], Z.shape[0]))
    for (inputs, signals), (inputs_z, signals_z) in zip(left, right, strict=True):
        product = signals @ signals_z.swapaxes(-1, -2)
        product *= inputs @ inputs_z.swapaxes(-1, -2)
        total += product
    return total if Z is not X else (total + total.swapaxes(-1, -2)) / 2.0


def _from_blocks(
    network: Network, weights: FloatArray, X: FloatArray, Z: FloatArray
) -> FloatArray:
    total = np.empty((X.shape[0], Z.shape[0]))
    rows = max(1, _BLOCK // max(1, weights.shape[0]))
    for i in range(0, X.shape[0], rows):
        left = network.jacobian(weights, X[i : i + rows])
        if Z is X:
            total[i : i + rows, i : i + rows] = left @ left.T
        for j in range(i + rows if Z is X else 0, Z.shape[0], rows):
            block = left @ network.jacobian(weights, Z[j : j + rows]).T
            total[i : i + rows, j : j + rows] = block
            if Z is X:
                total[j : j + rows, i : i + rows] = block.T
    return total
