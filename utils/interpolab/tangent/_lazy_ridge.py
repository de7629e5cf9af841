"""Ridge regression on the tangent features of a two-layer network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from interpolab import linear
from interpolab._validation import FloatArray, as_matrix, as_number, as_targets
from interpolab.tangent._lazy import (
    Derivative,
    as_layer,
    gates_of,
    lazy_features,
)
from interpolab.tangent._solve import solve_psd


@dataclass(frozen=True)
class LazyFit:
    """A lazy two-layer network that has been fitted.

    Attributes
    ----------
    W : ndarray, shape (N, d)
        The weights at which the network was linearized.
    coef : ndarray, shape (N, d) or (N, d, k)
        The displacements of the units' weights.
    ridge : float
        The ridge.
    derivative : callable or None
        The derivative of the activation; ``None`` is the step.
    """

    W: FloatArray
    coef: FloatArray
    ridge: float
    derivative: Derivative | None

    def predict(self, Z: ArrayLike) -> FloatArray:
        r"""Evaluate :math:`f(z; a)` with the coefficients of the fit.

        Parameters
        ----------
        Z : array_like, shape (n_Z, d)
            Points :math:`z`, one in each row.

        Returns
        -------
        ndarray, shape (n_Z,) or (n_Z, k)
            The predictions, in the units of the targets.

        Raises
        ------
        ValueError
            If ``Z`` is empty, not finite or does not have ``d`` columns.
        """
        points = as_matrix("Z", Z, columns=self.W.shape[1])
        gates = gates_of(points, self.W, self.derivative)
        columns = self.coef.reshape(*self.W.shape, -1)
        values = [
            np.einsum("nu,nu->n", gates, points @ columns[:, :, j].T)
            for j in range(columns.shape[2])
        ]
        answer = np.stack(values, axis=1) / np.sqrt(self.W.size)
        return answer.reshape(points.shape[0], *self.coef.shape[2:])


def lazy_ridge(
    X: ArrayLike,
    Y: ArrayLike,
    W: ArrayLike,
    *,
    ridge: float = 0.0,
    derivative: Derivative | None = None,
) -> LazyFit:
    r"""Fit ridge regression with a two-layer lazy network.

    .. math::

        f(x; a) = \frac{1}{\sqrt{Nd}} \sum_{k=1}^{N} \langle a_k, x\rangle\,
            \sigma'(\langle w_k, x\rangle), \qquad
        \hat a = \arg\min_a \sum_i \bigl(f(x_i; a) - y_i\bigr)^2
            + \lambda \lVert a\rVert^2 .

    At :math:`\lambda = 0` this is the least-squares fit of least norm, which
    interpolates any labels as soon as :math:`Nd \ge n` features are linearly
    independent on the data.  With many more features than data the
    :math:`n\times n` system :math:`(K_N + \lambda I)\alpha = y` is solved and
    :math:`\hat a_k = (Nd)^{-1/2}\sum_i \alpha_i\,
    \sigma'(\langle w_k, x_i\rangle)\, x_i`; the :math:`n\times Nd` matrix of
    features is formed only up to :math:`Nd = 2n`, where it is needed for
    accuracy: its condition number is the root of the kernel's.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training points, one in each row.
    Y : array_like, shape (n,) or (n, k)
        Targets; each of the ``k`` columns is a problem of its own.
    W : array_like, shape (N, d)
        Weights :math:`w_k` of the hidden units.
    ridge : float
        :math:`\lambda \ge 0`: the number added to the diagonal of
        :func:`lazy_kernel`, in its units.
    derivative : callable, optional
        :math:`\sigma'`; the step by default.

    Returns
    -------
    LazyFit
        With the displacements ``coef`` and ``predict(Z)``.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or
        ``ridge`` is negative.

    See Also
    --------
    kernel_ridge : with :func:`interpolab.kernels.lazy_relu`, the limit of
        infinite width.

    References
    ----------
    .. [1] A. Montanari and Y. Zhong, "The interpolation phase transition in
       neural networks: memorization and generalization under lazy training",
       Annals of Statistics 50 (2022).

    Examples
    --------
    Ten units in three dimensions have 30 parameters and fit 12 coin flips.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X, W = rng.standard_normal((12, 3)), rng.standard_normal((10, 3))
    >>> y = rng.choice([-1.0, 1.0], 12)
    >>> bool(np.allclose(lazy_ridge(X, y, W).predict(X), y))
    True
    """
    points, weights = as_layer(X, W)
    n, p = points.shape[0], weights.size
    targets = as_targets("Y", Y, rows=n)
    level = as_number("ridge", ridge, low=0.0)
    if p <= n or (level == 0.0 and p <= 2 * n):
        features = lazy_features(points, weights, derivative=derivative)
        features /= np.sqrt(p)
        coef = linear.ridge(features, targets, level / n)
    else:
        gates = gates_of(points, weights, derivative)
        kernel = (gates @ gates.T) * (points @ points.T) / p
        dual = solve_psd(kernel, targets, level).reshape(n, -1)
        pulled = [(gates * column[:, None]).T @ points for column in dual.T]
        coef = np.stack(pulled, axis=-1) / np.sqrt(p)
    shape = (*weights.shape, *targets.shape[1:])
    return LazyFit(weights, np.reshape(coef, shape), level, derivative)
