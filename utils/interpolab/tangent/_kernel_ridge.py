"""Ridge regression in the space of a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import (
    FloatArray,
    as_matrix,
    as_number,
    as_targets,
    as_vector,
)
from interpolab.tangent._solve import rounding, solve_psd

Kernel = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class KernelFit:
    """A kernel machine that has been fitted.

    Attributes
    ----------
    kernel : callable
        The kernel, ``kernel(Z, X) -> (n_Z, n)``.
    X : ndarray, shape (n, d)
        The training points.
    dual : ndarray, shape (n,) or (n, k)
        The weights of the training points.
    ridge : float
        What was added to the diagonal.
    """

    kernel: Kernel
    X: FloatArray
    dual: FloatArray
    ridge: float

    def predict(self, Z: ArrayLike) -> FloatArray:
        r"""Evaluate :math:`\hat f(z) = \sum_i \alpha_i K(z, x_i)`.

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
        points = as_matrix("Z", Z, columns=self.X.shape[1])
        return self.kernel(points, self.X) @ self.dual


def kernel_ridge(
    kernel: Kernel, X: ArrayLike, Y: ArrayLike, *, ridge: float = 0.0
) -> KernelFit:
    r"""Fit kernel ridge regression.

    .. math::

        \hat f = \arg\min_f \sum_i \bigl(f(x_i) - y_i\bigr)^2
            + \lambda \lVert f\rVert_K^2, \qquad
        \hat f(z) = \sum_i \alpha_i K(z, x_i), \quad
        \alpha = (K + \lambda I)^{-1} y .

    At :math:`\lambda = 0` this is the least-squares fit of least norm, the
    interpolant when :math:`K` is regular.

    Parameters
    ----------
    kernel : callable
        ``kernel(X, Z) -> (n, n_Z)``, symmetric and positive semidefinite;
        :func:`interpolab.kernels.lazy_relu` for a lazy network of infinite
        width.
    X : array_like, shape (n, d)
        Training points.
    Y : array_like, shape (n,) or (n, k)
        Targets.
    ridge : float
        :math:`\lambda \ge 0`, in the units of ``kernel``: the number added to
        the diagonal, :math:`n` times the penalty of
        :func:`interpolab.linear.ridge`.

    Returns
    -------
    KernelFit
        With ``dual`` :math:`\alpha` and ``predict(Z)``.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty,
        ``ridge`` is negative or ``kernel`` is not a function that returns a
        symmetric matrix.

    See Also
    --------
    kernel_ridge_path : many ridges from one decomposition.
    polynomial_ridge, lazy_ridge : two kernels of their own.

    References
    ----------
    .. [1] C. Saunders, A. Gammerman and V. Vovk, "Ridge regression learning
       algorithm in dual variables", ICML 1998.

    Examples
    --------
    With the linear kernel it is ridge regression.

    >>> import numpy as np
    >>> fit = kernel_ridge(lambda X, Z: X @ Z.T, [[1.0], [1.0]], [1.0, 3.0], ridge=2.0)
    >>> fit.predict([[1.0]])
    array([1.])
    """
    points = as_matrix("X", X)
    targets = as_targets("Y", Y, rows=points.shape[0])
    level = as_number("ridge", ridge, low=0.0)
    if not callable(kernel):
        raise ValueError(f"kernel must be a function of two matrices; got {kernel!r}.")
    K = as_gram("kernel(X, X)", kernel(points, points), rows=points.shape[0])
    return KernelFit(kernel, points, solve_psd(K, targets, level), level)


@dataclass(frozen=True)
class KernelPath:
    """Kernel ridge regression at many ridges.

    Attributes
    ----------
    ridges : ndarray, shape (r,)
        What was added to the diagonal.
    dual : ndarray, shape (r, n) or (r, n, k)
        The weights of the training points; the predictions are
        ``K_test @ dual[j]``.
    train_error : ndarray, shape (r,) or (r, k)
        Mean squared error on the training points.
    degrees_of_freedom : ndarray, shape (r,)
        Trace of the matrix that maps targets to fitted values.
    gcv : ndarray, shape (r,) or (r, k)
        The test error as generalized cross-validation estimates it,
        ``train_error / (1 - degrees_of_freedom / n)**2``; the limit of small
        ridges where both vanish.
    """

    ridges: FloatArray
    dual: FloatArray
    train_error: FloatArray
    degrees_of_freedom: FloatArray
    gcv: FloatArray


