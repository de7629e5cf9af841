"""Exact empirical risk minimization over functions with few sign changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interpolab._validation import FloatArray, as_integer, as_labels


@dataclass(frozen=True)
class SignChangeFit:
    """The best sequence of signs for each number of changes.

    Attributes
    ----------
    training_error : ndarray, shape (..., max_changes + 1)
        Least share of wrong signs with at most 0, 1, ... changes.
    predictions : ndarray, shape (..., max_changes + 1, n)
        A sequence of signs that attains it.
    """

    training_error: FloatArray
    predictions: FloatArray


def _fewest_errors(
    labels: FloatArray, max_changes: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return errors (m, 2, c) and, for each point, where it pays to change sign.

    The second axis is the sign of the last point, +1 and then -1; the third is
    the number of changes allowed up to there.
    """
    m, n = labels.shape
    wrong = np.stack([labels < 0, labels > 0], axis=1).astype(np.float64)
    errors = np.repeat(wrong[:, :, :1], max_changes + 1, axis=2)
    changed = np.zeros((n, m, 2, max_changes + 1), dtype=bool)
    for i in range(1, n):
        other = errors[:, ::-1, :-1]
        np.less(other, errors[:, :, 1:], out=changed[i, :, :, 1:])
        best = errors.copy()
        np.minimum(other, errors[:, :, 1:], out=best[:, :, 1:])
        errors = best + wrong[:, :, i, None]
    return errors, changed


def _trace_back(errors: FloatArray, changed: NDArray[np.bool_]) -> FloatArray:
    """Follow the changes from the last point to the first."""
    m, _, size = errors.shape
    n = changed.shape[0]
    rows = np.arange(m)[:, None]
    side = errors.argmin(axis=1)
    left = np.broadcast_to(np.arange(size), (m, size))
    predictions = np.empty((n, m, size))
    for i in range(n - 1, -1, -1):
        predictions[i] = 1.0 - 2.0 * side
        change = changed[i, rows, side, left]
        side, left = np.where(change, 1 - side, side), left - change
    return np.moveaxis(predictions, 0, -1)


def fit_sign_changes(labels: ArrayLike, max_changes: int) -> SignChangeFit:
    r"""Minimize the training error over sequences with few sign changes.

    .. math::

        \min_{s \in \{-1, +1\}^n} \frac1n \sum_{i=1}^n 1\{s_i \ne y_i\}
        \quad\text{subject to}\quad \sum_{i<n} 1\{s_i \ne s_{i+1}\} \le k,
        \qquad k = 0, \dots, K.

    These are the values, at sorted points of the line, of the signs of
    polynomials of degree :math:`k`, a class of VC dimension :math:`k+1`.
    Dynamic programming over the last sign and the number of changes solves it
    for all :math:`k` in one pass.  With coin flips for labels,
    :math:`1 - 2 \times` the training error has the Rademacher complexity of the
    class for its mean.

    Parameters
    ----------
    labels : array_like, shape (n,) or (m, n)
        Labels :math:`y_i \in \{-1, +1\}` in the order of the points; each of
        the ``m`` rows is a problem of its own.
    max_changes : int
        :math:`K \ge 0`.

    Returns
    -------
    SignChangeFit
        Training errors and predictions for every :math:`k`.  Of equally good
        sequences it takes one that ends in +1, if there is one.

    Raises
    ------
    ValueError
        If a label is not -1 or +1, there is none, or ``max_changes`` is not a
        non-negative integer.

    References
    ----------
    .. [1] M. Kearns, Y. Mansour, A. Y. Ng and D. Ron, "An experimental and
       theoretical comparison of model selection methods", Machine Learning 27
       (1997), 7-50.

    Examples
    --------
    >>> fit = fit_sign_changes([1, 1, -1, 1, -1, -1], 3)
    >>> (6 * fit.training_error).round().tolist()
    [3.0, 1.0, 1.0, 0.0]
    >>> fit.predictions[1]
    array([ 1.,  1., -1., -1., -1., -1.])
    """
    y = as_labels("labels", labels, ndim=(1, 2))
    max_changes = as_integer("max_changes", max_changes, low=0)
    errors, changed = _fewest_errors(np.atleast_2d(y), max_changes)
    shape = (*y.shape[:-1], max_changes + 1)
    return SignChangeFit(
        training_error=errors.min(axis=1).reshape(shape) / y.shape[-1],
        predictions=_trace_back(errors, changed).reshape(*shape, y.shape[-1]),
    )
