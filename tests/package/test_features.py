"""Random features: scikit-learn's checks, limits, rates, nested maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from interpolab.datasets import sphere_design
from interpolab.features import FourierFeatures, ReLUFeatures
from interpolab.kernels import gaussian
from interpolab.linear import min_norm

KINDS = ["pairs", "cosine", "complex"]


@parametrize_with_checks(
    [*(FourierFeatures(kind=kind) for kind in KINDS), ReLUFeatures()]
)
def test_scikit_learn_checks(estimator, check, monkeypatch):
    # Without it scikit-learn skips its check of array API inputs.
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    check(estimator)


def points(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def arc_cosine(X, Z):
    """Return E max(g.x, 0) max(g.z, 0) for g ~ N(0, I): Cho and Saul's kernel."""
    norms = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1))
    angle = np.arccos(np.clip(X @ Z.T / norms, -1.0, 1.0))
    return norms * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)


# --- the limit of the inner products ---------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [0.7, 1.0, 2.5])
def test_inner_products_tend_to_the_gaussian_kernel_of_the_same_scale(kind, scale):
    X, Z = points(6, 3), points(5, 3, seed=1)
    m = 200_000
    features = FourierFeatures(m, scale, random_state=0, kind=kind).fit(X)
    K = features.transform(X) @ features.transform(Z).conj().T
    # A term of the average is bounded by 1 (by 2 for "cosine", variance at most
    # 1): five standard errors.
    assert np.abs(K - gaussian(X, Z, scale)).max() <= 5 / np.sqrt(m)


def test_the_kernel_is_not_the_one_without_the_factor_one_half():
    x, z = np.zeros((1, 1)), np.ones((1, 1))
    features = FourierFeatures(100_000, 1.0, random_state=1).fit(x)
    K = (features.transform(x) @ features.transform(z).T).item()
    assert abs(K - np.exp(-0.5)) < 0.01
    assert abs(K - np.exp(-1.0)) > 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_error_falls_like_one_over_the_root_of_the_size(kind):
    X = points(20, 4)
    K = gaussian(X, X, 2.0)
    off = ~np.eye(20, dtype=bool)
    sizes = [100, 400, 1600, 6400]
    rms = []
    for m in sizes:
        errors = []
        for seed in range(12):
            Phi = FourierFeatures(m, 2.0, random_state=seed, kind=kind).fit_transform(X)
            errors.append(np.abs(Phi @ Phi.conj().T - K)[off] ** 2)
        rms.append(np.sqrt(np.mean(errors)))
    slope = np.polyfit(np.log(sizes), np.log(rms), 1)[0]
    # Standard error of the slope about .025 (12 correlated kernel matrices per
    # size); the tolerance leaves out -1/4 and -1.
    assert abs(slope + 0.5) < 0.1


@pytest.mark.parametrize("d", [1, 2, 7])
def test_relu_inner_products_tend_to_the_arc_cosine_kernel_at_every_d(d):
    X, Z = points(5, d), points(4, d, seed=1)
    m = 200_000
    features = ReLUFeatures(m, random_state=0).fit(X)
    K = features.transform(X) @ features.transform(Z).T * d / m
    # w = g/|g| with |g| independent of w and E|g|^2 = d.
    norms = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1))
    # A term is at most |x||z| in size: five standard errors.
    assert np.all(np.abs(K - arc_cosine(X, Z) / d) <= 5 * norms / np.sqrt(m))


def test_relu_features_are_of_order_one_on_the_sphere():
    X = sphere_design(200, 60, rng=0)
    Phi = ReLUFeatures(400, random_state=0).fit_transform(X) * np.sqrt(60)
    # E max(g, 0)^2 = 1/2 and E max(g, 0) = 1/sqrt(2 pi) for g = <w, x>, exactly
    # unit variance; 80000 dependent entries, 200 + 400 independent vectors.
    assert abs(np.mean(Phi**2) - 0.5) < 0.02
    assert abs(np.mean(Phi) - 1 / np.sqrt(2 * np.pi)) < 0.02


def test_relu_features_scale_with_the_point_and_split_it():
    X = points(8, 5)
    features = ReLUFeatures(30, random_state=3).fit(X)
    assert np.allclose(features.transform(4.0 * X), 4.0 * features.transform(X))
    # max(t, 0) - max(-t, 0) = t
    linear = features.transform(X) - features.transform(-X)
    assert np.allclose(linear, X @ features.weights_.T / np.sqrt(5))
    assert np.allclose(np.linalg.norm(features.weights_, axis=1), 1.0)


# --- exact identities ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["pairs", "complex"])
def test_features_have_norm_one(kind):
    Phi = FourierFeatures(37, 0.3, random_state=0, kind=kind).fit_transform(
        points(9, 4)
    )
    assert np.allclose(np.linalg.norm(Phi, axis=1), 1.0, rtol=1e-14)