def kernel_ridge_path(K: ArrayLike, Y: ArrayLike, ridges: ArrayLike) -> KernelPath:
    r"""Fit kernel ridge regression for many ridges from one decomposition.

    With :math:`K = \sum_j \lambda_j u_j u_j^\top`,

    .. math::

        \alpha(\lambda) = \sum_j \frac{u_j^\top y}{\lambda_j + \lambda}\, u_j,
        \qquad
        E_{\mathrm{train}} = \frac1n \sum_j \Bigl(
            \frac{\lambda}{\lambda_j + \lambda}\, u_j^\top y\Bigr)^2, \qquad
        \mathrm{df} = \sum_j \frac{\lambda_j}{\lambda_j + \lambda},

    and generalized cross-validation estimates the test error by
    :math:`E_{\mathrm{train}}/(1 - \mathrm{df}/n)^2`, from training data alone.

    Parameters
    ----------
    K : array_like, shape (n, n)
        The kernel matrix of the training points.
    Y : array_like, shape (n,) or (n, k)
        Targets.
    ridges : array_like, shape (r,)
        Numbers :math:`\lambda \ge 0` to add to the diagonal, in any order.

    Returns
    -------
    KernelPath
        Dual weights, training errors, degrees of freedom and estimates of the
        test error.

    Raises
    ------
    ValueError
        If ``K`` is not symmetric and positive semidefinite up to rounding, the
        shapes do not fit, an entry is not finite, an array is empty or a ridge
        is negative.

    See Also
    --------
    kernel_ridge : one ridge, with predictions.

    References
    ----------
    .. [1] G. H. Golub, M. Heath and G. Wahba, "Generalized cross-validation as
       a method for choosing a good ridge parameter", Technometrics 21 (1979).

    Examples
    --------
    >>> import numpy as np
    >>> path = kernel_ridge_path(np.diag([4.0, 1.0]), [1.0, 1.0], [0.0, 1.0])
    >>> path.degrees_of_freedom
    array([2. , 1.3])
    >>> path.train_error
    array([0.   , 0.145])
    """
    matrix = as_gram("K", K)
    n = matrix.shape[0]
    targets = as_targets("Y", Y, rows=n)
    levels = as_vector("ridges", ridges)
    if levels.min() < 0:
        raise ValueError(f"ridges must be non-negative; got {levels.min()!r} in them.")
    values, vectors = spectrum("K", matrix)
    return path_from(values, vectors, targets, levels)


def as_gram(name: str, value: ArrayLike, *, rows: int | None = None) -> FloatArray:
    """Return a finite square matrix that is symmetric up to rounding."""
    matrix = as_matrix(name, value)
    n = matrix.shape[0] if rows is None else rows
    if matrix.shape != (n, n):
        raise ValueError(f"{name} must be of shape {(n, n)}; got {matrix.shape}.")
    gap = float(np.abs(matrix - matrix.T).max())
    if gap > 1e-8 * np.abs(matrix).max():
        raise ValueError(f"{name} must be symmetric; got entries that differ by {gap}.")
    return matrix


def spectrum(name: str, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return eigenvalues and vectors; what is zero up to rounding is exactly 0."""
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < -1e3 * rounding(values):
        raise ValueError(
            f"{name} must be positive semidefinite; got an eigenvalue {values[0]:.6g}."
        )
    return np.where(values <= rounding(values), 0.0, values), vectors


def path_from(
    values: FloatArray, vectors: FloatArray, targets: FloatArray, levels: FloatArray
) -> KernelPath:
    """Return the path, given the kernel matrix's decomposition."""
    n, zero = values.shape[0], values == 0.0
    projected = (vectors.T @ targets).reshape(n, -1)  # (n, k)
    shifted = values + levels[:, None]  # (r, n)
    inverse = np.divide(1.0, shifted, out=np.zeros_like(shifted), where=shifted > 0)
    dual = np.einsum("ij,rj,jk->rik", vectors, inverse, projected, optimize=True)
    # The share of each mode that is not fitted, without cancellation.
    missed = np.where(zero, 1.0, levels[:, None] * inverse)
    residual = np.einsum("rj,jk->rk", missed**2, projected**2)
    # E_train / (1 - df/n)^2 is 0/0 where everything is fitted.  What is missed
    # is proportional to the inverse, and the factor cancels in the ratio.
    weight = np.where((levels == 0)[:, None] & zero.any(), missed, inverse)
    top = np.einsum("rj,jk->rk", weight**2, projected**2)
    bottom = weight.sum(axis=1)[:, None]
    shape = (levels.size, *targets.shape[1:])
    return KernelPath(
        ridges=levels,
        dual=dual.reshape(levels.size, *targets.shape),
        train_error=(residual / n).reshape(shape),
        degrees_of_freedom=(values * inverse).sum(axis=1),
        gcv=(n * top / bottom**2).reshape(shape),
    )
