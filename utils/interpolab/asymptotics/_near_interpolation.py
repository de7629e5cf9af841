r"""Near-interpolation under a power law: the price of a smaller training error.

With eigenvalues :math:`i^{-\alpha}` and effective ridge
:math:`\kappa = k\,n^{-\alpha}`, sums over eigenvalues become integrals.  In
terms of the length :math:`q = k^{-1/\alpha}`, the share of directions per
sample that are fitted well,

.. math::

    \mathcal I = q\,\Phi_1(a/q), \quad \mathcal J = q\,\Phi_2(a/q), \quad
    \Phi_j(x) = \int_0^x \frac{dt}{(1 + t^\alpha)^j},

where :math:`a = p/n`.  :math:`\mathcal I` and :math:`\mathcal J` are the limits
of :math:`\mathrm{df}_1/n` and :math:`\mathrm{df}_2/n`.  Then :math:`q = 0`
fits nothing, and the largest :math:`q` interpolates.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betainc, hyp2f1

from interpolab._validation import FloatArray
from interpolab.asymptotics._arguments import as_numbers, broadcast, unwrap


def near_interpolation_test_error(
    train_error: ArrayLike, alpha: ArrayLike, *, aspect: ArrayLike = np.inf
) -> float | FloatArray:
    r"""Compute the test error at a given training error, for power-law spectra.

    .. math::

        \frac{E_{\mathrm{train}}}{\sigma^2}
        = \frac{(1 - \mathcal I)^2}{1 - \mathcal J}, \qquad
        \frac{E_{\mathrm{test}}}{\sigma^2} = \frac{1}{1 - \mathcal J},
        \qquad \mathcal I = \int_0^a \frac{dt}{1 + k t^\alpha}, \quad
        \mathcal J = \int_0^a \frac{dt}{(1 + k t^\alpha)^2},

    the limit :math:`n \to \infty` of ridge regression with eigenvalues
    :math:`i^{-\alpha}`, :math:`i \le p`, aspect ratio :math:`a = p/n`, noise
    variance :math:`\sigma^2` and a signal of bounded norm, whose bias vanishes.
    The first equation gives :math:`k`, the second the answer.  The integrals
    are :math:`\mathcal I = a\,{}_2F_1(1, \frac1\alpha; 1 + \frac1\alpha;
    -k a^\alpha)`, and :math:`\mathcal J` with a 2 in first place.  For
    :math:`a = \infty` the equations have the closed solution

    .. math::

        \frac{E_{\mathrm{test}}}{\sigma^2} = \frac14\Bigl(
        \sqrt{(\alpha - 1)^2\tau + 4\alpha} - (\alpha - 1)\sqrt\tau\Bigr)^2,

    with :math:`\tau = E_{\mathrm{train}}/\sigma^2`: :math:`\alpha\sigma^2` at
    interpolation and :math:`\sigma^2` at :math:`\tau = 1`.

    Parameters
    ----------
    train_error : array_like
        :math:`\tau`, in units of :math:`\sigma^2`.  It ranges from 0, the limit
        of interpolation, to 1, where nothing is fitted.  With fewer features
        than samples it cannot be below :math:`1 - a`.
    alpha : array_like
        Decay exponent of the eigenvalues, greater than 1.
    aspect : array_like, default inf
        :math:`a = p/n > 0`, features for each sample; ``inf`` is allowed.  At
        ``aspect = 1`` the error at interpolation is ``inf``.  The arguments
        broadcast.

    Returns
    -------
    float or ndarray
        Test error in units of :math:`\sigma^2`, noise included.

    Raises
    ------
    ValueError
        If ``alpha`` is not greater than 1, ``aspect`` is not positive,
        ``train_error`` is outside :math:`[\max(0, 1 - a), 1]`, an entry is not
        finite, an array is empty or the shapes do not broadcast.

    See Also
    --------
    near_interpolation_norm2 : the norm at the same point.
    ridge_equivalent : the formulas at finite size, with a signal.

    References
    ----------
    .. [1] Y. Wang, R. Sonthalia and W. Hu, "Near-interpolators: rapid norm
       growth and the trade-off between interpolation and generalization",
       AISTATS 2024.

    Examples
    --------
    The smaller the training error, and the faster the decay, the larger the
    test error.

    >>> near_interpolation_test_error([0.0, 0.2, 1.0], 2.0).round(3)
    array([2.  , 1.46, 1.  ])
    >>> near_interpolation_test_error(0.2, [1.25, 2.5], aspect=1.5).round(3)
    array([1.532, 1.82 ])
    """
    tau, exponent, a = _checked(train_error, alpha, aspect)
    errors = [
        _root_test_error(t, e) ** 2 if np.isinf(ratio) else _finite(t, e, ratio)[0]
        for t, e, ratio in zip(tau.flat, exponent.flat, a.flat, strict=True)
    ]
    return unwrap(np.reshape(errors, tau.shape))


def near_interpolation_norm2(
    n: ArrayLike,
    train_error: ArrayLike,
    alpha: ArrayLike,
    *,
    aspect: ArrayLike = np.inf,
) -> float | FloatArray:
    r"""Compute the squared norm at a given training error, for power-law spectra.

    .. math::

        \frac{\|\hat\beta\|^2}{\sigma^2} \simeq n^\alpha\,
        \frac{\mathcal I - \mathcal J}{k\,(1 - \mathcal J)},

    with :math:`k`, :math:`\mathcal I`, :math:`\mathcal J` as in
    :func:`near_interpolation_test_error`; what the signal adds stays bounded
    and is left out.  For :math:`p/n = \infty`, with
    :math:`c = (\pi/\alpha)/\sin(\pi/\alpha)`,

    .. math::

        \frac{\|\hat\beta\|^2}{\sigma^2} \simeq
        \Bigl(\frac{ns}{c}\Bigr)^\alpha \frac{s}{\alpha - (\alpha - 1)s},
        \qquad s = 1 - \sqrt{E_{\mathrm{train}}/E_{\mathrm{test}}}.

    Among all coefficients with this training error the ridge solution has the
    smallest norm, so at fixed :math:`\tau < 1` every near-interpolator's squared
    norm grows at least like :math:`n^\alpha`.

    Parameters
    ----------
    n : array_like
        Number of samples, positive.  It enters as a scale only and need not be
        an integer.
    train_error : array_like
        :math:`\tau`, in units of :math:`\sigma^2`, from 0 (or :math:`1 - a`, if
        that is greater) to 1.
    alpha : array_like
        Decay exponent of the eigenvalues :math:`i^{-\alpha}`, greater than 1.
    aspect : array_like, default inf
        :math:`a = p/n > 0`, features for each sample; ``inf`` is allowed.  At
        ``aspect = 1`` the norm at interpolation is ``inf``.  The arguments
        broadcast.

    Returns
    -------
    float or ndarray
        Squared norm in units of :math:`\sigma^2` (over the unit of the
        eigenvalues, :math:`\lambda_1 = 1`); ``inf`` if it exceeds float64.

    Raises
    ------
    ValueError
        If ``n`` is not positive, ``alpha`` is not greater than 1, ``aspect`` is
        not positive, ``train_error`` is outside :math:`[\max(0, 1 - a), 1]`, an
        entry is not finite, an array is empty or the shapes do not broadcast.

    See Also
    --------
    near_interpolation_test_error : the test error at the same point.

    References
    ----------
    .. [1] Y. Wang, R. Sonthalia and W. Hu, "Near-interpolators: rapid norm
       growth and the trade-off between interpolation and generalization",
       AISTATS 2024.

    Examples
    --------
    Ten times the data at the same training error, and a hundred times the norm.

    >>> near_interpolation_norm2([100, 1000], 0.0, 2.0)
    array([  4052.85, 405284.73])
    """
    size = as_numbers("n", n, low=0.0, closed="neither")
    tau, exponent, a = _checked(train_error, alpha, aspect)
    size, tau, exponent, a = broadcast(
        n=size, train_error=tau, alpha=exponent, aspect=a
    )
    parts = [
        _infinite_norm(t, e) if np.isinf(ratio) else _finite_norm(t, e, ratio)
        for t, e, ratio in zip(tau.flat, exponent.flat, a.flat, strict=True)
    ]
    length, factor = np.moveaxis(np.reshape(parts, (*size.shape, 2)), -1, 0)
    with np.errstate(over="ignore"):
        return unwrap((size * length) ** exponent * factor)


def _checked(
    train_error: ArrayLike, alpha: ArrayLike, aspect: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the three arguments, each train error within reach."""
    tau, exponent, a = broadcast(
        train_error=as_numbers("train_error", train_error, low=0.0, high=1.0),
        alpha=as_numbers("alpha", alpha, low=1.0, closed="neither"),
        aspect=as_numbers("aspect", aspect, low=0.0, closed="neither", infinite=True),
    )
    # A few units of rounding, for train_error = 0.3 with aspect = 0.7.
    out_of_reach = tau < 1.0 - a - 4.0 * np.finfo(np.float64).eps
    if out_of_reach.any():
        least = (1.0 - a)[out_of_reach].flat[0]
        raise ValueError(
            f"train_error must be at least 1 - aspect = {least:g}, the least-squares "
            f"value; got {tau[out_of_reach].flat[0]:g}."
        )
    return tau, exponent, a


