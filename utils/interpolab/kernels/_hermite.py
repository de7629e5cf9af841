"""Normalized Hermite polynomials and the coefficients of a function in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_array, as_integer
from interpolab.kernels._arguments import evaluate
from interpolab.kernels._quadrature import integrate

# Beyond, the normal density is below the smallest float.
_REACH = 38.0
# The share of the norm that f times the root of the density may have out there.
_TAIL = 1e-10


def _ladder(x: FloatArray, start: FloatArray, degree: int) -> FloatArray:
    """Return start times h_0(x), ..., h_degree(x), by the stable recurrence."""
    rungs = np.empty((degree + 1, *x.shape))
    rungs[0] = start
    for k in range(degree):
        rungs[k + 1] = x * rungs[k]
        if k:
            rungs[k + 1] -= np.sqrt(k) * rungs[k - 1]
        rungs[k + 1] /= np.sqrt(k + 1)
    return rungs


def hermite(x: ArrayLike, degree: int) -> FloatArray:
    r"""Evaluate the normalized Hermite polynomials up to a degree.

    .. math::

        h_k(x) = \frac{1}{\sqrt{k!}}\, \mathrm{He}_k(x), \qquad
        \mathbb E\, h_j(G)\, h_k(G) = \delta_{jk}, \qquad G\sim N(0, 1),

    with :math:`\mathrm{He}_k` the monic polynomials 1, :math:`x`,
    :math:`x^2 - 1`, and so on.

    Parameters
    ----------
    x : array_like
        Points, of any shape up to three axes.
    degree : int
        The largest degree :math:`k`, at least 0.

    Returns
    -------
    ndarray, shape (degree + 1, ...)
        :math:`h_k(x)` at index :math:`k`.

    Raises
    ------
    ValueError
        If ``x`` is empty or not finite, or ``degree`` is not an integer of at
        least 0.

    See Also
    --------
    hermite_coefficients : expand a function in them.
    gegenbauer : the same for the sphere.

    References
    ----------
    .. [1] R. O'Donnell, "Analysis of Boolean Functions", Cambridge University
       Press, 2014, chapter 11.

    Examples
    --------
    >>> hermite([0.0, 1.0], 2)
    array([[ 1. , 1. ],
           [ 0. , 1. ],
           [-0.70710678, 0. ]])
    """
    points = as_array("x", x, ndim=(0, 1, 2, 3))
    top = as_integer("degree", degree, low=0)
    return _ladder(points, np.ones_like(points), top)


def hermite_coefficients(
    f: Callable[[FloatArray], ArrayLike], degree: int
) -> FloatArray:
    r"""Expand a function of a standard normal variable in Hermite polynomials.

    .. math::

        \mu_k = \mathbb E\, f(G)\, h_k(G), \qquad
        f = \sum_{k\ge 0} \mu_k\, h_k, \qquad
        \sum_{k\ge 0} \mu_k^2 = \mathbb E\, f(G)^2, \qquad G\sim N(0, 1),

    with :math:`h_k` the normalized Hermite polynomials.  Two neurons
    :math:`f(\langle w, x\rangle)`, :math:`f(\langle w, z\rangle)` with a
    Gaussian weight and unit inputs of cosine :math:`u` have the average product
    :math:`\sum_k \mu_k^2 u^k`.

    Parameters
    ----------
    f : callable
        Takes an array of real numbers, returns an array of that shape.
        Piecewise smooth, square integrable.
    degree : int
        The largest degree :math:`k`, at least 0.

    Returns
    -------
    ndarray, shape (degree + 1,)
        :math:`\mu_0, \dots, \mu_{\text{degree}}`.

    Raises
    ------
    ValueError
        If ``f`` is not such a function, its values are not finite, or
        ``degree`` is not an integer of at least 0.

    See Also
    --------
    gegenbauer_coefficients : the same on a sphere of finite dimension.

    Notes
    -----
    Gauss-Hermite quadrature converges slowly at a kink: with 200 nodes the
    coefficients of the step and of the ReLU are wrong by 1e-3.  Here panels of
    20 Gauss-Legendre nodes cover [-38, 38], where the density is above zero in
    floating point, with an edge at 0; a panel that disagrees with its halves is
    bisected.  The absolute error is about 1e-15 of
    :math:`\sqrt{\mathbb E f(G)^2}`, with kinks and jumps anywhere.  Small
    coefficients of smooth functions are known to that absolute, not relative,
    error.

    References
    ----------
    .. [1] R. O'Donnell, "Analysis of Boolean Functions", Cambridge University
       Press, 2014, chapter 11.

    Examples
    --------
    >>> import numpy as np
    >>> relu = hermite_coefficients(lambda x: np.maximum(x, 0.0), 2)
    >>> relu**2 * 2 * np.pi
    array([1. , 1.57079633, 0.5 ])
    """
    top = as_integer("degree", degree, low=0)

    def weighted(x: FloatArray) -> FloatArray:
        # The root of the density goes with each factor: neither overflows.
        root = np.exp(-0.25 * x**2) / (2.0 * np.pi) ** 0.25
        g = evaluate(f, x) * root
        return np.vstack([g**2, g * _ladder(x, root, top)])

    edges = np.linspace(-_REACH, _REACH, int(2 * _REACH) + 1)
    integrals = integrate(weighted, edges)
    tail = np.sqrt(weighted(edges[[0, -1]])[0].max())
    if tail > _TAIL * np.sqrt(integrals[0]):
        raise ValueError(
            "f must be square integrable under the normal density and decay with "
            f"it within |x| < {_REACH:g}; got {tail:.1e} for |f| times the root of "
            "the density there."
        )
    return integrals[1:]
