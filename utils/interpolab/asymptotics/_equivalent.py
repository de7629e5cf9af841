r"""Ridge regression with any covariance: the effective ridge and what follows from it.

A random sample covariance acts, on average, like the true one with a larger
penalty :math:`\kappa`.  Everything in this module is a function of that number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from interpolab._validation import FloatArray, as_number, as_vector
from interpolab.asymptotics._arguments import (
    as_integers,
    as_numbers,
    broadcast,
    unwrap,
)
from interpolab.asymptotics._spectra import eigenvalues


def effective_ridge(
    spectrum: ArrayLike, n: ArrayLike, penalty: ArrayLike
) -> float | FloatArray:
    r"""Solve for the effective ridge :math:`\kappa` of a covariance spectrum.

    .. math::

        \lambda = \kappa\Bigl(1 - \frac1n \mathrm{df}_1(\kappa)\Bigr), \qquad
        \mathrm{df}_1(\kappa) = \sum_i \frac{\lambda_i}{\lambda_i + \kappa},

    where :math:`\lambda` is the penalty and :math:`\lambda_i` the eigenvalues of
    the covariance.  The resolvent of the sample covariance :math:`\hat\Sigma`
    satisfies :math:`\lambda(\hat\Sigma + \lambda)^{-1} \simeq
    \kappa(\Sigma + \kappa)^{-1}`.  Without penalty, and with :math:`r` the
    number of positive eigenvalues, :math:`\mathrm{df}_1(\kappa) = n` if
    :math:`r > n` and :math:`\kappa = 0` if :math:`r \le n`.  At :math:`r = n`
    the limit :math:`\lambda \to 0` is not smooth: :math:`\kappa` vanishes only
    like :math:`\sqrt\lambda`.

    Parameters
    ----------
    spectrum : array_like, shape (p,)
        Eigenvalues of the covariance, in any order; zeros do not count as
        features.
    n : int or array_like of int
        Number of samples.
    penalty : array_like
        :math:`\lambda \ge 0`, on the scale of the eigenvalues, for the loss
        :math:`\frac1n\|X\beta - y\|^2 + \lambda\|\beta\|^2`.  ``n`` and
        ``penalty`` broadcast; the equation is solved once for each entry.

    Returns
    -------
    float or ndarray
        :math:`\kappa \ge \lambda`, on the scale of the eigenvalues.

    Raises
    ------
    ValueError
        If an eigenvalue or the penalty is negative, ``n`` is not a positive
        integer, an entry is not finite, an array is empty, ``spectrum`` is not
        a vector, the shapes do not broadcast, or :math:`\kappa` is too small
        for float64.

    Notes
    -----
    Subtracting ``df_1`` from ``n`` would cancel.  Let the eigenvalues fall, and
    pad them with zeros if there are fewer than ``n``.  Then

    .. math::

        \sum_{i \le n} \frac{\kappa}{\lambda_i + \kappa}
        = \sum_{i > n} \frac{\lambda_i}{\lambda_i + \kappa}
        + \frac{n\lambda}{\kappa}

    is the same equation with positive terms only.  The left side rises with
    :math:`\kappa` and the right side falls, so the root is unique; it is found
    in :math:`\log\kappa`.

    References
    ----------
    .. [1] E. Dobriban and S. Wager, "High-dimensional asymptotics of
       prediction: ridge regression and classification", Ann. Statist. 46
       (2018), 247-279.
    .. [2] T. Hastie, A. Montanari, S. Rosset and R. J. Tibshirani, "Surprises in
       high-dimensional ridgeless least squares interpolation", Ann. Statist. 50
       (2022), 949-986.

    Examples
    --------
    With more features than samples the penalty never reaches zero: the
    directions that are not fitted act as one.

    >>> import numpy as np
    >>> effective_ridge(np.ones(300), 100, [0.0, 1.0])
    array([2.   , 3.303])
    >>> effective_ridge(np.ones(50), 100, 0.0)
    0.0
    """
    ordered = eigenvalues("spectrum", spectrum)
    samples, lam = _samples_and_penalty(n, penalty)
    kappa = np.empty(lam.shape)
    for place, value in np.ndenumerate(lam):
        kappa[place] = _solve(ordered, int(samples[place]), value)
    return unwrap(kappa)


@dataclass(frozen=True, slots=True)
class RidgeEquivalent:
    """What ridge regression does on average, by the deterministic equivalents.

    Attributes
    ----------
    kappa : float or ndarray
        Effective ridge, on the scale of the eigenvalues.
    test_error : float or ndarray
        Mean squared error on new data, noise included.
    train_error : float or ndarray
        Mean squared error on the training data.
    norm2 : float or ndarray
        Squared norm of the coefficients.
    df1, df2 : float or ndarray
        Degrees of freedom, the sums of ``lambda_i / (lambda_i + kappa)`` and of
        its square.
    """

    kappa: float | FloatArray
    test_error: float | FloatArray
    train_error: float | FloatArray
    norm2: float | FloatArray
    df1: float | FloatArray
    df2: float | FloatArray


def ridge_equivalent(
    spectrum: ArrayLike,
    signal: ArrayLike,
    n: ArrayLike,
    penalty: ArrayLike,
    noise: float,
) -> RidgeEquivalent:
    r"""Predict the errors and the norm of ridge regression from a spectrum.

    .. math::

        E_{\mathrm{test}} &= \frac{\sigma^2 + \kappa^2 \sum_i \lambda_i\beta_i^2
            / (\lambda_i + \kappa)^2}{1 - \mathrm{df}_2/n}, \\
        E_{\mathrm{train}} &= \Bigl(1 - \frac{\mathrm{df}_1}{n}\Bigr)^2
            E_{\mathrm{test}}, \\
        \|\hat\beta\|^2 &= \sum_i \frac{\lambda_i^2\beta_i^2}
            {(\lambda_i + \kappa)^2} + \frac{E_{\mathrm{test}}}{n}
            \sum_i \frac{\lambda_i}{(\lambda_i + \kappa)^2},

    with :math:`\mathrm{df}_j = \sum_i (\lambda_i/(\lambda_i + \kappa))^j` and
    :math:`\kappa` from :func:`effective_ridge`.  The rows of ``X`` are
    independent with covariance eigenvalues :math:`\lambda_i`, the target is
    :math:`y = X\beta^* + \varepsilon`, :math:`\beta_i` is the coefficient of
    :math:`\beta^*` on the :math:`i`-th eigenvector and :math:`\sigma^2` the
    variance of :math:`\varepsilon`.  The formulas are exact as :math:`n` and
    :math:`p` grow together, and close whenever :math:`\mathrm{df}_1` does not
    sit in a few directions.

    Without penalty and with as many positive eigenvalues as samples the test
    error and the norm are infinite (``inf``) when there is noise and the train
    error is 0.  Without noise the answers there are the limit: a test error of
    0 and the norm of :math:`\beta^*`, where it is seen.

    Parameters
    ----------
    spectrum : array_like, shape (p,)
        Eigenvalues :math:`\lambda_i \ge 0` of the covariance.
    signal : array_like, shape (p,)
        Squared coefficients :math:`\beta_i^2`, in the order of ``spectrum``.
    n : int or array_like of int
        Number of samples.
    penalty : array_like
        :math:`\lambda \ge 0`, for the loss
        :math:`\frac1n\|X\beta - y\|^2 + \lambda\|\beta\|^2`; 0 is the
        minimum-norm solution.  ``n`` and ``penalty`` broadcast.
    noise : float
        :math:`\sigma^2 \ge 0`.

    Returns
    -------
    RidgeEquivalent
        ``.kappa``, ``.test_error`` (noise included), ``.train_error``,
        ``.norm2``, ``.df1`` and ``.df2``.

    Raises
    ------
    ValueError
        If an eigenvalue, a squared coefficient, the penalty or the noise is
        negative, ``n`` is not a positive integer, an entry is not finite, an
        array is empty, the shapes do not fit, or :math:`\kappa` is too small
        for float64.

    See Also
    --------
    isotropic_risk : the closed form for a flat spectrum.
    near_interpolation_test_error : the limit for a power law.

    References
    ----------
    .. [1] T. Hastie, A. Montanari, S. Rosset and R. J. Tibshirani, "Surprises in
       high-dimensional ridgeless least squares interpolation", Ann. Statist. 50
       (2022), 949-986.
    .. [2] Y. Wang, R. Sonthalia and W. Hu, "Near-interpolators: rapid norm
       growth and the trade-off between interpolation and generalization",
       AISTATS 2024.

    Examples
    --------
    Twice as many features as samples, all alike, and no penalty.

    >>> import numpy as np
    >>> fit = ridge_equivalent(np.ones(200), np.full(200, 0.01), 100, 0.0, 1.0)
    >>> fit.kappa, fit.test_error, fit.train_error, fit.norm2
    (1.0, 3.0, 0.0, 2.0)
    """
    values = eigenvalues("spectrum", spectrum)
    given = as_vector("spectrum", spectrum)
    squares = as_vector("signal", signal, length=given.size)
    if (squares < 0.0).any():
        raise ValueError(f"signal must be non-negative; got {squares.min():g}.")
    sigma2 = as_number("noise", noise, low=0.0)
    samples, lam = _samples_and_penalty(n, penalty)
    parts = np.empty((6, *lam.shape))
    for place, value in np.ndenumerate(lam):
        count = int(samples[place])
        kappa = _solve(values, count, value)
        parts[(slice(None), *place)] = _at(given, squares, count, value, kappa, sigma2)
    return RidgeEquivalent(*(unwrap(part) for part in parts))


def _samples_and_penalty(
    n: ArrayLike, penalty: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the checked sample sizes and penalties in one shape."""
    samples, lam = broadcast(
        n=as_integers("n", n, low=1), penalty=as_numbers("penalty", penalty, low=0.0)
    )
    return samples, lam


