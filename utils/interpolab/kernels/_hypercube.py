"""Eigenvalues of a kernel on the corners of a cube."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_integer
from interpolab.kernels._arguments import evaluate


def _krawtchouk_columns(d: int) -> list[list[int]]:
    """Return K_j(k), coefficient of s^j in (1 - s)^k (1 + s)^(d - k), as [k][j]."""
    column = [math.comb(d, j) for j in range(d + 1)]
    columns = [column]
    for _ in range(d):
        # Times (1 - s) and divided by (1 + s), one coefficient after the other.
        following = [1]
        for j in range(1, d + 1):
            following.append(column[j] - column[j - 1] - following[j - 1])
        column = following
        columns.append(column)
    return columns


def hypercube_eigenvalues(f: Callable[[FloatArray], ArrayLike], d: int) -> FloatArray:
    r"""Compute the eigenvalues of a kernel on the corners of a cube.

    .. math::

        \mathbb E_z\, f\Bigl(\frac{\langle x, z\rangle}{d}\Bigr)
        \prod_{i\in S} z_i = \lambda_{|S|} \prod_{i\in S} x_i, \qquad
        \lambda_k = 2^{-d} \sum_{j=0}^{d} K_j(k)\,
        f\Bigl(1 - \frac{2j}{d}\Bigr),

    for :math:`x` and a uniform :math:`z` in :math:`\{-1, 1\}^d`.  The
    eigenfunctions are the monomials, :math:`\binom dk` of degree :math:`k`.  The
    Krawtchouk polynomial :math:`K_j(k)` is the sum of one of them over the
    corners with :math:`j` negative signs.

    Parameters
    ----------
    f : callable
        Takes an array of cosines in [-1, 1], returns an array of that shape.
    d : int
        Number of coordinates, from 1 to 1,000.

    Returns
    -------
    ndarray, shape (d + 1,)
        :math:`\lambda_0, \dots, \lambda_d`;
        :math:`\sum_k \binom dk \lambda_k = f(1)`.

    Raises
    ------
    ValueError
        If ``f`` is not such a function, its values are not finite or ``d`` is
        not an integer from 1 to 1,000.

    See Also
    --------
    gegenbauer_coefficients : the same on the sphere.

    Notes
    -----
    The Krawtchouk numbers are exact integers and the sum is rounded once, so
    the absolute error is that of the values of ``f``.

    References
    ----------
    .. [1] R. O'Donnell, "Analysis of Boolean Functions", Cambridge University
       Press, 2014.

    Examples
    --------
    In two dimensions :math:`(\langle x, z\rangle/2)^2 = (1 + x_1x_2z_1z_2)/2`:

    >>> hypercube_eigenvalues(lambda u: u**2, 2)
    array([0.5, 0. , 0.5])
    """
    dimension = as_integer("d", d, low=1, high=1000)
    values = evaluate(f, 1.0 - 2.0 * np.arange(dimension + 1) / dimension)
    total = 2**dimension
    return np.array(
        [
            math.fsum(
                # An integer over a power of two is rounded once, however large.
                number / total * value
                for number, value in zip(column, values, strict=True)
            )
            for column in _krawtchouk_columns(dimension)
        ]
    )
