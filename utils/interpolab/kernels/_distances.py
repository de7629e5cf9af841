"""Kernels that are functions of the distance: the Gaussian and the Laplace kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from interpolab._validation import FloatArray, as_matrix, as_number


def _scaled_distances(
    X: ArrayLike, Z: ArrayLike, scale: float, *, metric: str
) -> FloatArray:
    """Return the distances |x - z| / scale, or their squares, as (n_X, n_Z).

    The differences are formed before they are squared: the expansion
    |x|^2 - 2 x.z + |z|^2 cancels, and then neither is the diagonal zero nor the
    matrix symmetric.
    """
    left = as_matrix("X", X)
    right = as_matrix("Z", Z, columns=left.shape[1])
    width = as_number("scale", scale, low=0.0, closed="right")
    # A power of two near the scale as the unit of length: squares then neither
    # overflow nor vanish where it matters, and dividing by it rounds nothing.
    # The second bound keeps the coordinates themselves finite.
    largest = max(np.abs(left).max(), np.abs(right).max())
    exponent = max(np.frexp(width)[1], np.frexp(largest)[1] - 1000)
    left, right = np.ldexp(left, -exponent), np.ldexp(right, -exponent)
    distances = cdist(left, right, metric)
    ratio = max(float(np.ldexp(width, -exponent)), np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):  # infinitely far apart: the kernel is zero
        if metric == "sqeuclidean":
            return distances / ratio / ratio
        return distances / ratio


def gaussian(X: ArrayLike, Z: ArrayLike, scale: float) -> FloatArray:
    r"""Evaluate the Gaussian kernel between the rows of two matrices.

    .. math::

        K(x, z) = \exp\Bigl(-\frac{\lVert x - z\rVert^2}{2 s^2}\Bigr)
        = \mathbb E_{v\sim N(0,\, s^{-2} I)}\, e^{i\langle v,\, x - z\rangle},

    with :math:`s` the scale and :math:`\lVert\cdot\rVert` the Euclidean norm.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row.
    Z : array_like, shape (m, d)
        Points :math:`z`.
    scale : float
        The length :math:`s > 0`, in the units of ``X``.

    Returns
    -------
    ndarray, shape (n, m)
        The values, in [0, 1].  For ``Z`` equal to ``X`` the matrix is exactly
        symmetric and its diagonal is exactly 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or
        the scale is not positive.

    See Also
    --------
    laplace : a kernel whose matrix stays well conditioned.
    interpolab.features.FourierFeatures : features whose inner products
        approximate this kernel.

    References
    ----------
    .. [1] A. Rahimi and B. Recht, "Random features for large-scale kernel
       machines", NIPS 2007.

    Examples
    --------
    >>> gaussian([[0.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]], scale=1.0)
    array([[1. , 0.36787944]])
    """
    squares = _scaled_distances(X, Z, scale, metric="sqeuclidean")
    return np.exp(-0.5 * squares)


def laplace(X: ArrayLike, Z: ArrayLike, scale: float) -> FloatArray:
    r"""Evaluate the Laplace kernel between the rows of two matrices.

    .. math::

        K(x, z) = \exp\Bigl(-\frac{\lVert x - z\rVert}{s}\Bigr),

    with :math:`s` the scale and :math:`\lVert\cdot\rVert` the Euclidean norm.
    The kink at :math:`x = z` makes its matrices well conditioned where the
    Gaussian's are singular in floating point.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row.
    Z : array_like, shape (m, d)
        Points :math:`z`.
    scale : float
        The length :math:`s > 0`, in the units of ``X``.

    Returns
    -------
    ndarray, shape (n, m)
        The values, in [0, 1].  For ``Z`` equal to ``X`` the matrix is exactly
        symmetric and its diagonal is exactly 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or
        the scale is not positive.

    See Also
    --------
    gaussian : the smooth kernel.

    References
    ----------
    .. [1] M. Belkin, S. Ma and S. Mandal, "To understand deep learning we need
       to understand kernel learning", ICML 2018.

    Examples
    --------
    >>> laplace([[0.0, 0.0]], [[0.0, 0.0], [3.0, 4.0]], scale=5.0)
    array([[1. , 0.36787944]])
    """
    return np.exp(-_scaled_distances(X, Z, scale, metric="euclidean"))
