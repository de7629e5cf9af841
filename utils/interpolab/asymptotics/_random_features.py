"""Random-features ridge regression: the exact curve of double descent."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import IntegrationWarning, quad

from interpolab._validation import FloatArray, as_choice
from interpolab.asymptotics._arguments import as_numbers, broadcast, unwrap

Activation = Callable[[float], float]


def random_features_risk(
    psi1: ArrayLike,
    psi2: ArrayLike,
    *,
    penalty: ArrayLike,
    signal: ArrayLike,
    nonlinear: ArrayLike,
    noise: ArrayLike,
    activation: str | Activation = "relu",
) -> float | FloatArray:
    r"""Compute the limit excess risk of random-features ridge regression.

    .. math::

        R = F_1^2\,\mathcal B + (\tau^2 + F_*^2)\,\mathcal V + F_*^2,

    as the number of features :math:`N`, of samples :math:`n` and the dimension
    :math:`d` grow with :math:`N/d \to \psi_1` and :math:`n/d \to \psi_2`.  The
    samples :math:`x_i` are uniform on the sphere of radius :math:`\sqrt d`, the
    weights :math:`w_k` uniform on the unit sphere, and the coefficients minimize
    :math:`\frac1n\sum_i \bigl(y_i - \sum_k a_k\,\sigma(\langle w_k,
    x_i\rangle)\bigr)^2 + \frac{N\lambda}{d}\,\|a\|^2`.  The target has a linear
    part of variance :math:`F_1^2`, a nonlinear part of variance :math:`F_*^2`,
    which no such model can fit, and noise of variance :math:`\tau^2`.

    The activation enters through :math:`\mu_0 = \mathbb E\sigma(G)`,
    :math:`\mu_1 = \mathbb E G\sigma(G)` and
    :math:`\mu_*^2 = \mathbb E\sigma(G)^2 - \mu_0^2 - \mu_1^2`, with standard
    normal :math:`G`.  Put :math:`m = \mu_1^2/\mu_*^2`,
    :math:`\bar\lambda = \lambda/\mu_*^2`, and let :math:`y > 0` solve

    .. math::

        \psi_1\psi_2\bar\lambda\,y = (\psi_1 - g)(\psi_2 - g), \qquad
        g = y + \frac{m y}{1 + m y} \le \min(\psi_1, \psi_2).

    With :math:`b = 1 + my`, :math:`h = y\,dg/dy = y\,(b^2 + m)/b^2` and
    :math:`D = (\psi_1 - g)(\psi_2 - g) + h\,(\psi_1 + \psi_2 - 2g)`,

    .. math::

        \mathcal B = \frac{\psi_2(\psi_1 + m y^2)}{b^2 D}, \qquad
        \mathcal V = \frac{g h + (\psi_1 - g)\,m^2y^2/b^2}{D}.

    Parameters
    ----------
    psi1 : array_like
        :math:`\psi_1 = N/d > 0`, features for each input dimension.
    psi2 : array_like
        :math:`\psi_2 = n/d > 0`, samples for each input dimension.
    penalty : array_like
        :math:`\lambda \ge 0`; 0 is the minimum-norm solution, whose risk is
        infinite (``inf``) at ``psi1 = psi2``.
    signal : array_like
        :math:`F_1^2 \ge 0`.
    nonlinear : array_like
        :math:`F_*^2 \ge 0`.
    noise : array_like
        :math:`\tau^2 \ge 0`.  All these arguments broadcast.
    activation : {"relu", "erf", "tanh"} or callable, default "relu"
        :math:`\sigma`.  A callable takes and returns a float and is integrated
        against the normal density on :math:`[-16, 16]`; a kink is allowed, best
        at 0.

    Returns
    -------
    float or ndarray
        Excess risk, in the units of the squared target.  The test error is
        this plus ``noise``.

    Raises
    ------
    ValueError
        If ``psi1`` or ``psi2`` is not positive, another number is negative, an
        entry is not finite, an array is empty, the shapes do not broadcast, or
        ``activation`` is unknown, affine or cannot be integrated.

    Notes
    -----
    The published formula is a quotient of polynomials in
    :math:`\chi = \nu_1\nu_2 = -y`,

    .. math::

        \mathcal E_0 = -b^3 D, \qquad
        \mathcal E_1 = -\psi_2 b\,(\psi_1 + m y^2), \qquad
        \mathcal E_2 = -b^3\,[g h + (\psi_1 - g)\,m^2y^2/b^2],

    with :math:`\mathcal B = \mathcal E_1/\mathcal E_0` and
    :math:`\mathcal V = \mathcal E_2/\mathcal E_0`.  The factored forms have
    positive terms only and do not cancel.

    References
    ----------
    .. [1] S. Mei and A. Montanari, "The generalization error of random features
       regression: precise asymptotics and the double descent curve", Comm. Pure
       Appl. Math. 75 (2022), 667-766.

    Examples
    --------
    Three samples for each dimension.  Without penalty the risk diverges where
    features are as many as samples, and is smallest with many more.

    >>> psi1 = [0.5, 1.5, 3.0, 6.0, 12.0]
    >>> random_features_risk(
    ...     psi1, 3.0, penalty=0.0, signal=1.0, nonlinear=0.0, noise=0.25
    ... ).round(3)
    array([0.86 , 0.87 ,   inf, 0.503, 0.24 ])
    """
    p1, p2, lam, linear, rest, tau2 = broadcast(
        psi1=as_numbers("psi1", psi1, low=0.0, closed="neither"),
        psi2=as_numbers("psi2", psi2, low=0.0, closed="neither"),
        penalty=as_numbers("penalty", penalty, low=0.0),
        signal=as_numbers("signal", signal, low=0.0),
        nonlinear=as_numbers("nonlinear", nonlinear, low=0.0),
        noise=as_numbers("noise", noise, low=0.0),
    )
    mu1, mu_star2 = _moments(activation)
    m = mu1**2 / mu_star2
    y, gap1, gap2 = _solve(p1, p2, lam / mu_star2, m)
    b = 1.0 + m * y
    g, h = y * (b + m) / b, y * (b**2 + m) / b**2
    D = gap1 * gap2 + h * (gap1 + gap2)
    bias = linear * (p2 * (p1 + m * y**2) / b**2)
    variance = (tau2 + rest) * (g * h + gap1 * (m * y / b) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.where(bias + variance > 0.0, (bias + variance) / D, 0.0)
    return unwrap(quotient + rest)


def _solve(
    psi1: FloatArray, psi2: FloatArray, lam: FloatArray, m: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return y, psi1 - g and psi2 - g, the two gaps without cancellation.

    The smaller gap solves gap (gap + |psi1 - psi2|) = u^2 y, which leaves
    g(y) + gap(y) = min(psi1, psi2).  The left side is increasing and concave,
    so Newton's method rises to the root from any point below it.
    """
    least, apart = np.minimum(psi1, psi2), np.abs(psi1 - psi2)
    u = np.sqrt(psi1 * psi2 * lam)
    # g <= (1 + m) y and gap <= u sqrt(y): this point is below the root.
    y = (2.0 * least / (u + np.sqrt(u**2 + 4.0 * (1.0 + m) * least))) ** 2
    for _ in range(200):
        root = np.hypot(apart, 2.0 * u * np.sqrt(y))
        b = 1.0 + m * y
        with np.errstate(invalid="ignore"):
            # apart = root = 0 only without penalty, where the gap is 0.
            gap = np.where(u > 0.0, 2.0 * u**2 * y / (apart + root), 0.0)
            slope = 1.0 + m / b**2 + np.where(u > 0.0, u**2 / root, 0.0)
        step = (least - y * (b + m) / b - gap) / slope
        y = y + step
        if np.all(np.abs(step) <= 4.0 * np.finfo(np.float64).eps * y):
            break
    return y, gap + np.maximum(psi1 - psi2, 0.0), gap + np.maximum(psi2 - psi1, 0.0)


