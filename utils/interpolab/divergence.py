r"""The three factors of the divergence at the interpolation threshold.

Write :math:`X = \sum_r \sigma_r u_r v_r^\top` for the training features,
:math:`\beta^*` for any reference coefficients and :math:`E = Y - X\beta^*` for
the residuals.  A minimum-norm fit :math:`\hat\beta = X^+ Y` then errs at a test
point :math:`x` by

.. math::

    x\cdot\hat\beta - x\cdot\beta^* = \underbrace{
        x\cdot(X^+X - I)\beta^*}_{\text{bias}} + \sum_r
        \frac{1}{\sigma_r}\,(x\cdot v_r)\,(u_r\cdot E),

and each term of the sum is a product of three factors: how little the training
features vary along a mode, how much the test point does, and how much of the
residual lies there.  :func:`error_modes` takes the product apart;
:func:`learning_curve` measures what happens when one factor is removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from os import cpu_count
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

from interpolab._validation import (
    FloatArray,
    as_array,
    as_choice,
    as_integer,
    as_matrix,
    as_vector,
)
from interpolab.linear import min_norm, rounding_cutoff

__all__ = [
    "Ablation",
    "ErrorModes",
    "LearningCurve",
    "error_modes",
    "learning_curve",
    "nested_split",
]

_BLAS = ThreadpoolController()

Ablation: TypeAlias = Literal["singular_values", "test_subspace", "no_residuals"]
"""What :func:`learning_curve` can remove."""


@dataclass(frozen=True)
class ErrorModes:
    r"""The variance term of the test error, mode by mode.

    Attributes
    ----------
    inverse_singular_values : ndarray, shape (r,)
        :math:`1/\sigma_r`, the largest singular value first.
    test_projections : ndarray, shape (n_test, r)
        :math:`x\cdot v_r` for each test point.
    residual_projections : ndarray, shape (r,)
        :math:`u_r\cdot E`.
    contributions : ndarray, shape (n_test, r)
        Their product; a row sums to the variance term at that test point.
    """

    inverse_singular_values: FloatArray
    test_projections: FloatArray
    residual_projections: FloatArray
    contributions: FloatArray


def error_modes(X: ArrayLike, residuals: ArrayLike, X_test: ArrayLike) -> ErrorModes:
    r"""Split the variance term of a test error into its modes and factors.

    .. math::

        x\cdot X^+ E = \sum_{r=1}^{\operatorname{rank} X}
            \frac{1}{\sigma_r}\,(x\cdot v_r)\,(u_r\cdot E).

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features, :math:`X = \sum_r \sigma_r u_r v_r^\top`.
    residuals : array_like, shape (n,)
        :math:`E = Y - X\beta^*`, in the units of the targets.
    X_test : array_like, shape (n_test, d)
        Test features, one row :math:`x` for each test point.

    Returns
    -------
    ErrorModes
        The three factors and their products.  Modes whose singular value is
        zero in floating point are left out.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, or an array is empty.

    Notes
    -----
    The signs of :math:`u_r` and :math:`v_r` are arbitrary, and so are those of
    the second and the third factor; their product is not.

    References
    ----------
    .. [1] R. Schaeffer et al., "Divergence at the interpolation threshold:
       Identifying, interpreting & ablating the sources of a deep learning
       puzzle", 2023, equation (1).

    Examples
    --------
    The second mode has little variation in training and much at the test
    point, so a residual of 1 there costs 10.

    >>> import numpy as np
    >>> X = np.diag([2.0, 0.1])
    >>> modes = error_modes(X, np.array([1.0, 1.0]), np.array([[1.0, 1.0]]))
    >>> modes.contributions
    array([[ 0.5, 10. ]])
    """
    matrix = as_matrix("X", X)
    errors = as_vector("residuals", residuals, length=matrix.shape[0])
    tests = as_matrix("X_test", X_test, columns=matrix.shape[1])
    U, s, Vt = np.linalg.svd(matrix, full_matrices=False)
    keep = s > rounding_cutoff(matrix.shape, s[0])
    inverse = 1.0 / s[keep]
    onto_test = tests @ Vt[keep].T
    onto_residuals = U[:, keep].T @ errors
    return ErrorModes(
        inverse_singular_values=inverse,
        test_projections=onto_test,
        residual_projections=onto_residuals,
        contributions=onto_test * (inverse * onto_residuals),
    )


def nested_split(n: int, size: int, repeat: int) -> NDArray[np.intp]:
    r"""Return the training rows of one split; the others are the test rows.

    They are the rows that scikit-learn's
    ``train_test_split(test_size=n - size, random_state=repeat)`` trains on:
    the last ``size`` entries of one permutation, so that the training sets of
    one repeat are nested.

    Parameters
    ----------
    n : int
        Number of rows of the data set, at least 2.
    size : int
        Number of training rows, 1 to ``n - 1``.
    repeat : int
        Seed of the permutation, at least 0.

    Returns
    -------
    ndarray of int, shape (size,)
        Row numbers, in the order in which scikit-learn returns them.

    Raises
    ------
    ValueError
        If an argument is not an integer in its range.

    Examples
    --------
    >>> small, large = nested_split(10, 2, repeat=0), nested_split(10, 4, repeat=0)
    >>> set(small.tolist()) < set(large.tolist())
    True
    """
    rows = as_integer("n", n, low=2)
    count = as_integer("size", size, low=1, high=rows - 1)
    seed = as_integer("repeat", repeat, low=0)
    return np.random.RandomState(seed).permutation(rows)[rows - count :]


@lru_cache(maxsize=16)
def _training_rows(n: int, size: int, seeds: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the largest training set of every repeat; a sweep asks repeatedly."""
    rows = np.stack([nested_split(n, size, seed) for seed in seeds])
    rows.setflags(write=False)
    return rows


