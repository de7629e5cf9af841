"""Ridge regression when all directions are alike: bias and variance in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray
from interpolab.asymptotics._arguments import as_numbers, broadcast, unwrap


@dataclass(frozen=True, slots=True)
class IsotropicRisk:
    """Bias and variance of an estimator, in the units of the squared target.

    Attributes
    ----------
    bias : float or ndarray
        Squared bias: the risk without label noise.
    variance : float or ndarray
        What label noise adds.
    """

    bias: float | FloatArray
    variance: float | FloatArray

    @property
    def risk(self) -> float | FloatArray:
        """Excess risk: bias plus variance; the test error is this plus the noise."""
        return self.bias + self.variance


def isotropic_risk(
    aspect: ArrayLike,
    *,
    signal: ArrayLike,
    noise: ArrayLike,
    penalty: ArrayLike = 0.0,
) -> IsotropicRisk:
    r"""Compute the limit risk of ridge regression with isotropic features.

    .. math::

        B = \|\beta^*\|^2\,\frac{\kappa^2}{(1 + \kappa)\,\Delta}, \qquad
        V = \sigma^2\,\frac{\gamma}{(1 + \kappa)\,\Delta}, \qquad
        \Delta = \sqrt{(1 - \gamma - \lambda)^2 + 4\lambda}, \quad
        \kappa = \frac{\gamma + \lambda - 1 + \Delta}{2},

    for :math:`\hat\beta = \arg\min \frac1n\|X\beta - y\|^2 +
    \lambda\|\beta\|^2`, :math:`y = X\beta^* + \varepsilon`, as
    :math:`n \to \infty` with :math:`p/n \to \gamma`.  Here :math:`\gamma` is
    the aspect ratio, :math:`\sigma^2` the variance of :math:`\varepsilon`, and
    :math:`1/\kappa` the companion Stieltjes transform of the Marchenko-Pastur
    law at :math:`-\lambda`.  Since its Stieltjes transform is
    :math:`m(-\lambda) = \kappa / (\lambda(1 + \kappa))`, the same numbers are
    :math:`B = \|\beta^*\|^2\lambda^2 m'(-\lambda)` and
    :math:`V = \sigma^2\gamma\,[m(-\lambda) - \lambda m'(-\lambda)]`.  For
    :math:`\lambda \to 0`, the minimum-norm solution:

    .. math::

        \gamma < 1:\; B = 0,\; V = \frac{\sigma^2\gamma}{1 - \gamma}; \qquad
        \gamma > 1:\; B = \|\beta^*\|^2\Bigl(1 - \frac1\gamma\Bigr),\;
        V = \frac{\sigma^2}{\gamma - 1}.

    At ``aspect = 1`` without penalty the variance is infinite (``inf``; 0 if
    ``noise`` is 0) and the bias 0.

    Parameters
    ----------
    aspect : array_like
        :math:`\gamma = p/n > 0`, features for each sample.
    signal : array_like
        :math:`\|\beta^*\|^2 \ge 0`.  The features have unit variance, so this
        is also the variance of the noise-free target.
    noise : array_like
        :math:`\sigma^2 \ge 0`, variance of the label noise.
    penalty : array_like, default 0
        :math:`\lambda \ge 0`, on the scale of the eigenvalues of
        :math:`X^\top X/n`.  The best one is :math:`\sigma^2\gamma/\|\beta^*\|^2`.
        All arguments broadcast.

    Returns
    -------
    IsotropicRisk
        ``.bias`` and ``.variance``; both exclude the irreducible ``noise``.

    Raises
    ------
    ValueError
        If ``aspect`` is not positive, another argument is negative, an entry is
        not finite, an array is empty or the shapes do not broadcast.

    See Also
    --------
    ridge_equivalent : the same for any covariance.

    References
    ----------
    .. [1] T. Hastie, A. Montanari, S. Rosset and R. J. Tibshirani, "Surprises in
       high-dimensional ridgeless least squares interpolation", Ann. Statist. 50
       (2022), 949-986.
    .. [2] E. Dobriban and S. Wager, "High-dimensional asymptotics of
       prediction: ridge regression and classification", Ann. Statist. 46
       (2018), 247-279.

    Examples
    --------
    >>> isotropic_risk([0.5, 1.0, 2.0], signal=4.0, noise=1.0)
    IsotropicRisk(bias=array([0., 0., 2.]), variance=array([ 1., inf,  1.]))

    The best penalty removes the peak at the threshold.

    >>> isotropic_risk(1.0, signal=4.0, noise=1.0, penalty=0.25).risk
    1.561
    """
    gamma, r2, sigma2, lam = broadcast(
        aspect=as_numbers("aspect", aspect, low=0.0, closed="neither"),
        signal=as_numbers("signal", signal, low=0.0),
        noise=as_numbers("noise", noise, low=0.0),
        penalty=as_numbers("penalty", penalty, low=0.0),
    )
    kappa, delta = _kappa(gamma, lam)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = r2 * (kappa / (1.0 + kappa)) * (kappa / delta)
        variance = sigma2 * (gamma / (1.0 + kappa)) / delta
    # At gamma = 1 without penalty both are quotients by zero.
    bias = np.where(kappa == 0.0, 0.0, bias)
    variance = np.where(sigma2 == 0.0, 0.0, variance)
    return IsotropicRisk(unwrap(bias), unwrap(variance))


def _kappa(gamma: FloatArray, lam: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return kappa, the larger root of k^2 + (1 - gamma - lam) k = lam, and Delta."""
    slope = (1.0 - gamma) - lam
    delta = np.hypot(slope, 2.0 * np.sqrt(lam))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Each form of the root adds numbers of one sign, where it is chosen.
        kappa = np.where(
            slope > 0.0, 2.0 * lam / (delta + slope), 0.5 * (delta - slope)
        )
    return kappa, delta