def _solve(ordered: FloatArray, n: int, lam: float) -> float:
    """Return kappa for falling eigenvalues, one sample size and one penalty."""
    positive = ordered[: np.count_nonzero(ordered)]
    head, tail = positive[:n], positive[n:]
    if lam == 0.0 and tail.size == 0:
        return 0.0
    if positive.size == 0:
        return lam
    unfitted = n - head.size

    # kappa >= lam; without penalty df1 = n needs kappa >= lambda_min (r - n)/n;
    # and kappa df1 <= trace bounds kappa from above.
    low = max(lam, positive[-1] * (tail.size / n))
    high = lam + positive.sum() / n

    def imbalance(log_ratio: float) -> float:
        kappa = high * np.exp(log_ratio)
        left = unfitted + np.sum(kappa / (head + kappa))
        right = np.sum(tail / (tail + kappa)) + n * (lam / kappa)
        return float(np.log(left) - np.log(right))

    # A flat spectrum sits exactly on a bound, so both are moved out by a factor 2.
    # The root is sought to rounding: xtol is absolute, in log(kappa).
    start, stop = np.log(max(0.5 * (low / high), 1e-300)), np.log(2.0)
    if imbalance(start) > 0.0:
        raise ValueError(
            "penalty must not be so small, or spectrum so spread, that the effective "
            f"ridge is beyond float64: below 1e-300 of {high:g}; got penalty = {lam:g} "
            f"and eigenvalues from {positive[-1]:g} to {positive[0]:g}."
        )
    root = brentq(imbalance, start, stop, xtol=1e-15, rtol=1e-15)
    return max(float(high * np.exp(root)), low)