@dataclass(frozen=True)
class LearningCurve:
    r"""Errors of minimum-norm regression against the number of training rows.

    Attributes
    ----------
    sizes : ndarray of int, shape (n_sizes,)
        Numbers of training rows.
    levels : ndarray or None, shape (n_levels,)
        Strengths of the ablation; None without levels.
    test_error : ndarray, shape (n_levels, n_sizes, repeats)
        Mean squared error over all rows that are not trained on, in units of
        the target squared (``n_levels`` is 1 without levels).
    train_error : ndarray, shape (n_levels, n_sizes, repeats)
        Mean squared error over the training rows.
    smallest_singular_value : ndarray, shape (n_sizes, repeats)
        The smallest non-zero singular value of the training features.
    """

    sizes: NDArray[np.intp]
    levels: FloatArray | None
    test_error: FloatArray
    train_error: FloatArray
    smallest_singular_value: FloatArray


class _FullFit(NamedTuple):
    """The ideal linear fit to all rows, and what test errors need of it."""

    X: FloatArray
    y: FloatArray
    ideal: FloatArray
    R: FloatArray
    residual_square: float


class _Cell(NamedTuple):
    """The results of all repeats at one training size."""

    test_error: FloatArray
    train_error: FloatArray
    smallest: FloatArray


def learning_curve(
    X: ArrayLike,
    y: ArrayLike,
    sizes: ArrayLike,
    *,
    repeats: int | Sequence[int],
    ablation: Ablation | None = None,
    levels: ArrayLike | None = None,
) -> LearningCurve:
    r"""Measure train and test error of minimum-norm regression by data size.

    For every size :math:`N` and repeat the fit is :math:`\hat\beta = X^+ Y` on
    :math:`N` random rows (:func:`nested_split`), without intercept; the test
    error is its mean squared error over all other rows,

    .. math::

        \frac{1}{n - N} \sum_{i \notin \text{train}} (x_i\cdot\hat\beta - y_i)^2.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Features of the whole data set.
    y : array_like, shape (n,)
        Targets.
    sizes : array_like of int, shape (n_sizes,)
        Numbers :math:`N` of training rows, each from 1 to ``n - 1``.
    repeats : int or sequence of int
        Number of random splits, seeded 0, 1, ...; or the seeds themselves.
    ablation : {None, "singular_values", "test_subspace", "no_residuals"}
        The factor to remove.  ``"singular_values"``: singular values below the
        level are dropped from the fit.  ``"test_subspace"``: test rows are
        projected on the ``level`` leading right-singular vectors of the
        training features.  ``"no_residuals"``: targets are replaced, in
        training and in test, by the predictions of the linear model fitted to
        all rows.
    levels : array_like, shape (n_levels,), optional
        Absolute cutoffs (non-negative) or numbers of modes (integers from 1);
        required by the first two ablations, refused otherwise.

    Returns
    -------
    LearningCurve
        Errors for every level, size and repeat.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, a size does not leave
        a test row, the ablation is unknown, or its levels are missing or out
        of range.

    Notes
    -----
    No test prediction is computed.  With :math:`\beta^*` the least-squares fit
    to all rows, :math:`X = QR` and :math:`E = y - X\beta^*`, the residuals are
    orthogonal to the features, so the squared error of any
    :math:`\hat\beta` over *all* rows is
    :math:`\lVert R(\hat\beta - \beta^*)\rVert^2 + \lVert E\rVert^2`; the test
    error is that less the training rows' share.  One stacked decomposition
    serves every level.

    References
    ----------
    .. [1] R. Schaeffer et al., "Divergence at the interpolation threshold:
       Identifying, interpreting & ablating the sources of a deep learning
       puzzle", 2023, appendix B.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 5))
    >>> y = X @ np.ones(5) + rng.standard_normal(200)
    >>> curve = learning_curve(X, y, [3, 5, 20], repeats=40)
    >>> at_threshold = np.median(curve.test_error, axis=-1)[0].argmax()
    >>> int(curve.sizes[at_threshold])
    5
    """
    features = as_matrix("X", X)
    n = features.shape[0]
    if n < 2:
        raise ValueError(
            "X must have at least 2 rows, one to train on and one to test; "
            f"got shape {features.shape}."
        )
    targets = as_vector("y", y, length=n)
    counts = _as_sizes(sizes, n)
    seeds = _as_seeds(repeats)
    as_choice("ablation", ablation, (None, *get_args(Ablation)))
    strengths = _as_levels(levels, ablation)
    rows = _training_rows(n, int(counts.max()), tuple(seeds))
    # The stacked decompositions release the interpreter lock, so sizes run side
    # by side; threads inside BLAS would only get in each other's way.
    single = _BLAS.limit(limits=1, user_api="blas")
    with single, ThreadPoolExecutor(cpu_count()) as pool:
        full = _fit_all(features, targets, without_residuals=ablation == "no_residuals")
        work = partial(_errors_at, full, rows, ablation=ablation, levels=strengths)
        cells = list(pool.map(work, counts.tolist()))
    return LearningCurve(
        sizes=counts,
        levels=strengths,
        test_error=np.stack([cell.test_error for cell in cells], axis=1),
        train_error=np.stack([cell.train_error for cell in cells], axis=1),
        smallest_singular_value=np.stack([cell.smallest for cell in cells]),
    )


