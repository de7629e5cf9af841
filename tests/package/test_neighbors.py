"""Local interpolation: scikit-learn's checks, exactness, laws, other libraries."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.interpolate import LinearNDInterpolator
from scipy.sparse import issparse
from scipy.spatial import QhullError
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from interpolab.neighbors import (
    SimplicialClassifier,
    SimplicialRegressor,
    SingularNeighborsClassifier,
    SingularNeighborsRegressor,
)


@parametrize_with_checks(
    [
        SingularNeighborsRegressor(),
        SingularNeighborsClassifier(),
        SingularNeighborsRegressor(n_neighbors=2, exponent=7.5),
        SimplicialRegressor(),
        SimplicialClassifier(),
        SimplicialRegressor(algorithm="linear_program"),
    ]
)
def test_scikit_learn_checks(estimator, check, monkeypatch):
    # Without it scikit-learn skips its check of array API inputs.
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    check(estimator)


def uniform(n, d, seed=0):
    return np.random.default_rng(seed).random((n, d))


def labels(n, seed=0):
    return np.random.default_rng([seed, 1]).standard_normal(n)


def lattice(side, d):
    axes = np.meshgrid(*[np.arange(side, dtype=float)] * d)
    return np.column_stack([axis.ravel() for axis in axes])


# Any numbers, among them subnormal ones and neighbors in floating point.
samples = st.tuples(st.integers(1, 12), st.integers(1, 4)).flatmap(
    lambda shape: arrays.arrays(np.float64, shape, elements=st.floats(-1e9, 1e9))
)


# --- both families: exact at the training points --------------------------------


@settings(max_examples=150, deadline=None)
@given(samples, st.integers(1, 5), st.floats(0.01, 50.0), st.data())
def test_training_labels_are_taken_exactly(X, k, exponent, data):
    X = np.unique(X + 0.0, axis=0)
    y = labels(len(X))
    k = min(k, len(X))
    queries = data.draw(st.permutations(range(len(X))))
    for model in (SingularNeighborsRegressor(k, exponent), SimplicialRegressor()):
        assert_array_equal(model.fit(X, y).predict(X[queries]), y[queries])
    classes = np.where(y > 0, "plus", "minus")
    for model in (SingularNeighborsClassifier(k, exponent), SimplicialClassifier()):
        assert_array_equal(model.fit(X, classes).predict(X[queries]), classes[queries])


@settings(max_examples=60, deadline=None)
@given(samples, arrays.arrays(np.float64, 4, elements=st.floats(-1e9, 1e9)))
def test_predictions_stay_between_the_labels_everywhere(X, query):
    y = labels(len(X))
    k = min(3, len(X))
    for model in (SingularNeighborsRegressor(k, 2.0), SimplicialRegressor()):
        value = model.fit(X, y).predict(query[None, : X.shape[1]])[0]
        # An average of at most a few labels of order 1 rounds by a few eps.
        assert y.min() - 1e-14 <= value <= y.max() + 1e-14


MODELS = [
    SingularNeighborsRegressor(4, 1.5),
    SingularNeighborsRegressor(4, 0.0),
    SimplicialRegressor(),
    SimplicialRegressor(algorithm="linear_program"),
]


@pytest.mark.parametrize("model", MODELS)
def test_predictions_are_the_weights_times_the_labels(model):
    X, Q = uniform(60, 3), uniform(40, 3, seed=1) * 1.2
    Y = np.column_stack([labels(60), labels(60, seed=1)])
    W = model.fit(X, Y).weights(Q)
    assert issparse(W)
    assert W.shape == (40, 60)
    assert W.data.min() > 0.0
    assert_allclose(W.sum(axis=1), 1.0, rtol=1e-14)
    assert_allclose(model.predict(Q), W @ Y, rtol=1e-13)
    assert np.diff(W.indptr).max() <= 4  # k, and d + 1
    # Each column is a problem of its own; so is a single column.
    for j in (0, 1):
        assert_allclose(model.fit(X, Y[:, j]).predict(Q), (W @ Y)[:, j], rtol=1e-13)
    assert model.fit(X, Y[:, :1]).predict(Q).shape == (40, 1)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("X", [uniform(50, 3), lattice(4, 3)], ids=["generic", "ties"])
def test_the_order_of_the_training_set_does_not_matter(model, X):
    Q = np.vstack([uniform(30, 3, seed=1) * 3.0, X, X + 0.5])
    y = labels(len(X))
    expected = model.fit(X, y).predict(Q)
    order = np.random.default_rng(2).permutation(len(X))
    # The same terms in another order: rounding of a sum of a few.
    assert_allclose(model.fit(X[order], y[order]).predict(Q), expected, atol=1e-13)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("unit", [2.0**-900, 2.0**-480, 2.0**-100, 2.0**480])
def test_units_of_length_do_not_matter(model, unit):
    X, Q, y = uniform(50, 3), uniform(30, 3, seed=1), labels(50)
    expected = model.fit(X, y).predict(Q)
    assert_allclose(model.fit(X * unit, y).predict(Q * unit), expected, rtol=1e-12)


@pytest.mark.parametrize("model", MODELS[::2])
def test_duplicates_predict_their_mean_label(model):
    # More of them than neighbors are asked for.
    X = np.vstack([uniform(20, 2), np.full((9, 2), 0.5)])
    y = labels(29)
    model.fit(X, y)
    assert_allclose(model.predict([[0.5, 0.5]]), [y[20:].mean()], rtol=1e-14)
    assert_array_equal(model.predict(X[:20]), y[:20])
    assert_allclose(model.weights([[0.5, 0.5]]).toarray()[0, 20:], 1 / 9, rtol=1e-14)


@pytest.mark.parametrize("make", [SingularNeighborsClassifier, SimplicialClassifier])
def test_duplicates_vote(make):
    X = [[0.0], [0.0], [0.0], [1.0], [1.0], [2.0]]
    model = make().fit(X, ["b", "a", "b", "b", "a", "b"])
    # Two to one; then one to one, where the first class wins.
    assert_array_equal(model.predict([[0.0], [1.0]]), ["b", "a"])
    assert_allclose(model.predict_proba([[0.0]]), [[1 / 3, 2 / 3]], rtol=1e-14)


def test_negative_zero_is_zero():
    X = [[0.0, 1.0], [1.0, -0.0], [1.0, 1.0], [-0.0, 0.0]]
    for model in (SingularNeighborsRegressor(2, 1.0), SimplicialRegressor()):
        model.fit(X, [1.0, 2.0, 3.0, 4.0])
        assert_array_equal(model.predict([[-0.0, 1.0], [1.0, 0.0]]), [1.0, 2.0])
        assert_array_equal(model.predict([[0.0, -0.0]]), [4.0])


@pytest.mark.parametrize(
    "make", [lambda: SingularNeighborsRegressor(1), SimplicialRegressor]
)
@pytest.mark.parametrize("d", [1, 3])
def test_a_single_training_point_is_a_constant(make, d):
    model = make().fit(np.ones((1, d)), [7.0])
    assert_array_equal(model.predict(np.array([[1.0], [2.0], [-5.0]]).repeat(d, 1)), 7)


@pytest.mark.parametrize("make", [SingularNeighborsRegressor, SimplicialRegressor])
def test_numbers_whose_squares_overflow_are_refused(make):
    X = uniform(10, 2)
    with pytest.raises(ValueError, match="X must not exceed 1e"):
        make().fit(X * 1e160, labels(10))
    with pytest.raises(ValueError, match="X must not exceed 1e"):
        make().fit(X, labels(10)).predict(X * 1e160)


# --- singular weights ---------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 7, 200])
@pytest.mark.parametrize(("exponent", "theirs"), [(0.0, "uniform"), (1.0, "distance")])
def test_agrees_with_scikit_learn(k, exponent, theirs):
    X, Q, y = uniform(200, 3), uniform(100, 3, seed=1), labels(200)
    expected = KNeighborsRegressor(k, weights=theirs).fit(X, y).predict(Q)
    ours = SingularNeighborsRegressor(k, exponent).fit(X, y)
    assert_allclose(ours.predict(Q), expected, rtol=1e-10, atol=1e-13)
    classes = (y * 2).astype(int)
    voters = KNeighborsClassifier(k, weights=theirs).fit(X, classes)
    model = SingularNeighborsClassifier(k, exponent).fit(X, classes)
    assert_allclose(model.predict_proba(Q), voters.predict_proba(Q), atol=1e-12)


def test_formula():
    X, Q, y = uniform(30, 4), uniform(20, 4, seed=1), labels(30)
    distance = np.linalg.norm(Q[:, None] - X[None], axis=2)
    far = np.sort(distance, axis=1)[:, 5:6]
    w = np.where(distance < far, distance**-2.7, 0.0)
    expected = (w @ y) / w.sum(axis=1)
    model = SingularNeighborsRegressor(5, 2.7).fit(X, y)
    assert_allclose(model.predict(Q), expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("gap", [1e-8, 1e-100, 1e-200, 1e-300, 5e-324])
def test_tiny_distances(gap):
    # Three points within a distance whose square may vanish, one at distance 1.
    X = np.array([[0.0, 0.0], [gap, 0.0], [0.0, 2 * gap], [1.0, 0.0]])
    y = np.array([1.0, 2.0, 4.0, 8.0])
    model = SingularNeighborsRegressor(4, 1.0).fit(X, y)
    assert_array_equal(model.predict(X), y)
    # Weights 1, 1/2, 1/3 and zero, up to gap.
    query = [[-gap, 0.0]]
    distances = np.array([1.0, 2.0, np.sqrt(5)])
    if gap == 5e-324:
        distances[2] = 2.0  # the root of five is rounded to a multiple of gap
    w = (1 / distances) / (1 / distances).sum()
    assert_allclose(model.predict(query), [w @ y[:3]], rtol=1e-7)


def test_huge_exponents_are_nearest_neighbor():
    X, Q, y = uniform(50, 2), uniform(40, 2, seed=1), labels(50)
    nearest = SingularNeighborsRegressor(1, 1.0).fit(X, y).predict(Q)
    assert_allclose(SingularNeighborsRegressor(9, 1e6).fit(X, y).predict(Q), nearest)


def test_small_exponents_are_equal_weights():
    X, Q, y = uniform(50, 2), uniform(40, 2, seed=1), labels(50)
    equal = SingularNeighborsRegressor(9, 0.0).fit(X, y).predict(Q)
    # w = r^(-1e-9) differs from 1 by 1e-9 log r.
    small = SingularNeighborsRegressor(9, 1e-9).fit(X, y)
    assert_allclose(small.predict(Q), equal, atol=1e-7)
    assert_array_equal(small.predict(X), y)


def test_points_tied_at_the_last_place_all_count():
    square = [[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0], [9.0, 9.0]]
    y = [1.0, 2.0, 3.0, 4.0, 100.0]
    for k in (1, 2, 3, 4):
        model = SingularNeighborsRegressor(k, 3.0).fit(square, y)
        assert_allclose(model.predict([[1.0, 1.0]]), [2.5], rtol=1e-15)
    # At (1, 0) two are nearer than the other two.
    model = SingularNeighborsRegressor(3, 0.0).fit(square, y)
    assert_array_equal(np.diff(model.weights([[1.0, 0.0]]).indptr), [4])


def test_all_points_the_same():
    model = SingularNeighborsRegressor(3, 2.0).fit(np.ones((50, 2)), np.arange(50.0))
    assert_allclose(model.predict([[1.0, 1.0], [5.0, 5.0]]), 24.5, rtol=1e-14)


def test_more_neighbors_than_points_are_refused_and_all_are_allowed():
    X, y = uniform(6, 2), labels(6)
    with pytest.raises(ValueError, match="at most n_samples = 6; got 7"):
        SingularNeighborsRegressor(7).fit(X, y)
    assert SingularNeighborsRegressor(6).fit(X, y).weights([[0.5, 0.5]]).nnz == 6


def test_many_features():
    X, y = uniform(40, 500), labels(40)
    model = SingularNeighborsRegressor(5, 2.0).fit(X, y)
    assert_array_equal(model.predict(X), y)
    assert np.isfinite(model.predict(X + 0.01)).all()


@pytest.mark.parametrize(
    ("n_neighbors", "exponent", "message"),
    [
        (0, 1.0, "n_neighbors must be an integer at least 1; got 0"),
        (2.0, 1.0, "n_neighbors must be an integer"),
        (2, -1.0, r"exponent must be a real number in \[0, inf\); got -1.0"),
        (2, np.inf, "exponent must be"),
        (2, np.nan, "exponent must be"),
    ],
)
def test_bad_parameters_are_refused_in_fit(n_neighbors, exponent, message):
    with pytest.raises(ValueError, match=message):
        SingularNeighborsRegressor(n_neighbors, exponent).fit(uniform(9, 2), labels(9))


@pytest.mark.parametrize(("d", "ratio"), [(1, 2.0), (2, 1.5), (2, 2.0), (3, 4.0)])
def test_above_the_dimension_the_noise_stays(d, ratio):
    # The variance is sum w^2.  Distances to the power d are uniform, so the
    # weights are those of a stable law of index 1/ratio: E sum w^2 -> 1 - 1/ratio
    # as k grows, with a relative correction below .05 at k = 300.
    X = uniform(20_000, d)
    Q = 0.4 + 0.2 * uniform(4000, d, seed=1)
    model = SingularNeighborsRegressor(300, ratio * d).fit(X, labels(20_000))
    variance = model.weights(Q).power(2).sum(axis=1)
    # sum w^2 has standard deviation about .27; queries share training points.
    assert abs(variance.mean() - (1 - 1 / ratio)) < 0.04


# --- simplices ----------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["triangulation", "linear_program"])
@pytest.mark.parametrize("d", [2, 3, 4])
def test_agrees_with_scipy_inside_and_knows_what_is_inside(d, algorithm):
    X, Q, y = uniform(80, d), 1.2 * uniform(150, d, seed=1) - 0.1, labels(80)
    theirs = LinearNDInterpolator(X, y)(Q)
    model = SimplicialRegressor(algorithm=algorithm).fit(X, y)
    inside = model.inside(Q)
    assert_array_equal(inside, np.isfinite(theirs))
    assert 0 < inside.sum() < len(Q)
    # Barycentric coordinates lose as many digits as the simplex is thin.
    assert_allclose(model.predict(Q)[inside], theirs[inside], atol=1e-8)
    nearest = KNeighborsRegressor(1).fit(X, y).predict(Q)
    assert_array_equal(model.predict(Q)[~inside], nearest[~inside])


def test_agrees_with_numpy_on_a_line():
    X, Q, y = uniform(30, 1), 1.4 * uniform(100, 1, seed=1) - 0.2, labels(30)
    order = np.argsort(X[:, 0])
    # Outside, the nearest point is the first or the last, as in np.interp.
    expected = np.interp(Q[:, 0], X[order, 0], y[order])
    assert_allclose(SimplicialRegressor().fit(X, y).predict(Q), expected, atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 8),
    st.integers(0, 30),
    st.sampled_from(["auto", "linear_program"]),
    st.integers(0, 2**32 - 1),
)
def test_affine_functions_are_reproduced_inside(d, more, algorithm, seed):
    X = uniform(d + 1 + more, d, seed)
    rng = np.random.default_rng(seed)
    model = SimplicialRegressor(algorithm=algorithm).fit(X, X)
    Q = rng.dirichlet(np.ones(len(X)), size=8) @ X
    assert model.inside(Q).all()
    # The weights solve sum w x_i = x to rounding times the condition number of
    # the simplex, whose thinnest here have a width of 1e-5 or so.
    assert_allclose(model.predict(Q), Q, atol=1e-9)


@pytest.mark.parametrize("d", [3, 7])
def test_the_sphere_through_the_vertices_is_empty(d):
    X = np.random.default_rng(0).standard_normal((150, d))
    Q = 0.2 * np.random.default_rng(1).standard_normal((15, d))
    model = SimplicialRegressor(algorithm="linear_program").fit(X, labels(150))
    assert model.inside(Q).all()
    for row in model.weights(Q):
        vertices = X[row.indices]
        assert len(vertices) == d + 1
        # |x_i - c|^2 = r^2 for all vertices: linear in c after subtraction.
        gaps = vertices[1:] - vertices[0]
        center = vertices[0] + np.linalg.solve(gaps, 0.5 * np.square(gaps).sum(axis=1))
        radius = np.linalg.norm(vertices[0] - center)
        assert np.linalg.norm(X - center, axis=1).min() >= radius * (1 - 1e-8)


@pytest.mark.parametrize(("d", "n"), [(1, 500), (2, 500), (3, 500), (4, 300), (5, 200)])
def test_weights_are_dirichlet(d, n):
    Q = uniform(20_000, d, seed=1)
    model = SimplicialRegressor().fit(uniform(n, d), labels(n))
    W = model.weights(Q[model.inside(Q)])
    # Standard error below .002 for a sum of squares with deviation below .2 and
    # at least 7000 queries; 1 (nearest neighbor) and 1/(d + 1) are far away.
    assert abs(W.power(2).sum(axis=1).mean() - 2 / (d + 2)) < 0.008
    # P(w > 1/2) = 2^-d for each of the d + 1 vertices, standard error .006.
    assert abs((W.max(axis=1).toarray() > 0.5).mean() - (d + 1) / 2**d) < 0.025


@pytest.mark.parametrize("algorithm", ["triangulation", "linear_program"])
@pytest.mark.parametrize("d", [2, 3])
def test_lattices_where_many_points_lie_on_one_sphere(d, algorithm):
    X = lattice(4, d)
    rng = np.random.default_rng(0)
    Q = np.vstack([3.0 * rng.random((60, d)), X[:-1] + 0.5, 0.5 * X, 3.0 * (X > 1)])
    Q = np.clip(Q, 0.0, 3.0)
    model = SimplicialRegressor(algorithm=algorithm).fit(X, X)
    assert model.inside(Q).all()
    assert_allclose(model.predict(Q), Q, atol=1e-12)
    # Vertices of one unit cube.
    for row in model.weights(Q):
        assert np.ptp(X[row.indices], axis=0).max() <= 1.0


def test_edges_and_facets_belong_to_the_hull():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    for algorithm in ("triangulation", "linear_program"):
        model = SimplicialRegressor(algorithm=algorithm).fit(X, [0.0, 3.0, 6.0])
        edge = [[0.5, 0.0], [0.25, 0.75], [0.0, 1 / 3]]
        assert model.inside(edge).all()
        assert_allclose(model.predict(edge), [1.5, 5.25, 2.0], rtol=1e-9)
        assert not model.inside([[0.5, -1e-6], [0.5, 0.5 + 1e-6], [-1e-6, 0.0]]).any()


def test_one_wrong_label_spoils_half_of_a_segment_and_a_quarter_of_a_triangle():
    for d in (1, 2):
        corners = np.vstack([np.zeros(d), np.eye(d)])
        model = SimplicialClassifier().fit(corners, [1] + [0] * d)
        Q = np.random.default_rng(0).dirichlet(np.ones(d + 1), 20_000)[:, 1:]
        # Standard error .0035.
        assert abs(model.predict(Q).mean() - 2.0**-d) < 0.015


@pytest.mark.parametrize("unit", [1e-300, 1e-100, 1.0, 1e100])
def test_queries_far_outside(unit):
    X = uniform(30, 3) * unit
    line = X[:, :1] * [1.0, 1.0, 0.0]
    for sample in (X, line):
        model = SimplicialRegressor().fit(sample, labels(30))
        for far in (10 * unit, 1e9, 1e140):
            Q = far * np.array([[-1.0, -1.0, 0.0], [3.0, 2.0, 1.0]]) + 10 * unit
            assert not model.inside(Q).any()
            assert np.isin(model.predict(Q), labels(30)).all()


def test_queries_outside_can_be_refused():
    X, y = uniform(30, 2), labels(30)
    Q = np.array([[0.5, 0.5], [3.0, 0.5], [0.5, -9.0]])
    model = SimplicialRegressor(outside="refuse").fit(X, y)
    assert_array_equal(model.inside(Q), [True, False, False])
    with pytest.raises(ValueError, match="got 2 rows outside, the first at index 1"):
        model.predict(Q)
    assert_array_equal(model.predict(X), y)
    assert np.isfinite(model.predict(Q[:1])).all()


@pytest.mark.parametrize("algorithm", ["auto", "linear_program"])
def test_data_in_a_flat_are_interpolated_in_the_flat(algorithm):
    plane = uniform(40, 2)
    frame = np.array([[1.0, 2.0, 0.5, 0.0], [0.0, 1.0, -1.0, 0.0]])
    offset = np.array([10.0, 20.0, 30.0, 40.0])
    y, Q = labels(40), 0.3 + 0.4 * uniform(30, 2, seed=1)
    model = SimplicialRegressor(algorithm=algorithm).fit(plane @ frame + offset, y)
    inside = model.inside(Q @ frame + offset)
    assert inside.all()
    # The map distorts the plane and with it which triangles are Delaunay's: an
    # orthonormal basis of its image keeps them.
    basis = np.linalg.qr(frame.T)[1].T
    flat = SimplicialRegressor().fit(plane @ basis, y)
    # Rounding of coordinates of size 40, times the condition of a triangle.
    expected = flat.predict(Q @ basis)
    assert_allclose(model.predict(Q @ frame + offset), expected, atol=1e-9)
    # Off the flat is outside.
    off = Q @ frame + offset + [0.0, 0.0, 0.0, 1e-3]
    assert not model.inside(off).any()
    assert np.isin(model.predict(off), y).all()


def test_collinear_points_and_fewer_points_than_features():
    line = np.outer([0.0, 2.0, 1.0, 4.0], [1.0, 2.0, 3.0])
    model = SimplicialRegressor().fit(line, [0.0, 2.0, 7.0, 8.0])
    assert_allclose(model.predict([[3.0, 6.0, 9.0]]), [5.0], rtol=1e-12)
    assert_array_equal(model.inside([[3.0, 6.0, 9.0], [3.0, 6.0, 8.0]]), [True, False])
    # Twins across the line: one of them stands for both, except at themselves.
    nearly = np.array([[0.0, 0.0], [0.0, 1e-150], [1e-150, 1.0], [0.0, 2.0]])
    model = SimplicialRegressor().fit(nearly, [1.0, 3.0, 5.0, 7.0])
    assert_array_equal(model.predict(nearly), [1.0, 3.0, 5.0, 7.0])
    assert_allclose(model.predict([[0.0, 1.5]]), [6.0], rtol=1e-12)
    X = uniform(4, 9)
    model = SimplicialRegressor().fit(X, X)
    middle = X.mean(axis=0, keepdims=True)
    assert model.inside(middle).all()
    assert_allclose(model.predict(middle), middle, rtol=1e-9)


def test_points_that_differ_by_less_than_the_rounding_of_their_size():
    X = 1e8 + np.array([[0.0, 0.0], [3e-8, 0.0], [0.0, 3e-8], [3e-8, 3e-8]])
    y = np.array([1.0, 2.0, 3.0, 4.0])
    model = SimplicialRegressor().fit(X, y)
    assert_array_equal(model.predict(X), y)
    assert np.isin(model.predict(X + 1.0), y).all()


def test_nearly_equal_points_keep_their_labels():
    X = uniform(30, 2)
    twins = np.vstack([X, X + 1e-13])
    y = labels(60)
    assert_array_equal(SimplicialRegressor().fit(twins, y).predict(twins), y)


def test_too_many_features_are_refused():
    X, y = uniform(40, 13), labels(40)
    message = "at most 12 features; got n_samples = 40, n_features = 13"
    with pytest.raises(ValueError, match=f"SimplicialRegressor takes {message}"):
        SimplicialRegressor().fit(X, y)
    with pytest.raises(ValueError, match=f"SimplicialClassifier takes {message}"):
        SimplicialClassifier().fit(X, y > 0)
    assert_array_equal(SimplicialRegressor().fit(X[:, :12], y).predict(X[:, :12]), y)


@pytest.mark.parametrize(
    ("n", "d", "count"), [(2000, 6, r", about 2\.59e\+06 simplices"), (20, 7, "")]
)
def test_a_triangulation_that_does_not_fit_is_refused(n, d, count):
    # Beyond 6 dimensions no count is known, and none is named.
    message = (
        "limited to 500000 expected simplices and 6 dimensions; "
        f"got {n} distinct points in {d} dimensions{count}\\. Use"
    )
    with pytest.raises(ValueError, match=message):
        SimplicialRegressor(algorithm="triangulation").fit(uniform(n, d), labels(n))


@pytest.mark.parametrize("algorithm", ["auto", "linear_program"])
@pytest.mark.parametrize("width", [1e-8, 1e-9, 1e-11, 1e-12, 1e-13, 1e-14, 1e-16])
@pytest.mark.parametrize("d", [2, 4])
def test_thin_slabs_are_full_or_flat_but_never_half_way(d, width, algorithm):
    X = uniform(40, d) * [*[1.0] * (d - 1), width]
    Q = np.random.default_rng(0).dirichlet(np.ones(40), size=30) @ X
    model = SimplicialRegressor(algorithm=algorithm).fit(X, X)
    assert_array_equal(model.predict(X), X)
    assert model.inside(Q).all()
    # A flat slab is averaged over its width.
    assert_allclose(model.predict(Q), Q, rtol=0, atol=1e-9)
    if width < 1e-10:
        assert_allclose(model.predict(Q), Q, rtol=0, atol=2 * width + 1e-13)


def test_where_qhull_fails_linear_programs_do_not(monkeypatch):
    # It does on some slabs that are thin in several directions.
    def fail(points):
        raise QhullError("initial simplex is flat")

    X, Q, y = uniform(30, 3), uniform(9, 3, seed=1), labels(30)
    expected = SimplicialRegressor().fit(X, y).predict(Q)
    monkeypatch.setattr("interpolab.neighbors.Delaunay", fail)
    assert_allclose(SimplicialRegressor().fit(X, y).predict(Q), expected, atol=1e-9)
    with pytest.raises(ValueError, match="nearly flat.* 30 distinct points in 3 dim"):
        SimplicialRegressor(algorithm="triangulation").fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"outside": "nan"}, "outside must be one of 'nearest', 'refuse'; got 'nan'"),
        ({"algorithm": "qhull"}, "algorithm must be one of 'auto', 'triangulation'"),
    ],
)
def test_bad_choices_are_refused_in_fit(parameters, message):
    with pytest.raises(ValueError, match=message):
        SimplicialRegressor(**parameters).fit(uniform(9, 2), labels(9))


# --- budgets, in processor time: the machine may be busy --------------------------


def test_a_hundred_thousand_points_need_a_tree():
    X, y, Q = uniform(100_000, 2), labels(100_000), uniform(3000, 2, seed=1)
    start = time.process_time()
    SingularNeighborsRegressor(316, 2.0).fit(X, y).predict(Q)
    assert time.process_time() - start < 2.0


def test_six_dimensions_fit_into_memory_and_time():
    X, y, Q = uniform(2000, 6), labels(2000), uniform(20, 6, seed=1)
    start = time.process_time()
    model = SimplicialRegressor().fit(X, y)
    inside = model.inside(Q)
    prediction = model.predict(np.vstack([X, Q]))
    # All 1.4 million simplices take half a minute and 750 MB.
    assert time.process_time() - start < 5.0
    assert_array_equal(prediction[:2000], y)
    assert 0 < inside.sum() < 20


def test_many_queries_of_a_triangulation():
    X, y = uniform(1000, 4), labels(1000)
    start = time.process_time()
    SimplicialRegressor().fit(X, y).predict(uniform(100_000, 4, seed=1))
    assert time.process_time() - start < 5.0
