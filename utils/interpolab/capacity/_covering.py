"""Covering and packing numbers, and Dudley's integral over them."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isinf, sqrt
from sys import float_info

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad

from interpolab._validation import as_integer, as_matrix, as_number


def covering_number_bounds(d: int, epsilon: float) -> tuple[float, float]:
    r"""Bound the covering number of the Euclidean unit ball.

    .. math::

        \Bigl(\frac1\epsilon\Bigr)^d \le N(\epsilon) \le
            \Bigl(1 + \frac2\epsilon\Bigr)^d,

    where :math:`N(\epsilon)` is the least number of balls of radius
    :math:`\epsilon` that cover the unit ball of :math:`\mathbb{R}^d`.  Both
    bounds compare volumes, and the upper one also bounds how many points of the
    ball can be farther than :math:`\epsilon` from each other.

    Parameters
    ----------
    d : int
        Dimension, at least 1.
    epsilon : float
        Radius :math:`\epsilon > 0`, in units of the ball's own.

    Returns
    -------
    tuple of float
        The lower and the upper bound.

    Raises
    ------
    ValueError
        If ``d`` is not a positive integer, ``epsilon`` is not positive, or a
        bound is too large for a float.

    See Also
    --------
    greedy_packing : a packing that is also a cover.

    References
    ----------
    .. [1] A. N. Kolmogorov and V. M. Tikhomirov, "Epsilon-entropy and
       epsilon-capacity of sets in function spaces", Uspekhi Mat. Nauk 14
       (1959), 3-86.

    Examples
    --------
    >>> covering_number_bounds(2, 0.5)
    (4.0, 25.0)
    """
    d = as_integer("d", d, low=1)
    epsilon = as_number("epsilon", epsilon, low=0.0, closed="neither")
    try:
        upper = (1.0 + 2.0 / epsilon) ** d
    except OverflowError:
        upper = inf
    if isinf(upper):
        raise ValueError(
            "d and epsilon must leave (1 + 2/epsilon)**d below "
            f"{float_info.max:.1e}; got d = {d} and epsilon = {epsilon!r}."
        )
    return (1.0 / epsilon) ** d, upper


def greedy_packing(points: ArrayLike, epsilon: float) -> NDArray[np.intp]:
    r"""Choose points that are far from each other and near to all others.

    .. math::

        \lVert p_i - p_j \rVert > \epsilon \quad (i \ne j \text{ chosen}),
        \qquad
        \min_{i \text{ chosen}} \lVert p - p_i \rVert \le \epsilon
        \quad (p \text{ any point}).

    The points are taken in their order, and one is chosen if it is farther than
    :math:`\epsilon` from those chosen before.  The result is a packing that no
    point can be added to, and hence a cover of the points.

    Parameters
    ----------
    points : array_like, shape (n, d)
        The points :math:`p`.
    epsilon : float
        Distance :math:`\epsilon > 0`, in the units of the points.

    Returns
    -------
    ndarray of int, shape (n_chosen,)
        Indices of the chosen points, increasing; the first is 0.

    Raises
    ------
    ValueError
        If ``points`` is not a finite, non-empty matrix or ``epsilon`` is not
        positive.

    See Also
    --------
    covering_number_bounds : how many there can be in a ball.

    Notes
    -----
    It covers the points given, not the set they were taken from.  If these are
    the points of a grid of spacing :math:`h`, the set is covered at the radius
    :math:`\epsilon + h\sqrt d/2` as far as the grid surrounds it.

    References
    ----------
    .. [1] R. Vershynin, "High-Dimensional Probability", Cambridge University
       Press, 2018, section 4.2.

    Examples
    --------
    >>> greedy_packing([[0.0], [0.4], [1.0], [1.2], [2.5]], 0.5)
    array([0, 2, 4])
    """
    cloud = as_matrix("points", points)
    epsilon = as_number("epsilon", epsilon, low=0.0, closed="neither")
    uncovered = np.arange(cloud.shape[0])
    chosen = []
    while uncovered.size:
        first = uncovered[0]
        chosen.append(first)
        distances = np.linalg.norm(cloud[uncovered] - cloud[first], axis=1)
        uncovered = uncovered[distances > epsilon]
    return np.array(chosen, dtype=np.intp)


def _entropy_integral(
    log_covering: Callable[[float], float], start: float, radius: float
) -> float:
    """Integrate the root of the entropy, from above; inf if that diverges."""

    def root(epsilon: float) -> float:
        try:
            entropy = log_covering(epsilon)
        except OverflowError:
            return inf
        return sqrt(as_number("log_covering(epsilon)", entropy, low=0.0))

    if start == 0.0:
        # The extrapolation in quad can give a divergent integral a finite value.
        near, nearer = (r * root(r * radius) for r in (1e-10, 1e-20))
        if nearer > 0.95 * near:
            return inf
    # epsilon = radius u**2 flattens the singularity at 0.
    value, error, *_ = quad(
        lambda u: 2.0 * radius * u * root(radius * u * u),
        sqrt(start / radius),
        1.0,
        epsabs=0.0,
        epsrel=1e-10,
        limit=100,
        full_output=1,
    )
    return float(value + error) if error <= 1e-2 * value else inf


def dudley_bound(
    log_covering: Callable[[float], float],
    n: int,
    radius: float,
    *,
    start: float = 0.0,
) -> float:
    r"""Bound a Rademacher complexity by covering numbers at all scales.

    .. math::

        \hat{\mathfrak R}(F) \le 4\alpha + \frac{12}{\sqrt n}
            \int_\alpha^D \sqrt{\ln N(\epsilon)}\, d\epsilon,

    where :math:`N(\epsilon)` is the number of balls of radius :math:`\epsilon`
    that cover the class in the distance
    :math:`\lVert f-g\rVert = (\frac1n\sum_i (f(x_i)-g(x_i))^2)^{1/2}` and
    :math:`D = \sup_{f\in F} \lVert f \rVert`.

    Parameters
    ----------
    log_covering : callable
        :math:`\epsilon \mapsto \ln N(\epsilon)`, or an upper bound on it.
    n : int
        Number of samples, at least 1.
    radius : float
        :math:`D > 0`, in the units of the functions.
    start : float
        :math:`\alpha`, at least 0 and below :math:`D`.  A class whose
        :math:`\ln N` grows like :math:`\epsilon^{-2}`, up to logarithms, or
        faster needs it.

    Returns
    -------
    float
        The bound, in the units of the functions.

    Raises
    ------
    ValueError
        If an argument is out of range, ``log_covering`` answers a negative or
        infinite number, or the integral does not converge.

    Notes
    -----
    The estimated error of the quadrature is added, so that the result stays an
    upper bound: next to nothing if :math:`\ln N` is smooth, below one percent
    if it is a step function.  Without ``start`` a divergence like that of
    :math:`\epsilon^{-2}` is recognized; one that logarithms make slower is not.

    References
    ----------
    .. [1] R. M. Dudley, "The sizes of compact subsets of Hilbert space and
       continuity of Gaussian processes", J. Funct. Anal. 1 (1967), 290-330.

    Examples
    --------
    The unit ball of linear functions in two dimensions, on a hundred points
    whose second moments are at most 1:

    >>> from math import log
    >>> round(dudley_bound(lambda eps: 2 * log(1 + 2 / eps), 100, 1.0), 2)
    2.3
    """
    if not callable(log_covering):
        raise ValueError(f"log_covering must be callable; got {log_covering!r}.")
    n = as_integer("n", n, low=1)
    radius = as_number("radius", radius, low=0.0, closed="neither")
    start = as_number("start", start, low=0.0, high=radius, closed="left")

    integral = _entropy_integral(log_covering, start, radius)
    if isinf(integral):
        raise ValueError(
            "log_covering must grow slower than epsilon**-2 at 0, or start be larger; "
            f"got an integral from {start!r} to {radius!r} that does not converge."
        )
    return 4.0 * start + 12.0 / sqrt(n) * integral
