"""The tied autoencoder against its formula, differences, JAX and frames.

ROUNDING allows a few thousand units in the last place.  DIFFERENCE is for central
differences with a step of 1e-6 of a piecewise quartic: truncation 1e-12, rounding
1e-10, each times factors of order ten.
"""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from interpolab.networks import (
    TiedAutoencoder,
    dimensionality,
    train_autoencoder,
    warmup_cosine,
)

ROUNDING = 1e-12
DIFFERENCE = 1e-7


def close(value, expected, tolerance=ROUNDING):
    np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    autoencoder = TiedAutoencoder(6, 2)
    return autoencoder, rng.standard_normal(18), rng.standard_normal((5, 6))


def sparse_examples(n, d, share, *, rng):
    """Return unit rows with about a share of their entries positive, the rest 0."""
    rows = rng.random((20 * n, d)) * (rng.random((20 * n, d)) < share)
    rows = rows[rows.any(axis=1)][:n]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_forward_is_the_documented_formula(case):
    autoencoder, w, X = case
    W, b = autoencoder.layers(w)
    for x, h, back, error in zip(
        X,
        autoencoder.hidden(w, X),
        autoencoder.forward(w, X),
        autoencoder.errors(w, X),
        strict=True,
    ):
        close(h, W @ x)
        close(back, np.maximum(W.T @ (W @ x) + b, 0))
        close(error, ((x - back) ** 2).sum())
    close(w, np.concatenate([W.ravel(), b]), 0)


def test_answering_zero_costs_the_norm(case):
    autoencoder, _, X = case
    close(autoencoder.errors(np.zeros(18), X), (X**2).sum(axis=1))


def test_gradient_against_central_differences(case):
    autoencoder, w, X = case
    loss, gradient = autoencoder.loss_gradient(w, X)
    close(loss, autoencoder.errors(w, X).mean())
    h = 1e-6
    differences = [
        (
            autoencoder.errors(w + h * e, X).mean()
            - autoencoder.errors(w - h * e, X).mean()
        )
        / (2 * h)
        for e in np.eye(18)
    ]
    close(gradient, differences, DIFFERENCE)
    off = autoencoder.forward(w, X) == 0
    assert 0 < off.sum() < off.size


def test_gradient_against_jax(case):
    jax = pytest.importorskip("jax")
    autoencoder, w, X = case

    def loss(params):
        W, b = params[:12].reshape(2, 6), params[12:]
        return ((jax.nn.relu(X @ W.T @ W + b) - X) ** 2).sum(axis=1).mean()

    with jax.enable_x64(True):
        value, gradient = jax.jit(jax.value_and_grad(loss))(w)
    mine = autoencoder.loss_gradient(w, X)
    close(mine[0], value)
    close(mine[1], gradient)


def test_side_by_side_is_one_by_one(case):
    autoencoder, _, X = case
    starts = np.stack([autoencoder.init(rng=seed) for seed in range(3)])
    for name in ("hidden", "forward", "errors"):
        together = getattr(autoencoder, name)(starts, X)
        close(together, [getattr(autoencoder, name)(w, X) for w in starts])
    loss, gradient = autoencoder.loss_gradient(starts, X)
    for r in range(3):
        close(autoencoder.loss_gradient(starts[r], X)[1], gradient[r])
    options = {"step": 0.01, "n_steps": 20, "weight_decay": 0.1}
    run = train_autoencoder(autoencoder, starts, X, **options)
    for r in range(3):
        alone = train_autoencoder(autoencoder, starts[r], X, **options)
        close(alone.params, run.params[r])
        close(alone.train_error, run.train_error[:, r])


def test_start():
    """5000 draws know a standard deviation to 1 per cent; five of those."""
    autoencoder = TiedAutoencoder(100, 50)
    W, b = autoencoder.layers(autoencoder.init(rng=0))
    np.testing.assert_allclose(W.std(), 0.1, rtol=0.05)
    assert (b == 0).all()
    scaled = autoencoder.init(rng=0, scale=0.7)
    close(scaled, 7 * autoencoder.init(rng=0))
    np.testing.assert_array_equal(autoencoder.init(rng=0), autoencoder.init(rng=0))


def test_training_is_recorded(case):
    autoencoder, _, X = case
    w = autoencoder.init(rng=0)
    run = train_autoencoder(
        autoencoder,
        w,
        X,
        step=warmup_cosine(0.01, 250),
        n_steps=250,
        record=lambda p: autoencoder.errors(p, X).mean(),
    )
    assert run.steps.tolist() == [0, 100, 200, 250]
    close(run.records, run.train_error)
    assert run.train_error[-1] < run.train_error[0]
    np.testing.assert_array_equal(w, autoencoder.init(rng=0))


