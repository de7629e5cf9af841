"""Linear separability: one labeling, or all labelings of given points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from interpolab._validation import FloatArray, as_labels, as_matrix
from interpolab.linear import rounding_cutoff

# The smallest that HiGHS accepts; its default of 1e-7 would hide small margins.
_TOLERANCE = 1e-10


def _rescaled(points: FloatArray) -> FloatArray:
    """Bring rows and columns to size one, by powers of two and so exactly.

    Positive factors on rows and nonzero factors on columns change no labeling's
    separability, and without them one large point hides the others.
    """
    for axis in (1, 0):
        size = np.abs(points).max(axis=axis, keepdims=True)
        points = np.ldexp(points, -np.frexp(size)[1])
    return points


def _proves(w: FloatArray, signed: FloatArray) -> bool:
    """Tell whether every margin ``signed @ w`` exceeds its rounding error."""
    rounding = (w.size + 2) * np.finfo(np.float64).eps * (np.abs(signed) @ np.abs(w))
    return bool(np.all(signed @ w > rounding))


def _largest_margin(signed: FloatArray) -> FloatArray:
    """Maximize the smallest margin over the cube of weights, max |w_j| <= 1."""
    n, r = signed.shape
    solution = linprog(
        c=np.append(np.zeros(r), -1.0),
        A_ub=np.hstack([-signed, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        bounds=[(-1.0, 1.0)] * r + [(None, None)],
        method="highs",
        options={
            "primal_feasibility_tolerance": _TOLERANCE,
            "dual_feasibility_tolerance": _TOLERANCE,
        },
    )
    # The program is feasible (0) and bounded, so only the solver can fail.
    if solution.x is None:
        raise RuntimeError(f"HiGHS did not solve the program: {solution.message}")
    return solution.x[:r]


def _separator(signed: FloatArray) -> FloatArray | None:
    """Return w with ``signed @ w > 0``, or None; no row may be zero."""
    U, s, Vt = np.linalg.svd(signed, full_matrices=False)
    keep = s > rounding_cutoff(signed.shape, s[0])
    U, s, V = U[:, keep], s[keep], Vt[keep].T
    # Least squares is exact when the rows are independent, and often enough
    # separates when they are not.
    w = (V / s) @ U.sum(axis=0)
    if _proves(w, signed):
        return w
    # Only the column space matters.  In its orthonormal basis data that nearly
    # lie in a subspace are as well conditioned as any.
    rows = U / np.linalg.norm(U, axis=1, keepdims=True)
    w = (V / s) @ _largest_margin(rows)
    return w if _proves(w, signed) else None


def is_separable(X: ArrayLike, y: ArrayLike) -> bool:
    r"""Decide whether a hyperplane through the origin separates two classes.

    .. math::

        \exists\, w: \quad y_i\,(w\cdot x_i) > 0 \quad \text{for every } i,

    decided by the linear program

    .. math::

        \max_{w,\,t}\; t \quad\text{subject to}\quad
            y_i\,(w\cdot q_i) \ge t, \quad -1 \le w_j \le 1,

    where :math:`q_i` is :math:`x_i` in an orthonormal basis of the column space
    of ``X``, scaled to length one.  Neither step changes the answer.  The
    optimum is positive if the classes are separable, and 0 if they are not.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x_i`.  For a hyperplane with an intercept, append a column
        of ones.
    y : array_like, shape (n,)
        Labels :math:`y_i \in \{-1, +1\}`.

    Returns
    -------
    bool
        True only if weights were found whose every margin exceeds its rounding
        error: it is a proof.  False if there are none; also if rounding hides
        them, because :math:`t` is below about 1e-9 or the points lie within
        about 1e-12, relative to their size, of a subspace in which no weights
        exist.

    Raises
    ------
    ValueError
        If ``X`` is not a finite, non-empty matrix, or ``y`` has another length
        or a label other than -1 and +1.

    Notes
    -----
    A point at the origin is on every hyperplane, so that no labeling of it is
    separable.

    References
    ----------
    .. [1] P. Gordan, "Über die Auflösung linearer Gleichungen mit reellen
       Coefficienten", Math. Ann. 6 (1873), 23-28: either such a :math:`w`
       exists, or :math:`\sum_i \lambda_i y_i x_i = 0` for some
       :math:`\lambda \ge 0`, not all zero.

    Examples
    --------
    >>> X = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    >>> is_separable(X, [1, -1, 1])
    True
    >>> is_separable(X, [1, 1, -1])
    False
    """
    points = as_matrix("X", X)
    labels = as_labels("y", y)
    if labels.size != points.shape[0]:
        raise ValueError(
            f"y must have one label for each of the {points.shape[0]} rows of X; "
            f"got {labels.size}."
        )
    if not points.any(axis=1).all():
        return False
    return _separator(_rescaled(labels[:, None] * points)) is not None


def linear_labelings(X: ArrayLike) -> FloatArray:
    r"""List the labelings that hyperplanes through the origin realize.

    .. math::

        \bigl\{ \bigl(\operatorname{sign}(w\cdot x_i)\bigr)_{i=1}^n :
            w \in \mathbb{R}^d,\ w\cdot x_i \ne 0 \text{ for every } i \bigr\}.

    The points are added one at a time: a labeling of the first :math:`k+1`
    restricts to one of the first :math:`k`, whose weights realize one of its
    two continuations; :func:`is_separable` decides the other.  By the symmetry
    :math:`w \to -w` half of the labelings suffice.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x_i`, in any position.  The work grows like
        :math:`n^d` linear programs of about two milliseconds.

    Returns
    -------
    ndarray, shape (n_labelings, n)
        Each labeling once; the second half mirrors the first.

    Raises
    ------
    ValueError
        If ``X`` is not a finite, non-empty matrix.

    See Also
    --------
    dichotomies : their number, in general position.
    box_labelings : the same for boxes.

    References
    ----------
    .. [1] T. M. Cover, "Geometrical and statistical properties of systems of
       linear inequalities with applications in pattern recognition", IEEE
       Trans. Electronic Computers 14 (1965), 326-334.

    Examples
    --------
    The count does not depend on the points, as long as none is special.

    >>> import numpy as np
    >>> from interpolab.capacity import dichotomies
    >>> X = np.random.default_rng(0).standard_normal((6, 3))
    >>> len(linear_labelings(X)), dichotomies(6, 3)
    (32, 32)
    >>> X[:, 2] = X[:, 0] + X[:, 1]
    >>> len(linear_labelings(X)), dichotomies(6, 2)
    (12, 12)
    """
    points = as_matrix("X", X)
    n = points.shape[0]
    if not points.any(axis=1).all():
        return np.empty((0, n))
    points = _rescaled(points)
    found = [(np.ones(1), points[0])]
    for k in range(1, n):
        extended = []
        for labels, w in found:
            for sign in (1.0, -1.0):
                longer = np.append(labels, sign)
                signed = longer[:, None] * points[: k + 1]
                witness = w if _proves(w, signed) else _separator(signed)
                if witness is not None:
                    extended.append((longer, witness))
        found = extended
    half = np.array([labels for labels, _ in found])
    return np.vstack([half, -half])
