"""Least squares on a random subset of the features: errors for every subset size."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray
from interpolab.asymptotics._arguments import (
    as_integers,
    as_numbers,
    broadcast,
    unwrap,
)


def gaussian_features_risk(
    p: ArrayLike,
    n: ArrayLike,
    d: ArrayLike,
    *,
    signal: ArrayLike,
    noise: ArrayLike,
) -> float | FloatArray:
    r"""Compute the expected test error of a regression on p of d Gaussian features.

    .. math::

        p \le n - 2:&\quad \Bigl(s\,\frac{d - p}{d} + \sigma^2\Bigr)
            \Bigl(1 + \frac{p}{n - p - 1}\Bigr), \\
        p \ge n + 2:&\quad s\,\frac{p}{d}\Bigl(1 - \frac np\Bigr)
            + \Bigl(s\,\frac{d - p}{d} + \sigma^2\Bigr)
            \Bigl(1 + \frac{n}{p - n - 1}\Bigr),

    is exact for every finite size.  The ``d`` features are independent standard
    normal, :math:`y = \langle\beta, x\rangle + \varepsilon`, the minimum-norm
    least-squares solution sees ``p`` of the features, chosen uniformly at
    random, and :math:`s = \|\beta\|^2`.  The features that are not seen act as
    more noise.  For :math:`n - 1 \le p \le n + 1` the expectation is infinite
    (``inf``), except where nothing is fitted (``p = 0``) or nothing is noise
    (``p = d`` and ``noise = 0``).

    For a *fixed* subset :math:`T` the same formula holds with
    :math:`\|\beta_T\|^2` in place of :math:`sp/d` and
    :math:`\|\beta_{T^c}\|^2` in place of :math:`s(d - p)/d`: pass ``d = p``,
    ``signal`` :math:`= \|\beta_T\|^2` and ``noise``
    :math:`= \|\beta_{T^c}\|^2 + \sigma^2`.

    Parameters
    ----------
    p : int or array_like of int
        Number of features used, from 0 to ``d``.
    n : int or array_like of int
        Number of samples, at least 1.
    d : int or array_like of int
        Number of features there are, at least 1.
    signal : array_like
        :math:`s = \|\beta\|^2 \ge 0`.
    noise : array_like
        :math:`\sigma^2 \ge 0`, variance of :math:`\varepsilon`.  All arguments
        broadcast.

    Returns
    -------
    float or ndarray
        Expected squared error on new data, noise included.

    Raises
    ------
    ValueError
        If ``p``, ``n`` or ``d`` is not an integer in its range, ``signal`` or
        ``noise`` is negative or not finite, an array is empty or the shapes do
        not broadcast.

    References
    ----------
    .. [1] M. Belkin, D. Hsu and J. Xu, "Two models of double descent for weak
       features", SIAM J. Math. Data Sci. 2 (2020), 1167-1180.

    Examples
    --------
    >>> p = [0, 20, 40, 100]
    >>> gaussian_features_risk(p, 40, 100, signal=1.0, noise=0.04).round(3)
    array([1.04 , 1.724,   inf, 0.667])
    """
    used, samples, total = _sizes(p, n, d)
    used, samples, total, s, sigma2 = broadcast(
        p=used,
        n=samples,
        d=total,
        signal=as_numbers("signal", signal, low=0.0),
        noise=as_numbers("noise", noise, low=0.0),
    )
    unseen = s * (total - used) / total + sigma2
    missed = s * np.maximum(used - samples, 0.0) / total
    # 1 + p/(n - p - 1) and 1 + n/(p - n - 1) on one denominator.
    inflation = np.where(used < samples, samples - 1.0, used - 1.0) / np.maximum(
        np.abs(samples - used) - 1.0, 1.0
    )
    inflation = np.where(np.abs(samples - used) <= 1.0, np.inf, inflation)
    inflation = np.where(used == 0.0, 1.0, inflation)
    with np.errstate(invalid="ignore"):
        variance = np.where(unseen > 0.0, unseen * inflation, 0.0)
    return unwrap(missed + variance)


def fourier_features_risk(
    p: ArrayLike, n: ArrayLike, d: ArrayLike
) -> float | FloatArray:
    r"""Compute the limit error of a noise-free fit of p of d Fourier features.

    .. math::

        p < n:&\quad 1 - \rho_p + \frac{\rho_p(1 - \rho_n)}{\rho_n - \rho_p}, \\
        p > n:&\quad 1 - \rho_n\Bigl(2 - \frac{1 - \rho_n}{\rho_p - \rho_n}\Bigr),

    with :math:`\rho_n = n/d` and :math:`\rho_p = p/d`, as all three sizes grow
    together.  The features are ``p`` columns of the :math:`d \times d` unitary
    discrete Fourier matrix and the samples ``n`` of its rows, both chosen
    uniformly at random; the target is :math:`y = \langle\beta, x\rangle`
    without noise, :math:`\mathbb E\beta\beta^* = I/d`, and the minimum-norm
    least-squares solution is taken.  At ``p = n`` the error is infinite
    (``inf``), unless every sample is seen (``n = d``), when it is 0.

    Parameters
    ----------
    p : int or array_like of int
        Number of features used, from 0 to ``d``.
    n : int or array_like of int
        Number of samples, from 1 to ``d``.
    d : int or array_like of int
        Size of the Fourier matrix, at least 1.  The arguments broadcast.

    Returns
    -------
    float or ndarray
        Expected :math:`\|\hat\beta - \beta\|^2`, with
        :math:`\mathbb E\|\beta\|^2 = 1`: the answer 0 has error 1.

    Raises
    ------
    ValueError
        If ``p``, ``n`` or ``d`` is not an integer in its range, an array is
        empty or the shapes do not broadcast.

    References
    ----------
    .. [1] M. Belkin, D. Hsu and J. Xu, "Two models of double descent for weak
       features", SIAM J. Math. Data Sci. 2 (2020), 1167-1180.

    Examples
    --------
    Using all features leaves out the directions no sample has shown.

    >>> fourier_features_risk([0, 64, 80, 128, 256], 80, 256).round(3)
    array([1.   , 3.5  ,   inf, 1.521, 0.688])
    """
    used, samples, total = broadcast(**dict(zip("pnd", _sizes(p, n, d), strict=True)))
    beyond = samples > total
    if beyond.any():
        raise ValueError(
            f"n must be at most d; got n = {samples[beyond].flat[0]:g} with "
            f"d = {total[beyond].flat[0]:g}."
        )
    unseen = total - samples
    gap = np.where(used == samples, 1.0, np.abs(used - samples))
    # Counts, not shares: 1 - 2 n/d + ... cancels less when nothing is divided.
    below = (total - used) + used * unseen / gap
    above = total - samples * (2.0 - unseen / gap)
    error = np.where(used < samples, below, above) / total
    peak = np.where(unseen == 0.0, 0.0, np.inf)
    return unwrap(np.where(used == samples, peak, error))


def _sizes(p: ArrayLike, n: ArrayLike, d: ArrayLike) -> tuple[np.ndarray, ...]:
    """Return the three checked sizes, with p at most d."""
    total = as_integers("d", d, low=1)
    samples = as_integers("n", n, low=1)
    used = as_integers("p", p, low=0)
    pair = broadcast(p=used, n=samples, d=total)
    beyond = pair[0] > pair[2]
    if beyond.any():
        raise ValueError(
            f"p must be at most d; got p = {pair[0][beyond].flat[0]:g} with "
            f"d = {pair[2][beyond].flat[0]:g}."
        )
    return used, samples, total
