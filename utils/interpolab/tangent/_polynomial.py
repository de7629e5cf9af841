"""Polynomial kernels on the sphere, and the ridge that they inherit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import (
    FloatArray,
    as_matrix,
    as_number,
    as_targets,
    as_vector,
)
from interpolab.kernels import gegenbauer
from interpolab.tangent._kernel_ridge import KernelFit
from interpolab.tangent._solve import solve_psd


def polynomial_kernel(
    X: ArrayLike, Z: ArrayLike, coefficients: ArrayLike
) -> FloatArray:
    r"""Evaluate a polynomial kernel on the sphere of radius :math:`\sqrt d`.

    .. math::

        K_{\le\ell}(x, z) = \sum_{k=0}^{\ell} \gamma_k\,
            Q_k\Bigl(\frac{\langle x, z\rangle}{d}\Bigr), \qquad Q_k(1) = 1,

    with :math:`Q_k` the Gegenbauer polynomial of degree :math:`k` in dimension
    :math:`d`.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points with rows of norm :math:`\sqrt d`, :math:`d \ge 2`.
    Z : array_like, shape (n_Z, d)
        Points, likewise.
    coefficients : array_like, shape (degree + 1,)
        The :math:`\gamma_k \ge 0`, degree 0 first;
        :func:`interpolab.kernels.gegenbauer_coefficients` computes them.

    Returns
    -------
    ndarray, shape (n, n_Z)
        The kernel matrix.

    Raises
    ------
    ValueError
        If a row is not on the sphere, a coefficient is negative, the shapes do
        not fit, an entry is not finite or an array is empty.

    See Also
    --------
    polynomial_ridge : regression with this kernel.

    References
    ----------
    .. [1] K. Atkinson and W. Han, "Spherical Harmonics and Approximations on
       the Unit Sphere", Springer, 2012, chapter 2.

    Examples
    --------
    In two dimensions :math:`Q_k` is the cosine of :math:`k` times the angle.

    >>> import numpy as np
    >>> angle = np.array([0.3, 1.1])
    >>> points = np.sqrt(2) * np.column_stack([np.cos(angle), np.sin(angle)])
    >>> K = polynomial_kernel(points, points, [0.0, 0.0, 1.0])
    >>> bool(np.isclose(K[0, 1], np.cos(2 * 0.8)))
    True
    """
    left = as_sphere("X", X)
    right = as_sphere("Z", Z, columns=left.shape[1])
    return _evaluate(left, right, as_nonnegative("coefficients", coefficients))


def polynomial_ridge(
    X: ArrayLike, Y: ArrayLike, coefficients: ArrayLike, *, ridge: float
) -> KernelFit:
    r"""Fit polynomial ridge regression on the sphere.

    .. math::

        \hat f(z) = \sum_i \alpha_i\, K_{\le\ell}(z, x_i), \qquad
        \alpha = (K_{\le\ell} + \lambda I)^{-1} y, \qquad
        K_{\le\ell} = \sum_{k=0}^{\ell} \gamma_k\, Q_k ,

    with :math:`Q_k` the Gegenbauer polynomials in :math:`\langle x, z\rangle/d`.
    For :math:`n` between :math:`d^\ell` and :math:`d^{\ell+1}` this stands in
    for ridge regression with the full kernel :math:`\sum_{k\ge0}\gamma_k Q_k`
    and ridge :math:`\lambda_0`, if

    .. math::

        \lambda = \lambda_0 + \gamma_{>\ell}, \qquad
        \gamma_{>\ell} = \sum_{k>\ell} \gamma_k = K(x, x) - \sum_{k\le\ell}\gamma_k:

    the degrees that cannot be learned act as a multiple of the identity, the
    *self-induced* ridge.  An interpolating kernel machine is thus a
    regularized polynomial.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training points with rows of norm :math:`\sqrt d`.
    Y : array_like, shape (n,) or (n, k)
        Targets.
    coefficients : array_like, shape (degree + 1,)
        The :math:`\gamma_k \ge 0`, degree 0 first.
    ridge : float
        :math:`\lambda \ge 0`, in the units of the kernel, self-induced part
        included: the number added to the diagonal.

    Returns
    -------
    KernelFit
        With ``dual`` :math:`\alpha` and ``predict(Z)``.

    Raises
    ------
    ValueError
        If a row is not on the sphere, a coefficient or the ridge is negative,
        the shapes do not fit, an entry is not finite or an array is empty.

    See Also
    --------
    kernel_ridge : any kernel, without a truncation.

    References
    ----------
    .. [1] A. Montanari and Y. Zhong, "The interpolation phase transition in
       neural networks: memorization and generalization under lazy training",
       Annals of Statistics 50 (2022).

    Examples
    --------
    A kernel of degree 1 and a linear target, shrunk by the ridge.

    >>> import numpy as np
    >>> X = np.sqrt(2) * np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> fit = polynomial_ridge(X, X[:, 0], [0.0, 0.5], ridge=0.25)
    >>> (fit.predict(X) / X[0, 0]).round(3)
    array([0.667, 0.   ])
    """
    points = as_sphere("X", X)
    targets = as_targets("Y", Y, rows=points.shape[0])
    gamma = as_nonnegative("coefficients", coefficients)
    level = as_number("ridge", ridge, low=0.0)
    dual = solve_psd(_evaluate(points, points, gamma), targets, level)

    def kernel(Z: FloatArray, X: FloatArray) -> FloatArray:
        return polynomial_kernel(Z, X, gamma)

    return KernelFit(kernel, points, dual, level)


def as_sphere(name: str, value: ArrayLike, *, columns: int | None = None) -> FloatArray:
    """Return a matrix whose rows have norm sqrt(d), d >= 2."""
    points = as_matrix(name, value, columns=columns)
    d = points.shape[1]
    if d < 2:
        raise ValueError(f"{name} must have at least 2 columns; got shape {(d,)}.")
    ratio = np.linalg.norm(points, axis=1) / np.sqrt(d)
    worst = int(np.argmax(np.abs(ratio - 1.0)))
    if abs(ratio[worst] - 1.0) > 1e-6:
        raise ValueError(
            f"{name} must have rows of norm sqrt({d}) = {np.sqrt(d):.6g}; "
            f"got norm {ratio[worst] * np.sqrt(d):.6g} in row {worst}."
        )
    return points


def as_nonnegative(
    name: str, value: ArrayLike, *, weights: FloatArray | float = 1.0
) -> FloatArray:
    """Return a vector that is not negative, but for what quadrature rounds."""
    vector = as_vector(name, value)
    parts = vector * weights
    if parts.min() < -1e-12 * np.abs(parts).sum():
        raise ValueError(
            f"{name} must be non-negative; got {float(vector.min()):.6g} among them."
        )
    return np.maximum(vector, 0.0)


def _evaluate(X: FloatArray, Z: FloatArray, gamma: FloatArray) -> FloatArray:
    left, right = (P / np.linalg.norm(P, axis=1)[:, None] for P in (X, Z))
    values = gegenbauer(left @ right.T, X.shape[1], gamma.size - 1)
    return np.tensordot(gamma, values, axes=1)
