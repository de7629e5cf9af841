"""Kernel ridge regression that reaches prescribed training errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from interpolab._validation import FloatArray, as_vector
from interpolab.linear import floor_rounding
from interpolab.tangent._kernel_ridge import KernelPath, as_gram, path_from, spectrum


def kernel_ridge_at_train_errors(
    K: ArrayLike, y: ArrayLike, train_errors: ArrayLike
) -> KernelPath:
    r"""Find the ridges that reach given training errors, from one decomposition.

    The training error is strictly increasing in the ridge :math:`\lambda`,

    .. math::

        E_{\mathrm{train}}(\lambda) = \frac1n \sum_j \Bigl(
            \frac{\lambda}{\lambda_j + \lambda}\, u_j^\top y\Bigr)^2, \qquad
        K = \sum_j \lambda_j u_j u_j^\top,

    so each root is unique, and an evaluation costs :math:`n` operations once
    :math:`K` is decomposed.  With :math:`K = XX^\top` this is linear ridge
    regression with coefficients :math:`X^\top\alpha`: for more features than
    samples much cheaper than :func:`interpolab.linear.ridge_at_train_error`,
    which decomposes anew for every error.

    Parameters
    ----------
    K : array_like, shape (n, n)
        The kernel matrix of the training points.
    y : array_like, shape (n,)
        Targets.
    train_errors : array_like, shape (r,)
        Mean squared training errors to reach, in any order: positive (or the
        least-squares residual, 0 for a regular ``K``) and below
        :math:`\lVert y\rVert^2/n`, the error of the zero predictor.

    Returns
    -------
    KernelPath
        With ``ridges``, ``dual`` and ``train_error``, one row for each error.

    Raises
    ------
    ValueError
        If an error cannot be reached (the message gives the range), ``K`` is
        not symmetric and positive semidefinite up to rounding, the shapes do
        not fit, an entry is not finite or an array is empty.

    See Also
    --------
    kernel_ridge_path : ridges given.

    References
    ----------
    .. [1] Y. Wang, R. Sonthalia and W. Hu, "Near-interpolators: rapid norm
       growth and the trade-off between interpolation and generalization",
       AISTATS 2024.

    Examples
    --------
    >>> import numpy as np
    >>> path = kernel_ridge_at_train_errors(np.eye(2), [2.0, 2.0], [0.0, 1.0])
    >>> path.ridges
    array([0., 1.])
    >>> path.train_error
    array([0., 1.])
    """
    matrix = as_gram("K", K)
    target = as_vector("y", y, length=matrix.shape[0])
    goals = as_vector("train_errors", train_errors)
    values, vectors = spectrum("K", matrix)
    energy = (vectors.T @ target) ** 2 / target.size
    floor, ceiling = float(energy[values == 0.0].sum()), float(energy.sum())
    # The floor itself is reached by ridge 0.
    slack = floor_rounding(floor, ceiling, target.size)
    bad = (goals < floor - slack) | (goals >= ceiling)
    if bad.any():
        raise ValueError(
            f"train_errors must be reachable, at least {floor:.6g} (least squares) "
            f"and below {ceiling:.6g} (the zero predictor); got {goals[bad][0]:.6g}."
        )
    ridges = [
        _ridge(values, energy, goal) if goal > floor + slack else 0.0 for goal in goals
    ]
    return path_from(values, vectors, target, np.array(ridges))


def _ridge(values: FloatArray, energy: FloatArray, goal: float) -> float:
    def excess(log_ridge: float) -> float:
        ridge = np.exp(log_ridge)
        return float(np.sum((ridge / (values + ridge)) ** 2 * energy)) - goal

    positive = np.log(values[values > 0.0])
    low, high = positive[0], positive[-1]
    while excess(low) > 0.0:
        low -= 3.0
    while excess(high) < 0.0:
        high += 3.0
    return float(np.exp(brentq(excess, low, high, xtol=1e-14)))