def _at(
    spectrum: FloatArray,
    squares: FloatArray,
    n: int,
    lam: float,
    kappa: float,
    sigma2: float,
) -> tuple[float, ...]:
    """Return the fields of RidgeEquivalent at one kappa."""
    seen = spectrum > 0.0
    values, squares = spectrum[seen], squares[seen]
    share, rest = values / (values + kappa), kappa / (values + kappa)
    # 1 - df1/n, and from it 1 - df2/n, as sums of positive terms.
    leak = lam / kappa if kappa > 0.0 else 1.0 - values.size / n
    stiffness = leak + np.sum(share * rest) / n
    fitted = float(np.sum(share**2 * squares))
    df1, df2 = float(np.sum(share)), float(np.sum(share**2))
    bias = float(np.sum(values * squares * rest**2))
    if stiffness == 0.0:  # no penalty and as many features as samples
        test = np.inf if sigma2 > 0.0 else 0.0
        return kappa, test, 0.0, fitted + test, df1, df2
    test = (sigma2 + bias) / stiffness
    with np.errstate(over="ignore"):  # an infinite norm is the answer in float64
        spread = float(np.sum(share / (values + kappa)))
    noise_norm2 = test / n * spread if test > 0.0 else 0.0
    return kappa, test, leak**2 * test, fitted + noise_norm2, df1, df2
