r"""Empirical Rademacher complexity of linear classes.

The empirical Rademacher complexity of a class :math:`F` on :math:`n` points is

.. math::

    \hat{\mathfrak R}(F) = \mathbb{E}_\sigma \sup_{f\in F}
        \frac1n \sum_{i=1}^n \sigma_i f(x_i),

with independent fair signs :math:`\sigma_i`: how well the class fits coin flips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from interpolab._validation import (
    FloatArray,
    RandomSource,
    as_generator,
    as_integer,
    as_matrix,
    as_number,
    as_vector,
)

# Signs are drawn in blocks of this many entries (32 MB).
_BLOCK = 2**22
_SQRT2 = sqrt(2.0)


@dataclass(frozen=True)
class RademacherComplexity:
    """A Monte-Carlo estimate between two closed-form bounds.

    Attributes
    ----------
    estimate : float
        Mean of the supremum over the draws of signs.
    standard_error : float
        Standard error of that mean.
    lower : float
        A lower bound on the exact expectation.
    upper : float
        An upper bound on the exact expectation.
    """

    estimate: float
    standard_error: float
    lower: float
    upper: float


def _monte_carlo(
    points: FloatArray,
    supremum: Callable[[FloatArray], FloatArray],
    n_draws: int,
    rng: RandomSource,
) -> tuple[float, float]:
    """Average ``supremum`` over draws of the rows ``signs @ points / n``."""
    n_draws = as_integer("n_draws", n_draws, low=2)
    generator = as_generator(rng)
    n = points.shape[0]
    block = max(1, _BLOCK // max(points.shape))
    suprema = []
    for start in range(0, n_draws, block):
        shape = (min(block, n_draws - start), n)
        signs = 2.0 * generator.integers(0, 2, size=shape) - 1.0
        suprema.append(supremum(signs @ points / n))
    values = np.concatenate(suprema)
    error = values.std(ddof=1) / np.sqrt(n_draws)
    return float(values.mean()), float(error)


def rademacher_l2(
    X: ArrayLike, radius: float, *, n_draws: int, rng: RandomSource
) -> RademacherComplexity:
    r"""Estimate the Rademacher complexity of a Euclidean ball of weights.

    .. math::

        \hat{\mathfrak R} = \mathbb{E}_\sigma \sup_{\lVert w\rVert_2 \le B}
            \frac1n \sum_i \sigma_i\, w\cdot x_i
        = \frac Bn\, \mathbb{E}_\sigma \Bigl\lVert \sum_i \sigma_i x_i
            \Bigr\rVert_2,
        \qquad
        \frac1{\sqrt2} \le
            \frac{\hat{\mathfrak R}}{\frac Bn \sqrt{\sum_i \lVert x_i\rVert^2}}
            \le 1.

    The upper bound is Jensen's inequality, the lower one the inequality of
    Khinchine and Kahane with its best constant, attained by two equal points.
    The dimension appears nowhere.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x_i`.
    radius : float
        :math:`B \ge 0`, the largest norm of the weights.
    n_draws : int
        Number of draws of the signs, at least 2.
    rng : int or numpy.random.Generator
        Seed or generator.

    Returns
    -------
    RademacherComplexity
        Estimate, standard error and both bounds, in the units of
        ``radius * X``.

    Raises
    ------
    ValueError
        If ``X`` is not a finite, non-empty matrix, the radius is negative,
        ``n_draws`` is below 2, or ``rng`` is neither seed nor generator.

    See Also
    --------
    rademacher_l1 : another ball of weights.
    rademacher_l2_local : only functions that are small on the data.

    References
    ----------
    .. [1] P. L. Bartlett and S. Mendelson, "Rademacher and Gaussian
       complexities: Risk bounds and structural results", JMLR 3 (2002),
       463-482.
    .. [2] R. Latała and K. Oleszkiewicz, "On the best constant in the
       Khinchin-Kahane inequality", Studia Math. 109 (1994), 101-104.

    Examples
    --------
    Orthogonal points: every draw gives the upper bound.

    >>> import numpy as np
    >>> answer = rademacher_l2(np.eye(4), 2.0, n_draws=10, rng=0)
    >>> answer.estimate, answer.upper
    (1.0, 1.0)
    """
    points = as_matrix("X", X)
    radius = as_number("radius", radius, low=0.0)
    estimate, error = _monte_carlo(
        points, lambda g: radius * np.linalg.norm(g, axis=1), n_draws, rng
    )
    upper = radius * float(np.linalg.norm(points)) / points.shape[0]
    return RademacherComplexity(estimate, error, upper / _SQRT2, upper)


def rademacher_l1(
    X: ArrayLike, radius: float, *, n_draws: int, rng: RandomSource
) -> RademacherComplexity:
    r"""Estimate the Rademacher complexity of an l1 ball of weights.

    .. math::

        \hat{\mathfrak R} = \mathbb{E}_\sigma \sup_{\lVert w\rVert_1 \le B}
            \frac1n \sum_i \sigma_i\, w\cdot x_i
        = \frac Bn\, \mathbb{E}_\sigma \max_j \Bigl| \sum_i \sigma_i x_{ij}
            \Bigr|,
        \qquad
        \frac1{\sqrt2} \le
            \frac{\hat{\mathfrak R}}{\frac Bn \max_j \lVert x_{\cdot j}\rVert_2}
            \le \sqrt{2 \ln 2d}.

    The upper bound is Massart's lemma for the :math:`2d` corners of the ball,
    the lower one Khinchine's inequality for the largest column.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x_i`; :math:`x_{\cdot j}` is a column.
    radius : float
        :math:`B \ge 0`, the largest l1 norm of the weights.
    n_draws : int
        Number of draws of the signs, at least 2.
    rng : int or numpy.random.Generator
        Seed or generator.

    Returns
    -------
    RademacherComplexity
        Estimate, standard error and both bounds, in the units of
        ``radius * X``.

    Raises
    ------
    ValueError
        If ``X`` is not a finite, non-empty matrix, the radius is negative,
        ``n_draws`` is below 2, or ``rng`` is neither seed nor generator.

    See Also
    --------
    rademacher_l2 : the Euclidean ball.
    massart_bound : the lemma.

    References
    ----------
    .. [1] S. M. Kakade, K. Sridharan and A. Tewari, "On the complexity of
       linear prediction: Risk bounds, margin bounds, and regularization",
       NIPS 2008.

    Examples
    --------
    >>> import numpy as np
    >>> answer = rademacher_l1(np.eye(4), 2.0, n_draws=10, rng=0)
    >>> answer.estimate, round(answer.upper, 3)
    (0.5, 1.02)
    """
    points = as_matrix("X", X)
    radius = as_number("radius", radius, low=0.0)
    estimate, error = _monte_carlo(
        points, lambda g: radius * np.abs(g).max(axis=1), n_draws, rng
    )
    n, d = points.shape
    largest = radius * float(np.linalg.norm(points, axis=0).max()) / n
    upper = largest * sqrt(2.0 * log(2.0 * d))
    return RademacherComplexity(estimate, error, largest / _SQRT2, upper)


def local_rademacher(eigenvalues: ArrayLike, level: float, n: int) -> float:
    r"""Compute the size of the local Rademacher complexity of the unit ball.

    .. math::

        \psi(r) = \sqrt{\frac1n \sum_i \min(r, \lambda_i)}.

    The class holds the linear functions with :math:`\lVert w\rVert \le 1` whose
    mean square on the data is at most :math:`r`; a direction counts by its
    variance, but never for more than :math:`r`.  As :math:`r` grows it tends to
    the global complexity, which sees the trace only.

    Parameters
    ----------
    eigenvalues : array_like, shape (k,)
        Eigenvalues :math:`\lambda_i \ge 0` of the second-moment matrix
        :math:`X^\top X / n`.  For a ball of radius :math:`B`, multiply them by
        :math:`B^2`.
    level : float
        :math:`r > 0`, in the units of the eigenvalues.
    n : int
        Number of samples, at least 1.

    Returns
    -------
    float
        :math:`\psi(r)`; the complexity is within a factor :math:`\sqrt2` of it.

    Raises
    ------
    ValueError
        If an eigenvalue is negative or not finite, there is none, the level is
        not positive, or ``n`` is below 1.

    See Also
    --------
    rademacher_l2_local : the complexity itself.

    References
    ----------
    .. [1] S. Mendelson, "Geometric parameters of kernel machines", COLT 2002.
    .. [2] P. L. Bartlett, O. Bousquet and S. Mendelson, "Local Rademacher
       complexities", Ann. Statist. 33 (2005), 1497-1537.

    Examples
    --------
    Two spectra of one trace; only the local complexity tells them apart.

    >>> flat, steep = [0.5] * 10, [4.9] + [0.1 / 9] * 9
    >>> [round(local_rademacher(s, 100.0, 20), 3) for s in (flat, steep)]
    [0.5, 0.5]
    >>> [round(local_rademacher(s, 0.1, 20), 3) for s in (flat, steep)]
    [0.224, 0.1]
    """
    spectrum = as_vector("eigenvalues", eigenvalues)
    if spectrum.min() < 0.0:
        raise ValueError(
            f"eigenvalues must not be negative; got {spectrum.min()} "
            f"at index {int(spectrum.argmin())}."
        )
    level = as_number("level", level, low=0.0, closed="neither")
    n = as_integer("n", n, low=1)
    return float(np.sqrt(np.minimum(level, spectrum).sum() / n))


def _intersection_supremum(g: FloatArray, stretch: FloatArray) -> FloatArray:
    """Maximize ``g @ v`` over ``|v| <= 1`` and ``sum(stretch * v**2) <= 1``.

    For weights 1 - s and s on the two constraints the maximum over the
    ellipsoid is sqrt(sum(g**2 / (1 - s + s * stretch))), and the least over s
    is the answer.  Its square is convex in s, so the sign of the derivative
    says on which side the minimum lies.  The log-odds of s resolve both ends.
    """
    squares = g**2
    low = np.full((g.shape[0], 1), -80.0)
    high = -low
    for _ in range(60):
        odds = (low + high) / 2.0
        weight = expit(-odds) + expit(odds) * stretch
        slope = squares / weight * ((stretch - 1.0) / weight)
        falls = slope.sum(axis=1, keepdims=True) > 0.0
        low, high = np.where(falls, odds, low), np.where(falls, high, odds)
    weight = expit(-odds) + expit(odds) * stretch
    return np.sqrt((squares / weight).sum(axis=1))


def rademacher_l2_local(
    X: ArrayLike, radius: float, level: float, *, n_draws: int, rng: RandomSource
) -> RademacherComplexity:
    r"""Estimate the Rademacher complexity of a ball's small functions.

    .. math::

        \hat{\mathfrak R}(r) = \mathbb{E}_\sigma \sup
            \Bigl\{ \frac1n \sum_i \sigma_i\, w\cdot x_i :
            \lVert w\rVert_2 \le B,\
            \frac1n \sum_i (w\cdot x_i)^2 \le r \Bigr\},
        \qquad
        \frac1{\sqrt2} \le \frac{\hat{\mathfrak R}(r)}
            {\sqrt{\frac1n \sum_i \min(r, B^2\lambda_i)}} \le \sqrt2,

    with :math:`\lambda_i` the eigenvalues of :math:`X^\top X/n`.  Each supremum
    is exact: with :math:`g = \frac1n\sum_i \sigma_i x_i` it is

    .. math::

        \min_{0 \le s \le 1} \Bigl( g^\top \Bigl[ \tfrac{1-s}{B^2} I
            + \tfrac{s}{r} \tfrac{X^\top X}{n} \Bigr]^{-1} g \Bigr)^{1/2}.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x_i`.
    radius : float
        :math:`B > 0`, the largest norm of the weights.
    level : float
        :math:`r > 0`, the largest mean square on the data.
    n_draws : int
        Number of draws of the signs, at least 2.
    rng : int or numpy.random.Generator
        Seed or generator.

    Returns
    -------
    RademacherComplexity
        Estimate, standard error and both bounds, in the units of
        ``radius * X``.

    Raises
    ------
    ValueError
        If ``X`` is not a finite, non-empty matrix, the radius or the level is
        not positive, ``n_draws`` is below 2, or ``rng`` is neither seed nor
        generator.

    See Also
    --------
    local_rademacher : the closed form in the middle.
    rademacher_l2 : the limit of a large level.

    Notes
    -----
    The bounds hold because the class lies between the ellipsoid
    :math:`\sum_i w_i^2 \max(1/B^2, \lambda_i/r) \le 1`, with :math:`w_i` the
    coordinate along the eigenvector of :math:`\lambda_i`, and :math:`\sqrt2`
    times it.

    References
    ----------
    .. [1] S. Mendelson, "Geometric parameters of kernel machines", COLT 2002.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.sqrt(2.0) * np.eye(2)
    >>> answer = rademacher_l2_local(X, 1.0, 0.25, n_draws=10, rng=0)
    >>> round(answer.estimate, 3), round(rademacher_l2(X, 1.0, n_draws=10,
    ...     rng=0).estimate, 3)
    (0.5, 1.0)
    """
    points = as_matrix("X", X)
    radius = as_number("radius", radius, low=0.0, closed="neither")
    level = as_number("level", level, low=0.0, closed="neither")
    n = points.shape[0]
    U, s, _ = np.linalg.svd(points, full_matrices=False)
    # A direction without variance changes no function on the data.
    keep = s > 0.0
    scores = radius * U[:, keep] * s[keep]
    eigenvalues = radius**2 * s[keep] ** 2 / n
    estimate, error = _monte_carlo(
        scores, lambda g: _intersection_supremum(g, eigenvalues / level), n_draws, rng
    )
    middle = float(np.sqrt(np.minimum(level, eigenvalues).sum() / n))
    return RademacherComplexity(estimate, error, middle / _SQRT2, middle * _SQRT2)