def _fit_all(X: FloatArray, y: FloatArray, *, without_residuals: bool) -> _FullFit:
    """Fit all rows; the targets become the predictions if residuals are removed."""
    ideal = min_norm(X, y)
    residuals = y - X @ ideal
    return _FullFit(
        X=X,
        y=X @ ideal if without_residuals else y,
        ideal=ideal,
        R=np.asarray(np.linalg.qr(X, mode="r")),
        residual_square=0.0 if without_residuals else float(residuals @ residuals),
    )


def _errors_at(
    full: _FullFit,
    rows: NDArray[np.intp],
    size: int,
    *,
    ablation: Ablation | None,
    levels: FloatArray | None,
) -> _Cell:
    """Fit every repeat at one size; axes are (level, repeat, row or mode)."""
    chosen = rows[:, rows.shape[1] - size :]
    X, y = full.X[chosen], full.y[chosen]
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    present = s > rounding_cutoff(X.shape, s[:, :1])
    keep = present[None]
    if ablation == "singular_values" and levels is not None:
        keep = present & (s >= levels[:, None, None])
    onto_modes = np.einsum("bnr,bn->br", U, y)
    inverse = np.divide(1.0, s, out=np.zeros_like(s), where=present)
    amplitudes = np.where(keep, inverse * onto_modes, 0.0)
    train_square = _residual_square(U, s, y, amplitudes)
    fit_square = train_square
    if ablation == "test_subspace" and levels is not None:
        leading = np.arange(s.shape[1]) < levels[:, None, None]
        amplitudes = np.where(leading, amplitudes, 0.0)
        fit_square = _residual_square(U, s, y, amplitudes)
        train_square = np.broadcast_to(train_square, fit_square.shape)
    away = np.einsum("lbr,brd->lbd", amplitudes, Vt) - full.ideal
    distance = np.sum((away @ full.R.T) ** 2, axis=-1)
    total = distance + full.residual_square
    n_test = full.X.shape[0] - size
    smallest = np.where(present, s, np.inf).min(axis=1)
    return _Cell(
        test_error=np.maximum(total - fit_square, 0.0) / n_test,
        train_error=train_square / size,
        smallest=np.where(np.isfinite(smallest), smallest, 0.0),
    )


def _residual_square(
    U: FloatArray, s: FloatArray, y: FloatArray, amplitudes: FloatArray
) -> FloatArray:
    """Return the squared training residual of each level and repeat."""
    fitted = np.einsum("bnr,lbr->lbn", U, s * amplitudes)
    return np.sum((y - fitted) ** 2, axis=-1)


def _as_sizes(sizes: ArrayLike, n: int) -> NDArray[np.intp]:
    values = as_vector("sizes", sizes)
    if np.any(values != np.round(values)) or values.min() < 1 or values.max() >= n:
        raise ValueError(
            f"sizes must be integers from 1 to {n - 1} (one row of the {n} is left "
            f"to test on); got values from {values.min():g} to {values.max():g}."
        )
    return values.astype(np.intp)


def _as_seeds(repeats: int | Sequence[int]) -> list[int]:
    if isinstance(repeats, Sequence | np.ndarray | range):
        seeds = [as_integer("repeats", seed, low=0) for seed in repeats]
        if not seeds:
            raise ValueError("repeats must name at least one split; got none.")
        return seeds
    return list(range(as_integer("repeats", repeats, low=1)))


def _as_levels(
    levels: ArrayLike | None, ablation: Ablation | None
) -> FloatArray | None:
    if ablation in (None, "no_residuals"):
        if levels is not None:
            raise ValueError(
                f"levels must be None when ablation is {ablation!r}; got {levels!r}."
            )
        return None
    if levels is None:
        raise ValueError(f"levels must be given when ablation is {ablation!r}.")
    values = as_array("levels", levels, ndim=1)
    if ablation == "singular_values" and values.min() < 0:
        raise ValueError(
            f"levels must be non-negative cutoffs; got {values.min()!r} among them."
        )
    whole = np.array_equal(values, np.round(values)) and values.min() >= 1
    if ablation == "test_subspace" and not whole:
        raise ValueError(
            f"levels must be numbers of modes, integers from 1; got {values!r}."
        )
    return values
