"""What a spectrum looks like: its limit law, its lower edge, its effective ranks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_vector
from interpolab.asymptotics._arguments import (
    as_integers,
    as_numbers,
    broadcast,
    unwrap,
)


def marchenko_pastur_density(x: ArrayLike, aspect: ArrayLike) -> float | FloatArray:
    r"""Evaluate the Marchenko-Pastur density of sample covariance eigenvalues.

    .. math::

        \rho_\gamma(x) = \frac{\sqrt{(b - x)(x - a)}}{2\pi\gamma\, x},
        \quad a \le x \le b,
        \qquad a = (1 - \sqrt\gamma)^2, \quad b = (1 + \sqrt\gamma)^2,

    is the limit law of the eigenvalues of :math:`X^\top X / n` when ``X`` has
    :math:`n` rows and :math:`p = \gamma n` columns of independent entries with
    mean 0 and variance 1, and :math:`n \to \infty`.  For :math:`\gamma > 1`
    the law has an atom of mass :math:`1 - 1/\gamma` at 0 besides, which no
    density shows: the density alone has mass :math:`1/\gamma`.

    Parameters
    ----------
    x : array_like
        Where to evaluate; the density is 0 outside :math:`[a, b]`.  With
        ``aspect = 1`` it diverges like :math:`x^{-1/2}` and is ``inf`` at 0.
    aspect : array_like
        :math:`\gamma = p/n > 0`.  ``x`` and ``aspect`` broadcast.

    Returns
    -------
    float or ndarray
        The density, per unit of ``x``.

    Raises
    ------
    ValueError
        If ``aspect`` is not positive, an entry is not finite, an array is empty
        or the shapes do not broadcast.

    References
    ----------
    .. [1] V. A. Marchenko and L. A. Pastur, "Distribution of eigenvalues for
       some sets of random matrices", Math. USSR-Sbornik 1 (1967), 457-483.

    Examples
    --------
    Half as many features as samples: the population eigenvalue is 1, the
    sample eigenvalues spread from 0.09 to 2.91.

    >>> marchenko_pastur_density([0.05, 0.1, 1.0, 2.9, 3.0], 0.5).round(3)
    array([0.   , 0.637, 0.421, 0.022, 0.   ])
    """
    at = as_numbers("x", x)
    gamma = as_numbers("aspect", aspect, low=0.0, closed="neither")
    at, gamma = broadcast(x=at, aspect=gamma)
    root = np.sqrt(gamma)
    # (1 - gamma)/(1 + root) keeps the digits of 1 - root when gamma is near 1.
    lower, upper = ((1.0 - gamma) / (1.0 + root)) ** 2, (1.0 + root) ** 2
    inside = (at > lower) & (at < upper)
    safe = np.where(inside, at, 1.0)
    with np.errstate(over="ignore"):  # far outside, where the density is 0
        square = (upper - at) * (at - lower)
    height = np.sqrt(np.where(inside, square, 0.0))
    density = height / (2.0 * np.pi * gamma * safe)
    return unwrap(np.where((at == 0.0) & (lower == 0.0), np.inf, density))


def smallest_singular_value_cdf(t: ArrayLike) -> float | FloatArray:
    r"""Evaluate Edelman's limit law of the smallest singular value.

    .. math::

        \lim_{n \to \infty} \Pr\bigl[\sqrt n\,\sigma_{\min}(G) \le t\bigr]
        = 1 - e^{-t^2/2 - t}, \qquad t \ge 0,

    where ``G`` is an :math:`n \times n` matrix of independent standard normal
    entries.  The law has density 1 at 0, so :math:`\sigma_{\min}^{-2}`, and
    with it the error at the interpolation threshold, has no finite mean.

    Parameters
    ----------
    t : array_like
        Values of :math:`\sqrt n\,\sigma_{\min}`; the law is 0 for negative ones.

    Returns
    -------
    float or ndarray
        Probabilities.

    Raises
    ------
    ValueError
        If an entry is not finite or ``t`` is empty.

    References
    ----------
    .. [1] A. Edelman, "Eigenvalues and condition numbers of random matrices",
       SIAM J. Matrix Anal. Appl. 9 (1988), 543-560.

    Examples
    --------
    The median is :math:`\sqrt{1 + 2\log 2} - 1`.

    >>> import numpy as np
    >>> smallest_singular_value_cdf(np.sqrt(1 + 2 * np.log(2)) - 1)
    0.5
    """
    at = np.maximum(as_numbers("t", t), 0.0)
    with np.errstate(over="ignore"):  # exp(-inf) = 0 is the right limit
        return unwrap(np.asarray(-np.expm1(-at * (0.5 * at + 1.0))))


class EffectiveRanks(NamedTuple):
    """The two effective ranks of a spectrum beyond its first k eigenvalues.

    Attributes
    ----------
    r : float or ndarray
        Tail sum over its largest term.
    R : float or ndarray
        Squared tail sum over the sum of squares.
    """

    r: float | FloatArray
    R: float | FloatArray


def effective_ranks(spectrum: ArrayLike, k: ArrayLike) -> EffectiveRanks:
    r"""Compute the two effective ranks of benign overfitting.

    .. math::

        r_k = \frac{\sum_{i > k} \lambda_i}{\lambda_{k+1}}, \qquad
        R_k = \frac{\bigl(\sum_{i > k} \lambda_i\bigr)^2}
                   {\sum_{i > k} \lambda_i^2},

    where :math:`\lambda_1 \ge \lambda_2 \ge \dots \ge \lambda_d \ge 0`.  The
    noise that an interpolant absorbs is harmless when few eigenvalues lie
    before, and many effective directions lie in, the tail: with
    :math:`k^* = \min\{k : r_k \ge bn\}`, when :math:`k^*/n + n/R_{k^*}` is
    small.  Always :math:`1 \le r_k \le R_k \le r_k^2`.

    Parameters
    ----------
    spectrum : array_like, shape (d,)
        Eigenvalues of the covariance, in any order; they are sorted.
    k : int or array_like of int
        How many leading eigenvalues to leave out, from 0 to one less than the
        number of positive eigenvalues.  The cost is ``d`` for each entry.

    Returns
    -------
    EffectiveRanks
        The pair ``(r, R)``, of pure numbers, each of the shape of ``k``.

    Raises
    ------
    ValueError
        If an eigenvalue is negative or not finite, ``spectrum`` is not a
        non-empty vector, or ``k`` is not an integer in its range.

    References
    ----------
    .. [1] P. L. Bartlett, P. M. Long, G. Lugosi and A. Tsigler, "Benign
       overfitting in linear regression", PNAS 117 (2020), 30063-30070.

    Examples
    --------
    >>> import numpy as np
    >>> effective_ranks(np.ones(50), 10)
    EffectiveRanks(r=40.0, R=40.0)
    >>> r, R = effective_ranks([8.0, 1.0, 1.0], [0, 1])
    >>> r, R
    (array([1.25, 2.  ]), array([1.515, 2.   ]))
    """
    ordered = eigenvalues("spectrum", spectrum)
    rank = int(np.count_nonzero(ordered))
    if rank == 0:
        raise ValueError("spectrum must have a positive eigenvalue; got zeros only.")
    skip = as_integers("k", k, low=0, high=rank - 1)
    r, R = np.empty(skip.shape), np.empty(skip.shape)
    for place, first in np.ndenumerate(skip):
        # In units of its largest term the tail's squares cannot underflow as
        # a whole, however small the eigenvalues.
        tail = ordered[first:rank] / ordered[first]
        r[place] = tail.sum()
        R[place] = r[place] ** 2 / np.dot(tail, tail)
    return EffectiveRanks(unwrap(r), unwrap(R))


def eigenvalues(name: str, spectrum: ArrayLike) -> FloatArray:
    """Return non-negative eigenvalues in falling order.

    Examples
    --------
    >>> eigenvalues("spectrum", [1.0, 3.0, 0.0])
    array([3., 1., 0.])
    """
    values = as_vector(name, spectrum)
    if (values < 0.0).any():
        raise ValueError(
            f"{name} must be non-negative; got {values.min():g} (clip what is "
            "negative by rounding)."
        )
    return np.sort(values)[::-1]
