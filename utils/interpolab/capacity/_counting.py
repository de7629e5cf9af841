"""How many labelings a class can realize: Cover, Sauer and Shelah, boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from interpolab._validation import FloatArray, as_integer, as_matrix

# Above it an integer is not a float64 any more.
_LARGEST = 2**53


def _binomial_sum(n: int, terms: int) -> int:
    """Return the sum of the first ``terms`` binomial coefficients of n."""
    total, coefficient = 0, 1
    for k in range(min(terms, n + 1)):
        total += coefficient
        coefficient = coefficient * (n - k) // (k + 1)
    return total


def dichotomies(n: int, d: int) -> int:
    r"""Count the linearly separable labelings of points in general position.

    .. math::

        C(n, d) = 2 \sum_{k=0}^{d-1} \binom{n-1}{k}.

    Of the :math:`2^n` labelings of :math:`n` points in :math:`\mathbb{R}^d`,
    this many are :math:`y_i = \operatorname{sign}(w\cdot x_i)` for some
    :math:`w`.  General position means that any :math:`d` of the points (all of
    them, if :math:`n < d`) are linearly independent; the count then depends on
    nothing else.  It is :math:`2^n` up to :math:`n = d` and half of it at
    :math:`n = 2d`.

    Parameters
    ----------
    n : int
        Number of points, at least 1.
    d : int
        Dimension, at least 1.  With an intercept, one more.

    Returns
    -------
    int
        :math:`C(n, d)`, exact.

    Raises
    ------
    ValueError
        If ``n`` or ``d`` is not an integer or is below 1.

    See Also
    --------
    linear_labelings : the labelings themselves, for any points.
    separable_probability : the count divided by :math:`2^n`.

    References
    ----------
    .. [1] T. M. Cover, "Geometrical and statistical properties of systems of
       linear inequalities with applications in pattern recognition", IEEE
       Trans. Electronic Computers 14 (1965), 326-334.

    Examples
    --------
    >>> [dichotomies(n, 2) for n in range(1, 6)]
    [2, 4, 6, 8, 10]
    >>> dichotomies(10, 5), 2**10
    (512, 1024)
    """
    n = as_integer("n", n, low=1)
    d = as_integer("d", d, low=1)
    return 2 * _binomial_sum(n - 1, d)


def separable_probability(n: int, d: int) -> float:
    r"""Compute the probability that coin-flip labels are linearly separable.

    .. math::

        \frac{C(n, d)}{2^n}
            = \Pr\bigl[\operatorname{Bin}(n-1, \tfrac12) \le d-1\bigr],

    with :math:`C(n, d)` Cover's count for :math:`n` points in general position
    in :math:`\mathbb{R}^d`.  The binomial law makes it stable where the count
    has thousands of digits, and shows the transition: 1 up to :math:`n = d`,
    1/2 at :math:`n = 2d`, a window around it of relative width
    :math:`O(d^{-1/2})`.

    Parameters
    ----------
    n : int
        Number of points, from 1 to :math:`2^{53}`.
    d : int
        Dimension, at least 1.

    Returns
    -------
    float
        The probability.

    Raises
    ------
    ValueError
        If ``n`` or ``d`` is not an integer or is out of its range.

    See Also
    --------
    dichotomies : the exact count.

    References
    ----------
    .. [1] T. M. Cover, "Geometrical and statistical properties of systems of
       linear inequalities with applications in pattern recognition", IEEE
       Trans. Electronic Computers 14 (1965), 326-334.

    Examples
    --------
    Twenty features fit thirty coin flips nearly always, and fifty hardly ever.

    >>> [round(separable_probability(n, 20), 3) for n in (20, 30, 40, 50)]
    [1.0, 0.969, 0.5, 0.076]
    """
    n = as_integer("n", n, low=1, high=_LARGEST)
    d = as_integer("d", d, low=1)
    if d >= n:
        return 1.0
    # P(Bin(m, 1/2) <= k) = I_{1/2}(m - k, k + 1) with m = n - 1, k = d - 1.
    return float(betainc(n - d, d, 0.5))


def sauer_shelah(n: int, vc_dim: int) -> int:
    r"""Bound the number of labelings of n points by the VC dimension.

    .. math::

        \Pi(n) \le \sum_{i=0}^{h} \binom{n}{i}.

    Here :math:`\Pi(n)`, the growth function, is the largest number of labelings
    that a class of VC dimension :math:`h` realizes on any :math:`n` points.
    The bound is :math:`2^n` up to :math:`n = h` and a polynomial of degree
    :math:`h` beyond.

    Parameters
    ----------
    n : int
        Number of points, at least 0.
    vc_dim : int
        VC dimension :math:`h`, at least 0.

    Returns
    -------
    int
        The bound, exact.

    Raises
    ------
    ValueError
        If ``n`` or ``vc_dim`` is not an integer or is negative.

    See Also
    --------
    box_labelings : intervals (h = 2) attain it.
    linear_labelings : half-planes (h = 3) do not.

    References
    ----------
    .. [1] N. Sauer, "On the density of families of sets", J. Combinatorial
       Theory A 13 (1972), 145-147.
    .. [2] S. Shelah, "A combinatorial problem; stability and order for models
       and theories in infinitary languages", Pacific J. Math. 41 (1972),
       247-261.

    Examples
    --------
    >>> [sauer_shelah(n, 3) for n in range(1, 6)]
    [2, 4, 8, 15, 26]
    """
    n = as_integer("n", n, low=0)
    vc_dim = as_integer("vc_dim", vc_dim, low=0)
    return _binomial_sum(n, vc_dim + 1)


def _interval_members(x: FloatArray) -> NDArray[np.bool_]:
    """Return the non-empty subsets of points on a line that intervals cut out."""
    values = np.unique(x)
    low, high = np.triu_indices(values.size)
    return (values[low, None] <= x) & (x <= values[high, None])


def box_labelings(X: ArrayLike) -> FloatArray:
    r"""List the labelings that axis-aligned boxes realize on given points.

    .. math::

        \bigl\{ \bigl(2\cdot 1\{x_i \in B\} - 1\bigr)_{i=1}^n :
            B = [a_1, b_1] \times \dots \times [a_d, b_d] \bigr\},

    the empty box included.  In dimension 1 these are intervals, in dimension 2
    rectangles; the VC dimension is :math:`2d`.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x_i`.  The work grows like :math:`n^{2d+1}`.

    Returns
    -------
    ndarray, shape (n_labelings, n)
        Each labeling once: +1 inside the box, -1 outside.

    Raises
    ------
    ValueError
        If ``X`` is not a finite, non-empty matrix.

    See Also
    --------
    linear_labelings : the same for halfspaces through the origin.

    References
    ----------
    .. [1] A. Blumer, A. Ehrenfeucht, D. Haussler and M. K. Warmuth,
       "Learnability and the Vapnik-Chervonenkis dimension", J. ACM 36 (1989),
       929-965.

    Examples
    --------
    Three points on a line have eight labelings; intervals realize all but one.

    >>> labelings = box_labelings([[0.0], [1.0], [2.0]])
    >>> len(labelings), sauer_shelah(3, 2)
    (7, 7)
    >>> [1.0, -1.0, 1.0] in labelings.tolist()
    False
    """
    points = as_matrix("X", X)
    members = np.zeros((1, points.shape[0]), dtype=bool)
    boxes = _interval_members(points[:, 0])
    for column in points.T[1:]:
        both = boxes[:, None, :] & _interval_members(column)[None]
        boxes = np.unique(both.reshape(-1, column.size), axis=0)
    members = np.unique(np.vstack([members, boxes]), axis=0)
    return np.where(members, 1.0, -1.0)