# p/n = infinity: closed forms.


def _root_test_error(tau: float, alpha: float) -> float:
    """Return u = sqrt(test error), the positive root of u^2 + (alpha-1) v u = alpha."""
    slope = (alpha - 1.0) * np.sqrt(tau)
    return float(2.0 * alpha / (np.hypot(slope, 2.0 * np.sqrt(alpha)) + slope))


def _infinite_norm(tau: float, alpha: float) -> tuple[float, float]:
    """Return (length, factor) with squared norm (n length)^alpha factor."""
    v, u = np.sqrt(tau), _root_test_error(tau, alpha)
    # s = (u - v)/u; as u^2 + (alpha-1) u v = alpha, the difference has this
    # factor 1 - v, which (1 - tau)/(1 + v) keeps to full precision.
    s = (1.0 - tau) / (1.0 + v) * alpha * (1.0 + u) / (u * (u + alpha))
    return s / _complete(alpha), s / (alpha - (alpha - 1.0) * s)


def _complete(alpha: float) -> float:
    """Return c, the integral of 1/(1 + t^alpha) over the half-line."""
    return float(np.pi / alpha / np.sin(np.pi / alpha))


# p/n finite: one equation for q.


def _finite_norm(tau: float, alpha: float, aspect: float) -> tuple[float, float]:
    """Return (length, factor) with squared norm (n length)^alpha factor."""
    test_error, q = _finite(tau, alpha, aspect)
    if q == 0.0 or np.isinf(test_error):
        return 1.0, 0.0 if q == 0.0 else np.inf
    z, b = _tail_ratio(q, alpha, aspect), 1.0 / alpha
    if z > 1.0:
        return q, _shares(q, alpha, aspect)[2] * test_error
    # q may be infinite, and the powers of q cancel.
    weight = aspect / (alpha + 1.0) * hyp2f1(2.0, 1.0 + b, 2.0 + b, -z)
    return aspect, weight * test_error


