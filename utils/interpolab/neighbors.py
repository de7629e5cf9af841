r"""Local interpolation: singularly weighted neighbors and simplices.

Both kinds of predictor average the training labels with weights that depend on
the query and the training points only,

.. math::

    \hat f(x) = \sum_{i=1}^n w_i(x)\, y_i, \qquad
    w_i \ge 0, \quad \sum_i w_i = 1, \quad w_i(x_j) = \delta_{ij},

so they take the label exactly at every training point, noise included, and
average over several labels everywhere else.  A regressor returns the average; a
classifier averages indicators of the classes and returns the largest.  The
weights themselves are available from the method ``weights``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, issparse, vstack
from scipy.spatial import Delaunay, KDTree, QhullError
from scipy.spatial.distance import cdist
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MultiOutputMixin,
    RegressorMixin,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import ThreadpoolController

from interpolab._validation import FloatArray, as_choice, as_integer, as_number

__all__ = [
    "SimplicialClassifier",
    "SimplicialRegressor",
    "SingularNeighborsClassifier",
    "SingularNeighborsRegressor",
]

Algorithm: TypeAlias = Literal["auto", "triangulation", "linear_program"]
"""How the simplicial estimators find the simplex around a query."""

Outside: TypeAlias = Literal["nearest", "refuse"]
"""What the simplicial estimators do outside the convex hull."""

Cells: TypeAlias = tuple[NDArray[np.intp], FloatArray, NDArray[np.bool_]]
"""Vertices (q, d + 1), their weights, and which queries lie in the hull (q,)."""

_BLAS = ThreadpoolController()

_BLOCK = 2_000_000  # numbers handled at once: 16 MB of weights, 16 MB of indices
_FARTHEST = 1e150  # coordinates whose squared differences are finite
_NEAREST = 1e-150  # distances whose squares may vanish

_THINNEST = 1e-10  # width of a slab, as a share of its extent, that is not flat

_MAX_FEATURES = 12
# In 6 dimensions two thirds of uniform queries lie in the hull of 2000 uniform
# points, in 12 it is 4 %: beyond, the predictor is nearest neighbor in disguise.

_MAX_SIMPLICES = 500_000  # about 200 MB and 4 s
_SIMPLICES_PER_POINT = {2: 2, 3: 7, 4: 32, 5: 187, 6: 1297}
# Mean number of simplices per point of the Delaunay triangulation of a Poisson
# process, rounded up; a finite sample has fewer.


# --- what a weighted average needs ------------------------------------------------


class _LocalWeights(BaseEstimator):
    """Average over the training set with weights from the geometry alone."""

    n_samples_fit_: int

    def weights(self, X: ArrayLike) -> csr_array:
        r"""Compute the weights :math:`w_i(x)` of the training labels.

        Parameters
        ----------
        X : array_like, shape (n_queries, d)
            Query points :math:`x`.

        Returns
        -------
        csr_array, shape (n_queries, n)
            Non-negative weights; every row sums to 1.

        Raises
        ------
        ValueError
            If ``X`` is empty, not finite or does not have ``d`` columns.
        """
        pieces = list(self._pieces(self._queries(X)))
        order = np.concatenate([rows for rows, _ in pieces])
        table = vstack([piece for _, piece in pieces], format="csr")
        table = table[np.argsort(order)]
        table.eliminate_zeros()
        return table

    def _queries(self, X: ArrayLike) -> FloatArray:
        check_is_fitted(self, "n_samples_fit_")
        return _bounded(validate_data(self, X, dtype=np.float64, reset=False))

    def _average(self, X: ArrayLike, values: FloatArray | csr_array) -> FloatArray:
        """Return the weighted averages of the rows of ``values``."""
        queries = self._queries(X)
        averages = np.empty((len(queries), *values.shape[1:]))
        for rows, weights in self._pieces(queries):
            product = weights @ values
            averages[rows] = product.toarray() if issparse(product) else product
        return averages

    def _locate(self, points: FloatArray) -> None:
        """Prepare for queries; called by ``fit``."""
        raise NotImplementedError

    def _pieces(
        self, queries: FloatArray
    ) -> Iterator[tuple[NDArray[np.intp], csr_array]]:
        """Yield row numbers and their weights, few enough rows at a time."""
        raise NotImplementedError


class _WeightedRegressor(MultiOutputMixin, RegressorMixin):
    """Regression by the weights of a :class:`_LocalWeights`."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Store the training set.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Training points.
        y : array_like, shape (n,) or (n, k)
            Targets; each of the ``k`` columns is a problem of its own.

        Returns
        -------
        self
            The fitted regressor.

        Raises
        ------
        ValueError
            If the shapes do not fit, an entry is not finite, an array is empty,
            or the points and the parameters do not go together.
        """
        points, targets = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True
        )
        self._locate(_bounded(points))
        self._values = np.asarray(targets, dtype=np.float64)
        self.n_samples_fit_ = len(points)
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """Average the training targets.

        Parameters
        ----------
        X : array_like, shape (n_queries, d)
            Query points.

        Returns
        -------
        ndarray, shape (n_queries,) or (n_queries, k)
            Predictions, in the units of the targets.

        Raises
        ------
        ValueError
            If ``X`` is empty, not finite or does not have ``d`` columns.
        """
        check_is_fitted(self, "n_samples_fit_")
        return self._average(X, self._values)


class _WeightedClassifier(ClassifierMixin):
    """Classification by the weights of a :class:`_LocalWeights`."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Store the training set.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Training points.
        y : array_like, shape (n,)
            Class labels.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If the shapes do not fit, an entry is not finite, an array is empty,
            ``y`` does not hold classes, or the points and the parameters do not
            go together.
        """
        points, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self._locate(_bounded(points))
        self.classes_, codes = np.unique(labels, return_inverse=True)
        n = len(points)
        self._values = csr_array(
            (np.ones(n), codes, np.arange(n + 1)), shape=(n, len(self.classes_))
        )
        self.n_samples_fit_ = n
        return self

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Compute the total weight of every class.

        Parameters
        ----------
        X : array_like, shape (n_queries, d)
            Query points.

        Returns
        -------
        ndarray, shape (n_queries, n_classes)
            Weights in the order of ``classes_``; every row sums to 1.

        Raises
        ------
        ValueError
            If ``X`` is empty, not finite or does not have ``d`` columns.
        """
        check_is_fitted(self, "n_samples_fit_")
        return self._average(X, self._values)

    def predict(self, X: ArrayLike) -> NDArray:
        """Return the class with the largest weight, the first one if tied.

        Parameters
        ----------
        X : array_like, shape (n_queries, d)
            Query points.

        Returns
        -------
        ndarray, shape (n_queries,)
            Class labels.

        Raises
        ------
        ValueError
            If ``X`` is empty, not finite or does not have ``d`` columns.
        """
        largest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[largest]


