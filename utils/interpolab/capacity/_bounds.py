r"""Bounds on the gap between risk and training error.

The sample has :math:`n` independent points and every bound holds with
probability at least :math:`1-\delta`.  None of them is capped: a value above 1
says nothing, and shows by how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import as_choice, as_integer, as_number, as_vector


def _as_delta(delta: float) -> float:
    """Return the probability of failure, strictly between 0 and 1."""
    return as_number("delta", delta, low=0.0, high=1.0, closed="neither")


def _deviation(n: int, delta: float) -> float:
    r"""Return :math:`3\sqrt{\ln(2/\delta)/2n}`.

    One part of it pays for the risk of the sample and two, by the same
    inequality of bounded differences, for a complexity measured on it.
    """
    return 3.0 * sqrt(log(2.0 / delta) / (2.0 * n))


def vc_bound(n: int, vc_dim: int, delta: float) -> float:
    r"""Bound the largest gap in a class of finite VC dimension.

    .. math::

        \sup_{f\in F} \bigl| R(f) - \hat R(f) \bigr| \le
            \sqrt{\frac8n \Bigl( h \ln\frac{2en}{h} + \ln\frac4\delta \Bigr)},

    where :math:`R` is the probability of error and :math:`\hat R` its frequency
    in the sample.  This is the inequality of Vapnik and Chervonenkis with
    :math:`(2en/h)^h` for the growth function at :math:`2n`; where
    :math:`2^{2n}` is less, it takes its place.  The empirical risk minimizer
    then exceeds the best risk in the class by at most twice as much.

    Parameters
    ----------
    n : int
        Number of samples, at least 1.
    vc_dim : int
        VC dimension :math:`h`, at least 0 (a single function).
    delta : float
        Probability :math:`\delta` that the bound fails, in (0, 1).

    Returns
    -------
    float
        The bound; above 1 it is vacuous.

    Raises
    ------
    ValueError
        If ``n`` or ``vc_dim`` is not an integer or is out of range, or
        ``delta`` is not in (0, 1).

    See Also
    --------
    sauer_shelah : the growth function behind it.

    References
    ----------
    .. [1] V. N. Vapnik and A. Ya. Chervonenkis, "On the uniform convergence of
       relative frequencies of events to their probabilities", Theory Probab.
       Appl. 16 (1971), 264-280.

    Examples
    --------
    A hundred points say nothing about ten parameters.

    >>> [round(vc_bound(n, 10, 0.05), 2) for n in (100, 1000, 10_000)]
    [1.88, 0.73, 0.27]
    """
    n = as_integer("n", n, low=1)
    vc_dim = as_integer("vc_dim", vc_dim, low=0)
    delta = _as_delta(delta)
    log_growth = 2.0 * n * log(2.0)
    if 0 < vc_dim <= 2 * n:
        log_growth = min(log_growth, vc_dim * (1.0 + log(2.0 * n / vc_dim)))
    elif vc_dim == 0:
        log_growth = 0.0
    return sqrt(8.0 / n * (log_growth + log(4.0 / delta)))


def rademacher_bound(n: int, complexity: float, delta: float) -> float:
    r"""Bound the gap of classifiers by their empirical Rademacher complexity.

    .. math::

        \sup_{f\in F} \bigl( R(f) - \hat R(f) \bigr) \le
            \hat{\mathfrak R}(F) + 3 \sqrt{\frac{\ln(2/\delta)}{2n}}.

    The functions take the values -1 and +1 and the loss counts errors.  Its
    complexity is half that of the class, which cancels the usual factor 2.

    Parameters
    ----------
    n : int
        Number of samples, at least 1.
    complexity : float
        :math:`\hat{\mathfrak R}(F) \ge 0`, measured on the same sample.
    delta : float
        Probability :math:`\delta` that the bound fails, in (0, 1).

    Returns
    -------
    float
        The bound; above 1 it is vacuous.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer, the complexity is negative, or
        ``delta`` is not in (0, 1).

    See Also
    --------
    massart_bound : a complexity in closed form.
    margin_bound : the bound for real-valued functions.

    References
    ----------
    .. [1] P. L. Bartlett and S. Mendelson, "Rademacher and Gaussian
       complexities: Risk bounds and structural results", JMLR 3 (2002),
       463-482.

    Examples
    --------
    >>> round(rademacher_bound(1000, 0.1, 0.05), 3)
    0.229
    """
    n = as_integer("n", n, low=1)
    complexity = as_number("complexity", complexity, low=0.0)
    return complexity + _deviation(n, _as_delta(delta))


def massart_bound(n: int, size: int, *, radius: float | None = None) -> float:
    r"""Bound the Rademacher complexity of finitely many vectors.

    .. math::

        \mathbb{E}_\sigma \max_{a \in A} \frac1n \sum_{i=1}^n \sigma_i a_i
            \le \frac{r \sqrt{2 \ln |A|}}{n},
        \qquad r = \max_{a \in A} \lVert a \rVert_2.

    The vectors are the values of a class on :math:`n` points, so that a class
    with :math:`|A|` labelings counts as :math:`|A|` functions.

    Parameters
    ----------
    n : int
        Number of points, at least 1.
    size : int
        :math:`|A|`, at least 1; as large as you like.
    radius : float, optional
        :math:`r \ge 0`; by default :math:`\sqrt n`, that of labelings.  Errors
        0 and 1, centered, have :math:`\sqrt n/2`.

    Returns
    -------
    float
        The bound.

    Raises
    ------
    ValueError
        If ``n`` or ``size`` is not a positive integer, or the radius is
        negative.

    See Also
    --------
    rademacher_bound : what it says about the risk.

    References
    ----------
    .. [1] P. Massart, "Some applications of concentration inequalities to
       statistics", Ann. Fac. Sci. Toulouse 9 (2000), 245-303.

    Examples
    --------
    The best of ten thousand coins, on a hundred questions, beats 1/2 by less
    than

    >>> round(massart_bound(100, 10_000, radius=5.0), 3)
    0.215
    """
    n = as_integer("n", n, low=1)
    size = as_integer("size", size, low=1)
    r = sqrt(n) if radius is None else as_number("radius", radius, low=0.0)
    return r * sqrt(2.0 * log(size)) / n


def occam_bound(n: int, bits: float, delta: float) -> float:
    r"""Bound the gap of a function by the length of its description.

    .. math::

        R(f) - \hat R(f) \le
            \sqrt{\frac{b(f) \ln 2 + \ln(1/\delta)}{2n}}
        \quad \text{for all } f \text{ at once},

    where :math:`b(f)` is the length of :math:`f` in a prefix-free code chosen
    before the data were seen.

    Parameters
    ----------
    n : int
        Number of samples, at least 1.
    bits : float
        :math:`b(f) \ge 0`, in bits.
    delta : float
        Probability :math:`\delta` that the bound fails, in (0, 1).

    Returns
    -------
    float
        The bound; above 1 it is vacuous.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer, ``bits`` is negative, or ``delta``
        is not in (0, 1).

    References
    ----------
    .. [1] A. Blumer, A. Ehrenfeucht, D. Haussler and M. K. Warmuth, "Occam's
       razor", Inf. Process. Lett. 24 (1987), 377-380.

    Examples
    --------
    Nine weights of 32 bits:

    >>> round(occam_bound(1000, 32 * 9, 0.05), 2)
    0.32
    """
    n = as_integer("n", n, low=1)
    bits = as_number("bits", bits, low=0.0)
    return sqrt((bits * log(2.0) + log(1.0 / _as_delta(delta))) / (2.0 * n))


@dataclass(frozen=True)
class MarginBound:
    """A margin bound and its three terms.

    Attributes
    ----------
    empirical_loss : float
        Average margin loss in the sample, in [0, 1].
    complexity : float
        Price of the class at this margin.
    deviation : float
        Price of the confidence.
    """

    empirical_loss: float
    complexity: float
    deviation: float

    @property
    def value(self) -> float:
        """The sum: a bound on the probability of error, vacuous from 1 on."""
        return self.empirical_loss + self.complexity + self.deviation


def margin_bound(
    margins: ArrayLike,
    level: float,
    complexity: float,
    delta: float,
    *,
    loss: Literal["ramp", "share"] = "ramp",
) -> MarginBound:
    r"""Bound the risk of a real-valued classifier by its margins.

    .. math::

        \Pr[y f(x) \le 0] \le \frac1n \sum_{i=1}^n \phi_\rho(y_i f(x_i))
            + \frac2\rho\, \hat{\mathfrak R}(F)
            + 3 \sqrt{\frac{\ln(2/\delta)}{2n}},

    where :math:`\phi_\rho(m) = \min(1, \max(0, 1 - m/\rho))` is the ramp loss.
    It holds for all :math:`f \in F` at once and one margin :math:`\rho` chosen
    before the data were seen.  A convex combination of base classifiers has
    their complexity, whatever their number.

    Parameters
    ----------
    margins : array_like, shape (n,)
        Training margins :math:`m_i = y_i f(x_i)`.
    level : float
        :math:`\rho > 0`, in the units of the margins.
    complexity : float
        :math:`\hat{\mathfrak R}(F) \ge 0` or an upper bound on it, in the units
        of the margins; for a Euclidean ball ``rademacher_l2(...).upper``.
    delta : float
        Probability :math:`\delta` that the bound fails, in (0, 1).
    loss : {"ramp", "share"}
        "share" replaces the ramp by the share of margins at most
        :math:`\rho`, which is never less.

    Returns
    -------
    MarginBound
        The three terms and, as ``value``, their sum.

    Raises
    ------
    ValueError
        If a margin is not finite or there is none, the level is not positive,
        the complexity is negative, ``delta`` is not in (0, 1), or the loss has
        another name.

    See Also
    --------
    rademacher_bound : the same for classifiers without a margin.

    References
    ----------
    .. [1] V. Koltchinskii and D. Panchenko, "Empirical margin distributions and
       bounding the generalization error of combined classifiers", Ann. Statist.
       30 (2002), 1-50.
    .. [2] R. E. Schapire, Y. Freund, P. Bartlett and W. S. Lee, "Boosting the
       margin: A new explanation for the effectiveness of voting methods", Ann.
       Statist. 26 (1998), 1651-1686.

    Examples
    --------
    >>> answer = margin_bound([0.5, 1.0, 2.0, -1.0], 1.0, 0.1, 0.05)
    >>> answer.empirical_loss, answer.complexity
    (0.375, 0.2)
    """
    m = as_vector("margins", margins)
    level = as_number("level", level, low=0.0, closed="neither")
    complexity = as_number("complexity", complexity, low=0.0)
    delta = _as_delta(delta)
    if as_choice("loss", loss, ["ramp", "share"]) == "ramp":
        losses = np.clip(1.0 - m / level, 0.0, 1.0)
    else:
        losses = (m <= level).astype(np.float64)
    return MarginBound(
        empirical_loss=float(losses.mean()),
        complexity=2.0 * complexity / level,
        deviation=_deviation(m.size, delta),
    )