def _finite(tau: float, alpha: float, aspect: float) -> tuple[float, float]:
    """Return the test error and q at a train error."""
    if tau == 1.0:
        return 1.0, 0.0
    if tau <= 1.0 - aspect:
        q = np.inf
    elif tau == 0.0:
        q = _interpolating_length(alpha, aspect)
    else:
        q = _length(tau, alpha, aspect)
    _, leak, width = _shares(q, alpha, aspect)
    stiffness = leak + width  # 1 - J
    return (1.0 / stiffness if stiffness > 0.0 else np.inf), q


def _interpolating_length(alpha: float, aspect: float) -> float:
    """Return the q at which I = 1 and the train error is 0, for aspect > 1."""

    def excess(log_q: float) -> float:
        return -_shares(np.exp(log_q), alpha, aspect)[1]

    # I <= c q from the half-line; I >= a/(1 + (a/q)^alpha) from the least integrand.
    low = -np.log(_complete(alpha))
    high = np.log(aspect) - np.log(aspect - 1.0) / alpha
    return _root(excess, low - 1.0, high + 1.0)


def _length(tau: float, alpha: float, aspect: float) -> float:
    """Return the q at which the train error is tau, for 0 < tau < 1."""
    missing = (1.0 - tau) / (1.0 + np.sqrt(tau))  # 1 - sqrt(tau)

    def excess(log_q: float) -> float:
        fitted, leak, width = _shares(np.exp(log_q), alpha, aspect)
        root = np.sqrt(leak + width)
        if leak < 0.5 * root:
            return float(np.sqrt(tau) - leak / root)
        # The same difference where 1 - leak/root would cancel.
        return float((fitted - (fitted - width) / (1.0 + root)) / root - missing)

    # 1 - sqrt(tau) <= I <= c q.
    low = np.log(missing / _complete(alpha))
    if aspect > 1.0:
        # Just past interpolation: the derivative of J in log q is at most
        # 2 alpha (1 - J), so 1 - J stays positive.
        high = np.log(_interpolating_length(alpha, aspect)) + 1e-3 / alpha
    else:
        # tau <= 1 - I, and I >= a/(1 + (a/q)^alpha).
        reach = (tau - (1.0 - aspect)) / (1.0 - tau)
        high = np.log(aspect) - np.log(reach) / alpha + 1.0
    return _root(excess, low - 1.0, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return exp of the zero of a function of log q, sought to rounding."""
    return float(np.exp(brentq(function, low, high, xtol=1e-15, rtol=1e-15)))


def _tail_ratio(q: float, alpha: float, aspect: float) -> float:
    """Return k a^alpha = (a/q)^alpha: kappa over the smallest eigenvalue."""
    with np.errstate(over="ignore"):  # infinity is the right limit below
        return float(np.power(aspect / q, alpha))


def _shares(q: float, alpha: float, aspect: float) -> tuple[float, float, float]:
    """Return I, 1 - I and I - J, each without cancellation."""
    z, b = _tail_ratio(q, alpha, aspect), 1.0 / alpha
    if z <= 1.0:  # the power series converge
        fitted = aspect * hyp2f1(1.0, b, 1.0 + b, -z)
        scale = aspect * z / (alpha + 1.0)
        leak = (1.0 - aspect) + scale * hyp2f1(1.0, 1.0 + b, 2.0 + b, -z)
        return fitted, leak, scale * hyp2f1(2.0, 1.0 + b, 2.0 + b, -z)
    # In u = 1/(1 + t^alpha) the integrals beyond x = a/q are incomplete beta
    # functions; 1/(1 + z) keeps the digits that z/(1 + z) would round away.
    u = 1.0 / (1.0 + z)
    fitted = q * _complete(alpha) * (1.0 - betainc(1.0 - b, b, u))
    width = q * _complete(alpha) * b * (1.0 - betainc(1.0 - b, 1.0 + b, u))
    return fitted, 1.0 - fitted, width
