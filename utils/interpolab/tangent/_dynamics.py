"""Gradient descent on the linearization, solved."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import (
    FloatArray,
    as_matrix,
    as_number,
    as_times,
    as_vector,
)
from interpolab.tangent._kernel import empirical_ntk
from interpolab.tangent._network import Network, as_params
from interpolab.tangent._solve import rounding


def linearized_descent(
    network: Network,
    params: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    Z: ArrayLike,
    *,
    step: float,
    times: ArrayLike,
) -> FloatArray:
    r"""Predict with the linearized network after steps of gradient descent.

    Gradient descent on :math:`\tfrac12\sum_i(f_{\mathrm{lin}}(w, x_i) -
    y_i)^2` from :math:`w_0` with step :math:`\eta` gives, after :math:`t`
    steps and without taking them,

    .. math::

        f_t(z) = f_0(z) + \sum_j \frac{1 - (1 - \eta\lambda_j)^t}{\lambda_j}\,
            \bigl(K(z, X)\, u_j\bigr)\, u_j^\top \bigl(y - f_0(X)\bigr),

    with :math:`f_0 = f(w_0, \cdot)`, :math:`K` the tangent kernel at
    :math:`w_0` and :math:`K(X, X) = \sum_j \lambda_j u_j u_j^\top`.  At
    :math:`t = \infty` this is kernel regression plus the initial function,
    :math:`f_0(z) + K(z, X)\, K(X, X)^+ (y - f_0(X))`.

    Parameters
    ----------
    network : Network
        An :class:`interpolab.networks.MLP`, or anything with ``n_params``,
        ``forward`` and ``jacobian``.
    params : array_like, shape (M,)
        The start :math:`w_0`.
    X : array_like, shape (n, d)
        Training points.
    y : array_like, shape (n,)
        Targets.
    Z : array_like, shape (n_Z, d)
        Points to predict at.
    step : float
        Step size :math:`0 < \eta < 2/\lambda_1`.
    times : array_like, shape (T,)
        Numbers :math:`t \ge 0` of steps, whole or ``inf``.

    Returns
    -------
    ndarray, shape (T, n_Z)
        The predictions, one row for each time.

    Raises
    ------
    ValueError
        If the network lacks a method, the shapes do not fit, an entry is not
        finite, the step is too large to converge (the message gives the
        largest one) or a time is negative or fractional.

    See Also
    --------
    linearize : the network whose training this solves.

    References
    ----------
    .. [1] J. Lee et al., "Wide neural networks of any depth evolve as linear
       models under gradient descent", NeurIPS 2019.

    Examples
    --------
    >>> from interpolab.networks import MLP
    >>> net = MLP([1, 1], "identity")  # f = w x, and K(x, z) = x z
    >>> linearized_descent(
    ...     net, [1.0], [[2.0]], [4.0], [[1.0]], step=0.125, times=[0, 1, float("inf")])
    array([[1. ],
           [1.5],
           [2. ]])
    """
    weights = as_params(network, params, "forward")
    points = as_matrix("X", X)
    targets = as_vector("y", y, length=points.shape[0])
    others = as_matrix("Z", Z, columns=points.shape[1])
    eta = as_number("step", step, low=0.0, closed="neither")
    clock = as_times("times", times, whole=True)
    values, vectors = np.linalg.eigh(empirical_ntk(network, weights, points))
    if eta * values[-1] >= 2.0:
        raise ValueError(
            f"step must be below 2 / lambda_max = {2.0 / values[-1]:.6g}; got {eta:.6g}"
            ", with which gradient descent diverges."
        )
    keep = values > rounding(values)
    values, vectors = values[keep], vectors[:, keep]
    pull = vectors.T @ (targets - network.forward(weights, points))
    # expm1 and log1p keep the digits of modes that have hardly moved; from
    # one half on the plain power loses none.
    slow = np.minimum(eta * values, 0.5)
    with np.errstate(divide="ignore"):
        learned = np.where(
            eta * values <= 0.5,
            -np.expm1(np.multiply.outer(clock, np.log1p(-slow))),
            1.0 - (1.0 - eta * values) ** clock[:, None],
        )
    cross = empirical_ntk(network, weights, others, points) @ vectors
    start = network.forward(weights, others)
    return start + (learned * (pull / values)) @ cross.T