def test_pairs_are_the_parts_of_the_complex_features():
    X = points(9, 4)
    pairs, waves = (
        FourierFeatures(11, 0.8, random_state=5, kind=kind).fit_transform(X)
        for kind in ("pairs", "complex")
    )
    assert pairs.shape == (9, 22)
    assert pairs.dtype == np.float64
    assert np.array_equal(pairs[:, 0::2], waves.real)
    assert np.array_equal(pairs[:, 1::2], waves.imag)
    # The kernel of the pairs is the real part of that of the waves.
    assert np.allclose(pairs @ pairs.T, (waves @ waves.conj().T).real, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_those_of_the_definition(kind):
    X = points(4, 3)
    features = FourierFeatures(6, 1.3, random_state=2, kind=kind).fit(X)
    angle = X @ features.frequencies_.T + features.phases_
    expected = {
        "pairs": np.stack([np.cos(angle), np.sin(angle)], axis=2).reshape(4, 12),
        "cosine": np.sqrt(2) * np.cos(angle),
        "complex": np.exp(1j * angle),
    }[kind] / np.sqrt(6)
    assert np.allclose(features.transform(X), expected, atol=1e-15)


@pytest.mark.parametrize(
    ("kind", "threshold"), [("pairs", 20), ("cosine", 40), ("complex", 40)]
)
def test_where_forty_points_are_interpolated(kind, threshold):
    X = points(40, 5)
    for m, rank in [(threshold - 1, None), (threshold, 40)]:
        Phi = FourierFeatures(m, 2.0, random_state=0, kind=kind).fit_transform(X)
        assert np.linalg.matrix_rank(Phi) == (rank or Phi.shape[1])
    assert Phi.shape[1] == 40


# --- nested maps -------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 6),
    st.sampled_from(KINDS),
    st.integers(0, 2**32 - 1),
)
def test_smaller_maps_are_the_start_of_larger_ones(m, more, d, kind, seed):
    X = points(5, d)
    M = m + more
    small = FourierFeatures(m, 1.5, seed, kind=kind).fit_transform(X)
    large = FourierFeatures(M, 1.5, seed, kind=kind).fit_transform(X)
    start = large[:, : small.shape[1]] * np.sqrt(M / m)
    # Products are summed in an order that may depend on the matrix's shape.
    assert np.allclose(start, small, rtol=0, atol=1e-13)
    smaller = ReLUFeatures(m, seed).fit_transform(X)
    larger = ReLUFeatures(M, seed).fit_transform(X)
    assert np.allclose(larger[:, :m], smaller, rtol=0, atol=1e-13)


def test_the_raw_norm_of_nested_interpolants_falls():
    # Every function of the smaller class is in the larger: S1 in S2.
    X = points(20, 3)
    y = points(20, 1, seed=1)[:, 0]
    largest = FourierFeatures(200, 1.0, random_state=0).fit_transform(X) * np.sqrt(200)
    norms = [np.linalg.norm(min_norm(largest[:, : 2 * m], y)) for m in range(15, 200)]
    # min_norm solves to about eps times the condition number.
    assert np.all(np.diff(norms) <= 1e-9 * np.array(norms[:-1]))


def test_scales_share_directions():
    X = points(5, 2)
    one = FourierFeatures(7, 1.0, random_state=4).fit(X)
    three = FourierFeatures(7, 3.0, random_state=4).fit(X)
    assert np.allclose(one.frequencies_, 3.0 * three.frequencies_, rtol=1e-15)


# --- randomness --------------------------------------------------------------------


@pytest.mark.parametrize("make", [FourierFeatures, ReLUFeatures])
def test_an_integer_repeats_itself_and_generators_move_on(make):
    X = points(4, 3)
    fixed = make(n_components=5, random_state=7)
    assert np.array_equal(fixed.fit_transform(X), clone(fixed).fit_transform(X))
    other = make(n_components=5, random_state=8).fit_transform(X)
    assert not np.allclose(fixed.transform(X), other)
    for source in (np.random.default_rng(0), np.random.RandomState(0), None):
        moving = make(n_components=5, random_state=source)
        first = moving.fit(X).transform(X)
        assert not np.allclose(first, moving.fit(X).transform(X))


def test_global_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state to protect
    FourierFeatures(5, random_state=0).fit(points(4, 3))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_frequencies_are_gaussian_with_variance_one_over_the_scale_squared():
    V = FourierFeatures(20_000, 2.0, random_state=0).fit(points(2, 5)).frequencies_
    # 100000 entries: the variance has relative standard error sqrt(2e-5) = .0045.
    assert abs(4.0 * V.var() - 1.0) < 0.02
    # Five columns, correlations with standard error .007.
    assert np.abs(np.corrcoef(V.T) - np.eye(5)).max() < 0.035


# --- shapes, names and refusals ---------------------------------------------------


def test_names_and_pandas_output():
    features = FourierFeatures(2, random_state=0).set_output(transform="pandas")
    table = features.fit_transform(points(3, 2))
    assert list(table.columns) == [f"fourierfeatures{i}" for i in range(4)]
    names = ReLUFeatures(2).fit(points(3, 2)).get_feature_names_out()
    assert list(names) == ["relufeatures0", "relufeatures1"]


def test_one_point_one_column_one_component():
    for features in (FourierFeatures(1, random_state=0), ReLUFeatures(1, 0)):
        assert features.fit_transform([[2.0]]).shape[0] == 1


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (FourierFeatures(0), "n_components must be an integer at least 1; got 0"),
        (FourierFeatures(2.5), "n_components must be an integer"),
        (FourierFeatures(scale=0.0), r"scale must be a real number in \(0, inf\)"),
        (FourierFeatures(scale=np.inf), "scale must be"),
        (FourierFeatures(kind="real"), "kind must be one of 'pairs', 'cosine'"),
        (FourierFeatures(random_state="seed"), "random_state must be .*; got 'seed'"),
        (ReLUFeatures(-1), "n_components must be"),
    ],
)
def test_bad_parameters_are_refused_in_fit(features, message):
    with pytest.raises(ValueError, match=message):
        features.fit(points(3, 2))


@pytest.mark.parametrize("features", [FourierFeatures(5), ReLUFeatures(5)])
def test_products_that_overflow_are_refused(features):
    with pytest.raises(ValueError, match="X must be small enough"):
        features.fit([[1.0] * 50]).transform([[1.7e308] * 50])