def test_small_steps_go_down(case):
    """For small steps the loss falls by step * |gradient|^2, to first order."""
    autoencoder, w, X = case
    step = 1e-6
    run = train_autoencoder(autoencoder, w, X, step=step, n_steps=1, method="gd")
    fall = autoencoder.errors(w, X).mean() - autoencoder.errors(run.params, X).mean()
    slope = (autoencoder.loss_gradient(w, X)[1] ** 2).sum()
    np.testing.assert_allclose(fall, step * slope, rtol=1e-3)


def test_few_examples_get_a_direction_each():
    """Five examples in two dimensions: fitted, dimensionality 2/5, new ones small."""
    rng = np.random.default_rng(0)
    autoencoder = TiedAutoencoder(100, 2)
    X, Z = (sparse_examples(n, 100, 0.02, rng=rng) for n in (5, 500))
    starts = np.stack([autoencoder.init(rng=rng) for _ in range(3)])
    run = train_autoencoder(
        autoencoder,
        starts,
        X,
        step=warmup_cosine(0.002, 4000),
        n_steps=4000,
        weight_decay=0.01,
    )
    best = run.params[run.train_error[-1].argmin()]
    code, new = autoencoder.hidden(best, X), autoencoder.hidden(best, Z)
    assert run.train_error[-1].min() < 0.01
    # Measured over eight seeds: .390 to .411, and ratios of 7.4 to 10.7.
    np.testing.assert_allclose(np.median(dimensionality(code)), 0.4, atol=0.04)
    ratio = np.linalg.norm(code, axis=1).mean() / np.linalg.norm(new, axis=1).mean()
    assert ratio > 5


# ---------------------------------------------------------- dimensionality


@pytest.mark.parametrize("k", [3, 5, 8])
def test_polygons_share_the_plane(k):
    angles = 2 * np.pi * np.arange(k) / k
    corners = 3.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    close(dimensionality(corners), np.full(k, 2 / k))


def test_dimensionality_is_free_of_scale_and_rotation():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((7, 3))
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    shares = dimensionality(vectors)
    assert ((shares > 0) & (shares <= 1)).all()
    for factor in (1.0, 1e-150, 1e150):
        close(dimensionality(factor * vectors @ turn), shares)
    close(dimensionality(np.eye(4)), np.ones(4))
    close(dimensionality([[0.0, 0.0], [2.0, 0.0]]), [0.0, 1.0])
    close(dimensionality(np.zeros((2, 2))), [0.0, 0.0])


# ----------------------------------------------------------------- refusals


@pytest.mark.parametrize("sizes", [(0, 2), (3, 0), (3, 1.5)])
def test_sizes_that_do_not_fit(sizes):
    with pytest.raises(ValueError, match="must be an integer"):
        TiedAutoencoder(*sizes)


@pytest.mark.parametrize("name", ["hidden", "forward", "errors", "loss_gradient"])
@pytest.mark.parametrize(
    ("params", "X", "message"),
    [
        (np.zeros(17), np.zeros((2, 6)), "params must have 18 entries"),
        (np.full(18, np.inf), np.zeros((2, 6)), "params must be finite"),
        (np.zeros(18), np.zeros((2, 5)), "X must have 6 columns"),
        (np.zeros(18), np.zeros((0, 6)), "X must not be empty"),
        (np.zeros(18), np.full((2, 6), np.nan), "X must be finite"),
    ],
)
def test_arguments_that_do_not_fit(name, params, X, message):
    with pytest.raises(ValueError, match=message):
        getattr(TiedAutoencoder(6, 2), name)(params, X)


def test_training_that_cannot_be(case):
    autoencoder, w, X = case
    with pytest.raises(ValueError, match="step must keep the loss finite; got 1"):
        train_autoencoder(autoencoder, w, X, step=1.0, n_steps=100, method="gd")
    with pytest.raises(ValueError, match="autoencoder must be"):
        train_autoencoder(None, w, X, step=1.0, n_steps=1)
    with pytest.raises(ValueError, match="scale must be"):
        autoencoder.init(rng=0, scale=0.0)
    with pytest.raises(ValueError, match="vectors must be"):
        dimensionality([1.0, 2.0])


def test_training_takes_one_thread_and_gives_the_others_back(case, monkeypatch):
    autoencoder, w, X = case
    plain, seen = TiedAutoencoder._loss_gradient, []

    def counted(self, params, X):
        seen.append(max(pool["num_threads"] for pool in blas()))
        return plain(self, params, X)

    def blas():
        return [pool for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = blas()
    monkeypatch.setattr(TiedAutoencoder, "_loss_gradient", counted)
    train_autoencoder(autoencoder, w, X, step=0.01, n_steps=2)
    assert set(seen) == {1}
    assert blas() == before