def _bounded(points: FloatArray) -> FloatArray:
    """Return the points if all their squared distances are finite."""
    largest = np.abs(points).max()
    if largest > _FARTHEST:
        raise ValueError(
            f"X must not exceed {_FARTHEST:g} in size, so that squared distances "
            f"are finite; got {largest:.3g}."
        )
    return points


def _rectangular(vertices: NDArray[np.intp], weights: FloatArray, n: int) -> csr_array:
    """Return the matrix (q, n) with the same number of weights in each row."""
    rows, width = weights.shape
    starts = np.arange(0, rows * width + 1, width)
    return csr_array((weights.ravel(), vertices.ravel(), starts), shape=(rows, n))


def _split(rows: NDArray[np.intp], width: int) -> list[NDArray[np.intp]]:
    """Split the rows so that rows times width stays below the block size."""
    return np.array_split(rows, max(1, -(-rows.size * width // _BLOCK)))


# --- singular weights ---------------------------------------------------------------


class _SingularNeighbors(_LocalWeights):
    """Weights |x - x_i|^(-exponent) over the nearest training points."""

    def __init__(self, n_neighbors: int = 5, exponent: float = 1.0) -> None:
        self.n_neighbors = n_neighbors
        self.exponent = exponent

    def _locate(self, points: FloatArray) -> None:
        self._k = as_integer("n_neighbors", self.n_neighbors, low=1)
        self._delta = as_number("exponent", self.exponent, low=0.0)
        if self._k > len(points):
            raise ValueError(
                f"n_neighbors must be at most n_samples = {len(points)}; got {self._k}."
            )
        self._tree = KDTree(points)

    def _pieces(
        self, queries: FloatArray
    ) -> Iterator[tuple[NDArray[np.intp], csr_array]]:
        # One neighbor more than needed tells whether the last one is tied.
        yield from self._settle(queries, np.arange(len(queries)), self._k + 1)

    def _settle(
        self, queries: FloatArray, rows: NDArray[np.intp], count: int
    ) -> Iterator[tuple[NDArray[np.intp], csr_array]]:
        """Yield the weights; look twice as far where the last one is tied."""
        n = self._tree.n
        count = min(count, n)
        for part in _split(rows, count):
            distances, indices = self._neighbors(queries[part], count)
            radius = np.partition(distances, self._k - 1)[:, self._k - 1, None]
            # Below _NEAREST the tree cannot tell points apart: see them all.
            far = np.maximum(radius[:, 0], _NEAREST)
            done = (distances.max(axis=1) > far) | (count == n)
            weights = _singular_weights(distances[done], radius[done], self._delta)
            yield part[done], _rectangular(indices[done], weights, n)
            if not done.all():
                yield from self._settle(queries, part[~done], 2 * count)

    def _neighbors(
        self, queries: FloatArray, count: int
    ) -> tuple[FloatArray, NDArray[np.intp]]:
        data = self._tree.data
        if count == len(data):  # nothing to search for
            distances = cdist(queries, data)
            indices = np.broadcast_to(np.arange(count), distances.shape)
        else:
            distances, indices = self._tree.query(queries, k=range(1, count + 1))
        close = distances < _NEAREST
        if close.any():
            # Here squares may have vanished: distinct points must stay distinct.
            rows, _ = np.nonzero(close)
            gaps = np.ldexp(queries[rows] - data[indices[close]], 600)
            distances[close] = np.ldexp(np.linalg.norm(gaps, axis=1), -600)
        return distances, indices


def _singular_weights(
    distances: FloatArray, radius: FloatArray, exponent: float
) -> FloatArray:
    """Return the normalized weights of the points within the radius.

    Ratios to the nearest distance lie in [0, 1], so that no power overflows;
    where the nearest distance is zero they are its indicator.
    """
    ratios = np.ones_like(distances)
    nearest = distances.min(axis=1, keepdims=True)
    np.divide(nearest, distances, out=ratios, where=distances > 0.0)
    weights = ratios**exponent * (distances <= radius)
    return weights / weights.sum(axis=1, keepdims=True)


class SingularNeighborsRegressor(_WeightedRegressor, _SingularNeighbors):
    r"""Interpolate with singular weights over the nearest neighbors.

    .. math::

        \hat f(x) = \frac{\sum_{i \in N_k(x)} \lVert x - x_i\rVert^{-\delta}\, y_i}
            {\sum_{i \in N_k(x)} \lVert x - x_i\rVert^{-\delta}},

    with :math:`N_k(x)` the :math:`k` training points nearest to :math:`x` and
    :math:`\delta` the exponent.  For :math:`\delta > 0` the weight of a training
    point is infinite at the point itself, so that :math:`\hat f(x_i) = y_i`
    exactly.  With :math:`k\to\infty` and :math:`k/n\to 0`, exponents below
    :math:`d/2` average the noise as well as equal weights do; above :math:`d`
    they never stop fitting it.

    Parameters
    ----------
    n_neighbors : int, default 5
        Number :math:`k` of neighbors, at most ``n``; ``n`` itself is allowed.
    exponent : float, default 1.0
        The exponent :math:`\delta \ge 0`.  Zero is plain k-nearest neighbors,
        which does not interpolate.

    Attributes
    ----------
    n_samples_fit_ : int
        Number ``n`` of training points.
    n_features_in_ : int
        Number of columns ``d`` of the training points.

    Raises
    ------
    ValueError
        By ``fit``, if ``n_neighbors`` is below 1 or above ``n``, the exponent is
        negative, or a coordinate exceeds 1e150.

    See Also
    --------
    SimplicialRegressor : interpolation without a parameter.

    Notes
    -----
    *Duplicates.*  For :math:`\delta > 0` the prediction at a point that occurs
    several times in the training set is the mean of all its labels.

    *Ties.*  Points as far away as the :math:`k`-th one all count, so there may
    be more than :math:`k`.  The order of the training set does not matter.

    Neighbors are found by a k-d tree, with differences formed before they are
    squared: only a point itself is at distance zero.

    References
    ----------
    .. [1] L. Devroye, L. Györfi and A. Krzyżak, "The Hilbert kernel regression
       estimate", J. Multivariate Anal. 65 (1998), 209-227.
    .. [2] M. Belkin, A. Rakhlin and A. B. Tsybakov, "Does data interpolation
       contradict statistical optimality?", AISTATS 2019.

    Examples
    --------
    Halfway between two labels, and at one of them.

    >>> model = SingularNeighborsRegressor(n_neighbors=2, exponent=1.0)
    >>> model.fit([[0.0], [1.0], [5.0]], [0.0, 4.0, 9.0]).predict([[0.25], [1.0]])
    array([1., 4.])
    """


class SingularNeighborsClassifier(_WeightedClassifier, _SingularNeighbors):
    r"""Classify by a vote with singular weights over the nearest neighbors.

    .. math::

        \hat y(x) = \arg\max_c
            \sum_{i \in N_k(x)} \lVert x - x_i\rVert^{-\delta}\, 1\{y_i = c\},

    with :math:`N_k(x)` the :math:`k` training points nearest to :math:`x` and
    :math:`\delta` the exponent.  For :math:`\delta > 0` it has no training
    error, whatever the labels.

    Parameters
    ----------
    n_neighbors : int, default 5
        Number :math:`k` of neighbors, at most ``n``; ``n`` itself is allowed.
    exponent : float, default 1.0
        The exponent :math:`\delta \ge 0`.  Zero is plain k-nearest neighbors,
        which does not interpolate.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels, sorted.
    n_samples_fit_ : int
        Number ``n`` of training points.
    n_features_in_ : int
        Number of columns ``d`` of the training points.

    Raises
    ------
    ValueError
        By ``fit``, if ``n_neighbors`` is below 1 or above ``n``, the exponent is
        negative, or a coordinate exceeds 1e150.

    See Also
    --------
    SingularNeighborsRegressor : the same weights; its notes apply.

    Notes
    -----
    A point that occurs several times with different labels gets the most
    frequent one; between equally heavy classes the first in ``classes_`` wins.

    References
    ----------
    .. [1] M. Belkin, D. Hsu and P. P. Mitra, "Overfitting or perfect fitting?
       Risk bounds for classification and regression rules that interpolate",
       NeurIPS 2018.

    Examples
    --------
    >>> model = SingularNeighborsClassifier(n_neighbors=3, exponent=1.0)
    >>> model = model.fit([[0.0], [1.0], [2.0]], ["a", "b", "a"])
    >>> model.predict([[0.5], [0.9], [1.0]]).tolist()
    ['a', 'b', 'b']
    """


# --- simplices ----------------------------------------------------------------------


class _Flat:
    """The flat that the points span, with coordinates of order one.

    Qhull needs points that fill their space, and both searches below have
    absolute tolerances.  Data often lie in a flat: a column is constant, or a
    combination of others, or there are fewer points than features.  Qhull cannot
    tell a thinner slab than ``_THINNEST`` from a flat, and then says of points
    in the hull that they are not.
    """

    def __init__(self, points: FloatArray) -> None:
        # An actual point as the origin: the differences then span the flat, and
        # those of a constant column are exactly zero.
        middle = np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()
        self._origin = points[middle]
        self._exponent = int(np.frexp(np.abs(points - self._origin).max())[1])
        gaps = self._differences(points)
        s, axes = np.linalg.svd(gaps, full_matrices=False)[1:]
        # What the coordinates themselves are rounded by, in the same unit.
        size = np.ldexp(np.abs(points).max(), -self._exponent)
        noise = np.finfo(np.float64).eps * (1.0 + size)
        cutoff = max(_THINNEST * s[0], np.sqrt(points.size) * noise)
        self.dimension = int(np.sum(s > cutoff))
        self._full = self.dimension == points.shape[1]
        self._axes = axes[: self.dimension]
        self._thickness = 2.0 * self._distances(gaps).max() + 100.0 * noise

    def coordinates(self, points: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return coordinates (q, dimension), and which points are in the flat."""
        gaps = self._differences(points)
        if self._full:
            return gaps, np.ones(len(gaps), dtype=bool)
        return gaps @ self._axes.T, self._distances(gaps) <= self._thickness

    def _differences(self, points: FloatArray) -> FloatArray:
        # The sample lies in (-1, 1): beyond, all numbers are equally far outside.
        with np.errstate(over="ignore"):
            gaps = np.ldexp(points - self._origin, -self._exponent)
        return np.clip(gaps, -4.0, 4.0)

    def _distances(self, gaps: FloatArray) -> FloatArray:
        return np.linalg.norm(gaps - gaps @ self._axes.T @ self._axes, axis=1)


class _Line:
    """One column as it is: sorting and comparing need no tolerance."""

    def __init__(self, points: FloatArray) -> None:
        self.dimension = min(1, len(points) - 1)

    def coordinates(self, points: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        return points, np.ones(len(points), dtype=bool)


class _Locator(Protocol):
    """Finds the simplex around each query and the query's weights in it."""

    def locate(self, queries: FloatArray) -> Cells: ...


class _Segments:
    """The intervals between points on a line."""

    def __init__(self, points: FloatArray) -> None:
        # Distinct points may share their coordinate on a line that is nearly theirs.
        self._points, self._order = np.unique(points[:, 0], return_index=True)

    def locate(self, queries: FloatArray) -> Cells:
        x, points = queries[:, 0], self._points
        left = np.searchsorted(points, x, side="right") - 1
        left = np.clip(left, 0, len(points) - 2)
        inside = (points[0] <= x) & (x <= points[-1])
        start, end = points[left], points[left + 1]
        share = np.zeros_like(x)
        np.divide(x - start, end - start, out=share, where=inside)
        vertices = self._order[np.column_stack([left, left + 1])]
        return vertices, np.column_stack([1.0 - share, share]), inside


class _Triangulation:
    """The whole Delaunay triangulation, by Qhull."""

    def __init__(self, points: FloatArray) -> None:
        self._delaunay = Delaunay(points)
        # Computed on first use: one small inverse for each simplex, for which
        # threads only wait for one another.
        with _BLAS.limit(limits=1):
            self._maps = self._delaunay.transform

    def locate(self, queries: FloatArray) -> Cells:
        d = queries.shape[1]
        found = self._delaunay.find_simplex(queries)
        maps = self._maps[found]
        first = np.einsum("qij,qj->qi", maps[:, :d], queries - maps[:, d])
        weights = np.column_stack([first, 1.0 - first.sum(axis=1)])
        vertices = self._delaunay.simplices[found].astype(np.intp)
        return vertices, _onto_simplex(weights), found >= 0


class _LinearPrograms:
    """The Delaunay simplex of one query at a time, by linear programming.

    Lift every point to the paraboloid.  The faces of the lower hull of the
    lifted points project to the Delaunay simplices, so the weights of x minimize
    sum w_i |x_i - x|^2 subject to sum w_i x_i = x, sum w_i = 1 and w >= 0.
    """

    def __init__(self, points: FloatArray) -> None:
        self._points = points
        # Any basis states the conditions.  In one where the points extend equally
        # far in all directions the solver's tolerance means the same in each.
        s, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[1:]
        self._basis = axes.T * (np.sqrt(len(points)) / s)

    def locate(self, queries: FloatArray) -> Cells:
        size = queries.shape[1] + 1
        vertices = np.zeros((len(queries), size), dtype=np.intp)
        weights = np.zeros((len(queries), size))
        inside = np.zeros(len(queries), dtype=bool)
        for q, x in enumerate(queries):
            found = self._solve(self._points - x)
            if found is not None:
                vertices[q, : len(found[0])], weights[q, : len(found[0])] = found
                inside[q] = True
        return vertices, _onto_simplex(weights), inside

    def _solve(self, gaps: FloatArray) -> tuple[NDArray[np.intp], FloatArray] | None:
        """Return the vertices around the origin and their weights, if any."""
        n, d = gaps.shape
        conditions = np.vstack([(gaps @ self._basis).T, np.ones(n)])
        right = np.append(np.zeros(d), 1.0)
        result = linprog(
            np.square(gaps).sum(axis=1),
            A_eq=conditions,
            b_eq=right,
            method="highs-ds",  # ends in a vertex: at most d + 1 weights
            options={
                "primal_feasibility_tolerance": 1e-10,
                "dual_feasibility_tolerance": 1e-10,
            },
        )
        if result.status == 2:  # infeasible: no average of the points is x
            return None
        if result.status != 0:
            raise RuntimeError(f"A query's linear program failed: {result.message}")
        support = np.flatnonzero(result.x > 0.0)
        exact = np.linalg.lstsq(conditions[:, support], right, rcond=None)[0]
        return support, exact


def _onto_simplex(weights: FloatArray) -> FloatArray:
    """Remove the rounding that makes a weight negative or the sum not 1."""
    weights = np.maximum(weights, 0.0)
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=weights, where=total > 0.0)


class _Simplicial(_LocalWeights):
    """Barycentric weights in the Delaunay simplex around the query."""

    def __init__(
        self, *, outside: Outside = "nearest", algorithm: Algorithm = "auto"
    ) -> None:
        self.outside = outside
        self.algorithm = algorithm

    def inside(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Tell which queries lie in the convex hull of the training points.

        Parameters
        ----------
        X : array_like, shape (n_queries, d)
            Query points.

        Returns
        -------
        ndarray of bool, shape (n_queries,)
            True in the hull, its boundary included up to rounding.

        Raises
        ------
        ValueError
            If ``X`` is empty, not finite or does not have ``d`` columns.
        """
        queries = self._queries(X)
        parts = _split(np.arange(len(queries)), self._width)
        return np.concatenate([self._barycentric(queries[rows])[2] for rows in parts])

    def _locate(self, points: FloatArray) -> None:
        as_choice("outside", self.outside, ("nearest", "refuse"))
        as_choice(
            "algorithm", self.algorithm, ("auto", "triangulation", "linear_program")
        )
        n, d = points.shape
        if d > _MAX_FEATURES:
            raise ValueError(
                f"{type(self).__name__} takes at most {_MAX_FEATURES} features; got "
                f"n_samples = {n}, n_features = {d}. In so many dimensions hardly "
                "any query lies in the convex hull of the training points."
            )
        # Adding zero makes -0.0 the same number as 0.0.
        distinct, which, counts = np.unique(
            points + 0.0, axis=0, return_inverse=True, return_counts=True
        )
        which = which.ravel()
        self._tree = KDTree(distinct)
        self._index = {point.tobytes(): i for i, point in enumerate(distinct)}
        self._merge = csr_array(
            (1.0 / counts[which], (which, np.arange(n))), shape=(len(distinct), n)
        )
        self._flat = _Line(distinct) if d == 1 else _Flat(distinct)
        self._cells = self._locator(self._flat.coordinates(distinct)[0])
        self._width = (d + 1) ** 2  # numbers per query while its weights are found

    def _locator(self, points: FloatArray) -> _Locator | None:
        n, d = points.shape
        if n == 1 or d == 0:
            return None
        if d == 1:
            return _Segments(points)
        expected = n * _SIMPLICES_PER_POINT.get(d, np.inf)
        fits = expected <= _MAX_SIMPLICES
        if self.algorithm == "triangulation" and not fits:
            many = f", about {expected:.3g} simplices" if np.isfinite(expected) else ""
            raise ValueError(
                f"A triangulation is limited to {_MAX_SIMPLICES} expected simplices "
                f"and {max(_SIMPLICES_PER_POINT)} dimensions; got {n} distinct points "
                f"in {d} dimensions{many}. Use algorithm='linear_program'."
            )
        if fits and self.algorithm != "linear_program":
            try:
                return _Triangulation(points)
            except QhullError as error:
                if self.algorithm == "triangulation":
                    raise ValueError(
                        f"X must not be nearly flat for a triangulation; Qhull fails "
                        f"on {n} distinct points in {d} dimensions. Give the columns "
                        "comparable scales, or use algorithm='linear_program'."
                    ) from error
        return _LinearPrograms(points)

    def _nearest(
        self, queries: FloatArray
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the nearest training points, and which of them are the queries."""
        distances, nearest = self._tree.query(queries)
        equal = np.zeros(len(queries), dtype=bool)
        for q in np.flatnonzero(distances < _NEAREST):
            # Squares of such distances may have vanished.
            index = self._index.get((queries[q] + 0.0).tobytes())
            equal[q] = index is not None
            if index is None:
                with np.errstate(over="ignore"):
                    gaps = np.ldexp(self._tree.data - queries[q], 600)
                    index = np.linalg.norm(gaps, axis=1).argmin()
            nearest[q] = index
        return nearest, equal

    def _barycentric(self, queries: FloatArray) -> Cells:
        """Return vertices, weights and inside, for one block of queries."""
        nearest, inside = self._nearest(queries)
        size = self._flat.dimension + 1
        vertices = np.repeat(nearest[:, None], size, axis=1)
        weights = np.repeat(np.eye(1, size), len(queries), axis=0)
        coordinates, flat = self._flat.coordinates(queries)
        rest = np.flatnonzero(flat & ~inside)
        if rest.size and self._cells is not None:
            found, shares, within = self._cells.locate(coordinates[rest])
            inside[rest] = within
            vertices[rest[within]] = found[within]
            weights[rest[within]] = shares[within]
        return vertices, weights, inside

    def _pieces(
        self, queries: FloatArray
    ) -> Iterator[tuple[NDArray[np.intp], csr_array]]:
        for rows in _split(np.arange(len(queries)), self._width):
            vertices, weights, inside = self._barycentric(queries[rows])
            if self.outside == "refuse" and not inside.all():
                raise ValueError(
                    "X must lie in the convex hull of the training points when "
                    f"outside='refuse'; got {int((~inside).sum())} rows outside, "
                    f"the first at index {int(rows[~inside][0])}."
                )
            yield rows, _rectangular(vertices, weights, self._tree.n) @ self._merge


class SimplicialRegressor(_WeightedRegressor, _Simplicial):
    r"""Interpolate linearly in the Delaunay simplices of the training points.

    .. math::

        \hat f(x) = \sum_{i=0}^{d} w_i\, y_{(i)}, \qquad
        \sum_i w_i\, x_{(i)} = x, \quad \sum_i w_i = 1, \quad w_i \ge 0,

    with :math:`x_{(0)}, \dots, x_{(d)}` the vertices of the Delaunay simplex
    that contains :math:`x`: the sphere through them has no training point
    inside.  In one dimension this is linear interpolation between neighbors.
    For a uniform point of a simplex the weights have the Dirichlet distribution
    with all parameters 1, and :math:`\mathbb E\sum_i w_i^2 = 2/(d+2)`: more
    dimensions average more labels.

    Parameters
    ----------
    outside : {"nearest", "refuse"}, default "nearest"
        What to do with a query outside the convex hull of the training points:
        take the label of the nearest training point, or raise ``ValueError``.
        See also the method ``inside``.
    algorithm : {"auto", "triangulation", "linear_program"}, default "auto"
        How to find the simplices.  ``"triangulation"`` finds all of them in
        ``fit``; then queries are fast.  ``"linear_program"`` finds one for each
        query, in about ten milliseconds; its memory does not grow with the number of
        simplices.  ``"auto"`` triangulates when it expects at most 500000
        simplices: in 2 to 6 dimensions up to 250000, 71428, 15625, 2673 and 385
        points.

    Attributes
    ----------
    n_samples_fit_ : int
        Number ``n`` of training points.
    n_features_in_ : int
        Number of columns ``d`` of the training points, at most 12.

    Raises
    ------
    ValueError
        By ``fit``, if there are more than 12 features, or too many points for a
        triangulation that was asked for, or a coordinate exceeds 1e150.
        By ``predict``, for queries outside the hull if they are refused.

    See Also
    --------
    SingularNeighborsRegressor : defined everywhere and in all dimensions.
    scipy.interpolate.LinearNDInterpolator : the same inside the hull.

    Notes
    -----
    *Duplicates.*  The prediction at a point that occurs several times in the
    training set is the mean of its labels, and so it enters the simplices.

    *Ties.*  More than :math:`d + 1` points on one sphere have several Delaunay
    triangulations.  Any may be used; which one does not depend on the order of
    the training set.

    *Flat data.*  If the points span a flat of lower dimension (a constant column,
    fewer points than features, a single point), the simplices are those of the
    flat, and a query off the flat is outside the hull.  A direction counts as
    flat when its singular value is below 1e-10 of the largest, so give the
    columns comparable scales.

    The expected number of simplices is that of evenly spread points.  Points
    along a curve can have many more, up to :math:`n^{\lceil d/2\rceil}`; ask for
    ``"linear_program"`` then.

    A minimizer of :math:`\sum_i w_i\lVert x_i - x\rVert^2` under the conditions
    above, over all training points, is supported on the Delaunay simplex: that
    is the linear program.

    References
    ----------
    .. [1] M. Belkin, D. Hsu and P. P. Mitra, "Overfitting or perfect fitting?
       Risk bounds for classification and regression rules that interpolate",
       NeurIPS 2018.
    .. [2] T. H. Chang et al., "Algorithm 1012: DELAUNAYSPARSE", ACM Trans.
       Math. Softw. 46 (2020), article 38.

    Examples
    --------
    >>> corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    >>> model = SimplicialRegressor().fit(corners, [0.0, 4.0, 8.0])
    >>> model.predict([[0.25, 0.5], [0.0, 1.0], [3.0, 0.0]])
    array([5., 8., 4.])
    >>> model.inside([[0.25, 0.5], [0.0, 1.0], [3.0, 0.0]])
    array([ True,  True, False])
    """


class SimplicialClassifier(_WeightedClassifier, _Simplicial):
    r"""Classify by a vote of the vertices of the Delaunay simplex.

    .. math::

        \hat y(x) = \arg\max_c \sum_{i=0}^{d} w_i\, 1\{y_{(i)} = c\}, \qquad
        \sum_i w_i\, x_{(i)} = x, \quad \sum_i w_i = 1, \quad w_i \ge 0,

    with :math:`x_{(0)}, \dots, x_{(d)}` the vertices of the Delaunay simplex
    that contains :math:`x`.  It has no training error, whatever the labels.  A
    single vertex with a wrong label spoils the part of the simplex where its
    weight exceeds one half, a share :math:`2^{-d}` of the volume.

    Parameters
    ----------
    outside : {"nearest", "refuse"}, default "nearest"
        What to do with a query outside the convex hull of the training points:
        take the label of the nearest training point, or raise ``ValueError``.
        See also the method ``inside``.
    algorithm : {"auto", "triangulation", "linear_program"}, default "auto"
        How to find the simplices, as in :class:`SimplicialRegressor`.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels, sorted.
    n_samples_fit_ : int
        Number ``n`` of training points.
    n_features_in_ : int
        Number of columns ``d`` of the training points, at most 12.

    Raises
    ------
    ValueError
        By ``fit``, if there are more than 12 features, or too many points for a
        triangulation that was asked for, or a coordinate exceeds 1e150.
        By ``predict``, for queries outside the hull if they are refused.

    See Also
    --------
    SimplicialRegressor : the same weights; its notes apply.

    Notes
    -----
    A point that occurs several times with different labels gets the most
    frequent one; between equally heavy classes the first in ``classes_`` wins.

    References
    ----------
    .. [1] M. Belkin, D. Hsu and P. P. Mitra, "Overfitting or perfect fitting?
       Risk bounds for classification and regression rules that interpolate",
       NeurIPS 2018.

    Examples
    --------
    >>> corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    >>> model = SimplicialClassifier().fit(corners, ["a", "a", "b"])
    >>> model.predict([[0.2, 0.4], [0.1, 0.8]]).tolist()
    ['a', 'b']
    """