def _moments(activation: str | Activation) -> tuple[float, float]:
    """Return mu_1 and mu_*^2 of an activation."""
    if callable(activation):
        return _integrated_moments(activation)
    name = as_choice("activation", activation, ("relu", "erf", "tanh"))
    if name == "relu":
        return 0.5, 0.25 - 0.5 / np.pi
    if name == "erf":
        # E erf'(G), and the arcsine law for E erf(G)^2.
        mu1 = 2.0 / np.sqrt(3.0 * np.pi)
        return float(mu1), float(2.0 / np.pi * np.arcsin(2.0 / 3.0) - mu1**2)
    return _integrated_moments(np.tanh)


def _integrated_moments(activation: Activation) -> tuple[float, float]:
    """Return mu_1 and mu_*^2 by adaptive integration."""
    mu0 = _normal_mean(activation)
    mu1 = _normal_mean(lambda x: x * activation(x))
    # E (sigma - mu_0 - mu_1 G)^2 rather than a difference of squares.
    mu_star2 = _normal_mean(lambda x: (activation(x) - mu0 - mu1 * x) ** 2)
    # The smallest share that rounding and the integrator's 1e-12 leave visible.
    if mu_star2 <= 1e-20 * (mu0**2 + mu1**2) or mu_star2 == 0.0:
        raise ValueError(
            "activation must not be affine: its nonlinear part has variance "
            f"{mu_star2:g}."
        )
    return mu1, mu_star2


def _normal_mean(f: Activation) -> float:
    """Return E f(G), from the two half-lines because kinks are mostly at 0."""

    def integrand(x: float) -> float:
        return float(f(x)) * np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", IntegrationWarning)
            # The normal density beyond 16 is under 1e-56.
            halves = [
                quad(integrand, *ends, epsabs=1e-13, epsrel=1e-12, limit=500)[0]
                for ends in ((-16.0, 0.0), (0.0, 16.0))
            ]
    except (IntegrationWarning, TypeError, ValueError) as error:
        raise ValueError(
            "activation must take and return a float and be integrable against "
            f"the normal density; got {error}."
        ) from None
    total = float(sum(halves))
    if not np.isfinite(total):
        raise ValueError(f"activation must have finite moments; got {total}.")
    return total
