"""Training against closed forms, linear solvers and scikit-learn's optimizer.

ROUNDING allows a few thousand units in the last place.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from interpolab import linear
from interpolab.networks import (
    MLP,
    largest_stable_step,
    train,
    train_stochastic,
    warmup_cosine,
)

ROUNDING = 1e-12


def close(value, expected, tolerance=ROUNDING):
    np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((8, 3)), rng.standard_normal(8)


@pytest.fixture
def network():
    return MLP([3, 6, 1], "tanh", bias=True)


LINE = MLP([3, 1], "identity")


# ------------------------------------------------------------ linear models


def test_descent_on_a_linear_network_is_linear_descent(data):
    X, y = data
    start = np.array([1.0, -2.0, 0.5])
    path = linear.gradient_descent(X, y, step=0.05, n_steps=30, start=start)
    run = train(LINE, start, X, y, step=0.05, n_steps=30, record=lambda w: w)
    close(run.records, path)
    close(run.params, path[-1])
    close(run.train_error, ((path @ X.T - y) ** 2).mean(axis=1))
    assert run.steps.tolist() == list(range(31))


def test_weight_decay_leads_to_ridge(data):
    """The minimizer of half the sum plus decay / 2 is ridge with decay / n."""
    X, y = data
    goal = linear.ridge(X, y, 0.7 / len(y))
    for method, step, n_steps in [("gd", 0.05, 600), ("adam", 0.01, 4000)]:
        run = train(
            LINE,
            np.zeros(3),
            X,
            y,
            step=step,
            n_steps=n_steps,
            method=method,
            weight_decay=0.7,
        )
        # Adam's last steps have the size of its step times rounding of its root.
        close(run.params, goal, 1e-8)


def test_a_mean_is_a_sum_with_a_smaller_step(data, network):
    X, y = data
    w = network.init(rng=0)
    total = train(network, w, X, y, step=0.02, n_steps=20)
    mean = train(network, w, X, y, step=0.02 * len(y), n_steps=20, reduction="mean")
    close(mean.params, total.params)


def test_stable_step_separates_convergence_from_divergence(data):
    X, y = data
    stable = largest_stable_step(LINE, np.zeros(3), X)
    close(stable, 2.0 / np.linalg.norm(X, 2) ** 2, 1e-9)
    mean = largest_stable_step(LINE, np.zeros(3), X, reduction="mean")
    close(mean, len(y) * stable)
    below = train(LINE, np.zeros(3), X, y, step=0.99 * stable, n_steps=3000)
    close(below.params, linear.min_norm(X, y), 1e-9)
    with pytest.raises(ValueError, match="step must keep the loss finite"):
        train(LINE, np.zeros(3), X, y, step=1.1 * stable, n_steps=3000)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_stable_step_of_a_network(data, network, n):
    X, w = data[0][:n], network.init(rng=1)
    J = network.jacobian(w, X)
    top = np.linalg.eigvalsh(J @ J.T)[-1]
    # eigsh iterates to machine precision.
    close(largest_stable_step(network, w, X), 2.0 / top, 1e-9)


def test_nothing_limits_the_step_of_a_constant():
    network = MLP([2, 1], "identity")
    assert largest_stable_step(network, [1.0, 1.0], [[0.0, 0.0]]) == np.inf


# -------------------------------------------------------------------- rules


def test_first_steps_of_each_rule(data, network):
    """Adam's first step is step * g / (|g| + 1e-8), whatever the size of g."""
    X, y = data
    w, step, decay = network.init(rng=2), 0.03, 0.4
    J, r = network.jacobian(w, X), network.forward(w, X) - y
    bare, full = J.T @ r, J.T @ r + decay * w
    expected = {
        "gd": w - step * full,
        "adam": w - step * full / (abs(full) + 1e-8),
        "adamw": w * (1 - step * decay) - step * bare / (abs(bare) + 1e-8),
    }
    for method, goal in expected.items():
        run = train(
            network, w, X, y, step=step, n_steps=1, method=method, weight_decay=decay
        )
        close(run.params, goal)


def test_decoupled_decay_alone_shrinks_exactly():
    """At a zero of the gradient AdamW multiplies by 1 - step * decay."""
    network = MLP([2, 1], "identity")
    w = np.array([3.0, 2.0])
    options = {"step": 0.1, "n_steps": 7, "method": "adamw", "weight_decay": 0.5}
    run = train(network, w, [[0.0, 0.0]], [0.0], **options)
    close(run.params, w * 0.95**7)


def test_adam_against_scikit_learn(data):
    """The same start, found by taking steps of no size; 40 steps of size .01."""
    from sklearn.neural_network import MLPRegressor

    X, y = data

    def fit(rate, n_steps):
        model = MLPRegressor(
            hidden_layer_sizes=(6,),
            alpha=0.0,
            batch_size=len(y),
            shuffle=False,
            learning_rate_init=rate,
            random_state=1,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(n_steps):
                model.partial_fit(X, y)
        return model

    network = MLP(
        [3, 6, 1],
        "relu",
        parametrization="standard",
        initialization="glorot",
        bias=True,
    )
    start, end = (
        network.flatten(
            [(W.T, b) for W, b in zip(m.coefs_, m.intercepts_, strict=True)]
        )
        for m in (fit(1e-300, 1), fit(0.01, 40))
    )
    run = train(
        network, start, X, y, step=0.01, n_steps=40, method="adam", reduction="mean"
    )
    assert np.abs(end - start).max() > 0.1
    # scikit-learn adds 1e-8 before the bias of the root is corrected: relative
    # differences of 1e-8 over the gradient, where that is not small.
    close(run.params, end, 1e-5)


def test_step_sizes_may_vary(data, network):
    X, y = data
    w = network.init(rng=3)
    once = train(network, w, X, y, step=[0.05, 0.01, 0.02], n_steps=3)
    first = train(network, w, X, y, step=0.05, n_steps=1)
    second = train(network, first.params, X, y, step=0.01, n_steps=1)
    third = train(network, second.params, X, y, step=0.02, n_steps=1)
    close(once.params, third.params, 0)


def test_schedule():
    sizes = warmup_cosine(0.3, 200, warmup=0.1)
    assert sizes.shape == (200,)
    close(sizes.max(), 0.3)
    close(np.diff(sizes[:20]), np.full(19, 0.3 / 20))
    assert (np.diff(sizes[20:]) < 0).all()
    # Halfway down it is half the peak, and it ends at zero, one step later.
    close(sizes[110], 0.15)
    close(warmup_cosine(1.0, 1), [1.0])
    close(warmup_cosine(1.0, 4, warmup=1.0), [0.25, 0.5, 0.75, 1.0])
    close(warmup_cosine(1.0, 2, warmup=0.0), [1.0, 0.5])


# ------------------------------------------------------------ mini-batches


@pytest.mark.parametrize("method", ["gd", "adam", "adamw"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_a_batch_of_everything_is_full_batch(data, network, method, reduction):
    X, y = data
    options = {
        "step": 0.02,
        "n_steps": 15,
        "method": method,
        "reduction": reduction,
        "weight_decay": 0.1,
    }
    w = network.init(rng=4)
    full = train(network, w, X, y, **options)
    batch = train_stochastic(network, w, X, y, rng=0, batch_size=8, **options)
    close(batch.params, full.params)
    close(batch.train_error, full.train_error)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_batches_are_fair(data, network, size, reduction):
    """The mean of 4000 first steps is the full one, within 5 standard errors.

    Sums over b of n samples are b/n of the sum over all; means are means.
    """
    X, y = data
    w = network.init(rng=5)
    many = np.tile(w, (4000, 1))
    options = {"step": 1.0, "n_steps": 1, "reduction": reduction}
    run = train_stochastic(network, many, X, y, rng=0, batch_size=size, **options)
    moves = run.params - w
    full = train(network, w, X, y, **options).params - w
    share = size / len(y) if reduction == "sum" else 1.0
    error = moves.std(axis=0) / np.sqrt(len(moves))
    assert (np.abs(moves.mean(axis=0) - share * full) < 5 * error).all()
    assert (error > 0).all()


def test_batches_hold_different_samples():
    """Rows of the identity: each sample moves a coordinate of its own."""
    network = MLP([6, 1], "identity")
    run = train_stochastic(
        network,
        np.zeros((50, 6)),
        np.eye(6),
        np.ones(6),
        rng=0,
        batch_size=4,
        step=0.5,
        n_steps=1,
    )
    assert ((run.params == 0.5).sum(axis=1) == 4).all()
    assert len(np.unique(run.params, axis=0)) > 5


def test_constant_step_stalls_at_the_floor():
    """Unit rows, noise: the excess loss settles at step * L / (2 - step)."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 30))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    y = rng.standard_normal(60)
    best = ((X @ linear.min_norm(X, y) - y) ** 2).mean()
    network, step = MLP([30, 1], "identity"), 0.5
    run = train_stochastic(
        network,
        np.zeros((200, 30)),
        X,
        y,
        rng=0,
        batch_size=1,
        step=step,
        n_steps=1500,
        record_every=50,
    )
    excess = run.train_error[15:].mean() - best
    # Five seeds were within 1 per cent; a floor of step * L would be 50 per cent
    # higher, one of step * L / 2 a quarter lower.
    np.testing.assert_allclose(excess, step * best / (2 - step), rtol=0.04)


def test_seeds_decide(data, network):
    X, y = data
    w = network.init(rng=0)

    def run(rng):
        return train_stochastic(
            network, w, X, y, rng=rng, batch_size=2, step=0.01, n_steps=20
        ).params

    np.testing.assert_array_equal(run(1), run(1))
    np.testing.assert_array_equal(run(1), run(np.random.default_rng(1)))
    assert not np.array_equal(run(1), run(2))


# ------------------------------------------------------------- side by side


def test_networks_side_by_side_are_networks_one_by_one(data, network):
    X, y = data
    starts = np.stack([network.init(rng=seed) for seed in range(3)])
    targets = np.stack([y, -y, 2 * y])
    options = {"step": 0.02, "n_steps": 25, "method": "adam", "levels": [1.0, 0.5]}
    together = train(network, starts, X, targets, record_every=4, **options)
    for r in range(3):
        # Other levels, so that no run stops before the others.
        alone = train(network, starts[r], X, targets[r], **options | {"levels": None})
        reached = together.steps[-1]
        close(alone.train_error[together.steps], together.train_error[:, r])
        assert together.crossing_steps.shape == (2, 3)
        assert reached == 25
        close(alone.params, together.params[r])


def test_shared_targets(data, network):
    X, y = data
    starts = np.stack([network.init(rng=seed) for seed in range(2)])
    run = train(network, starts, X, y, step=0.02, n_steps=5)
    again = train(network, starts, X, np.stack([y, y]), step=0.02, n_steps=5)
    close(run.params, again.params, 0)


# ---------------------------------------------------------------- recording


@pytest.mark.parametrize("every", [1, 7])
def test_crossings(data, every):
    X, y = data
    network = MLP([3, 64, 1], "tanh")
    levels = [0.3, 0.01, 0.1]
    run = train(
        network,
        network.init(rng=0),
        X,
        y,
        step=0.05,
        n_steps=5000,
        levels=levels,
        record_every=every,
    )
    for level, at, params in zip(
        levels, run.crossing_steps, run.crossing_params, strict=True
    ):
        seen = run.train_error <= level
        assert at == run.steps[seen.argmax()]
        error = ((network.forward(params, X) - y) ** 2).mean()
        close(error, run.train_error[seen.argmax()])
    assert run.steps[-1] == run.crossing_steps[1] < 5000
    close(run.params, run.crossing_params[1], 0)


def test_levels_never_reached(data, network):
    X, y = data
    run = train(
        network, network.init(rng=0), X, y, step=0.01, n_steps=3, levels=[1e-9, 1e9]
    )
    assert run.crossing_steps.tolist() == [-1, 0]
    assert np.isnan(run.crossing_params[0]).all()
    close(run.crossing_params[1], network.init(rng=0), 0)


def test_records_are_taken_on_time(data, network):
    X, y = data
    w = network.init(rng=0)
    options = {"step": 0.02, "record_every": 4, "record": lambda p: p}
    run = train(network, w, X, y, n_steps=10, **options)
    assert run.steps.tolist() == [0, 4, 8, 10]
    close(run.records[0], w, 0)
    close(run.records[-1], run.params, 0)
    close(run.records[2], train(network, w, X, y, step=0.02, n_steps=8).params)
    assert train(network, w, X, y, step=0.1, n_steps=0).steps.tolist() == [0]
    assert run.levels.shape == run.crossing_steps.shape == (0,)


def test_the_start_is_left_alone(data, network):
    X, y = data
    w = network.init(rng=0)
    train(network, w, X, y, step=0.02, n_steps=3)
    np.testing.assert_array_equal(w, network.init(rng=0))


def test_progress_is_shown_on_request(data, network, capsys):
    X, y = data
    w = network.init(rng=0)
    train(network, w, X, y, step=0.02, n_steps=3)
    assert capsys.readouterr().err == ""
    train(network, w, X, y, step=0.02, n_steps=3, progress=True)
    shown = capsys.readouterr()
    assert "3/3" in shown.err
    assert shown.out == ""


# ---------------------------------------------------------------- behavior


def test_wide_networks_do_kernel_regression():
    """Trained to the end: f_0 + K_0 (K_0)^-1 (y - f_0), not without f_0."""
    rng = np.random.default_rng(0)
    d = n = 20
    network = MLP([d, 1024, 1], "tanh")
    X, Z = rng.standard_normal((2, n, d))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    Z /= np.linalg.norm(Z, axis=1, keepdims=True)
    y, w = rng.choice([-1.0, 1.0], n), network.init(rng=rng)
    J, G = network.jacobian(w, X), network.jacobian(w, Z)
    start = network.forward(w, X)
    run = train(
        network, w, X, y, step=largest_stable_step(network, w, X) / 2, n_steps=500
    )
    answer = network.forward(run.params, Z)
    assert run.train_error[-1] < 1e-10
    regression = G @ J.T @ np.linalg.solve(J @ J.T, y - start)
    gap = np.sqrt(((answer - network.forward(w, Z) - regression) ** 2).mean())
    without = G @ J.T @ np.linalg.solve(J @ J.T, y)
    control = np.sqrt(((answer - without) ** 2).mean())
    # Seeds 0 to 4 gave gaps of .006 to .017 and ratios of 15 to 61.
    assert gap < 0.04
    assert control > 10 * gap


def test_divergence_names_both_steps(data):
    X, y = data
    network = MLP([3, 8, 1], "relu")
    w = network.init(rng=0)
    stable = largest_stable_step(network, w, X)
    for step, run in [
        (50 * stable, lambda **k: train(network, w, X, y, **k)),
        (
            50 * stable,
            lambda **k: train_stochastic(network, w, X, y, rng=0, batch_size=4, **k),
        ),
    ]:
        with pytest.raises(ValueError, match="step must keep") as caught:
            run(step=step, n_steps=2000)
        numbers = re.findall(r"got (\S+), .* below about (\S+) at", str(caught.value))
        np.testing.assert_allclose(
            np.array(numbers[0], dtype=float), [step, stable], rtol=1e-5
        )


# ----------------------------------------------------------------- refusals

GOOD = {"step": 0.1, "n_steps": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": 0.0}, "step must be"),
        ({"step": -1.0}, "step must be"),
        ({"step": np.nan}, "step must be"),
        ({"step": [0.1]}, "step must be one number or 2 numbers"),
        ({"step": [0.1, -0.1]}, "none of them negative"),
        ({"n_steps": -1}, "n_steps must be"),
        ({"n_steps": 2.5}, "n_steps must be"),
        ({"method": "sgd"}, "method must be one of"),
        ({"reduction": "none"}, "reduction must be one of"),
        ({"weight_decay": -1.0}, "weight_decay must be"),
        ({"levels": [0.1, 0.0]}, "levels must be positive"),
        ({"levels": []}, "levels must not be empty"),
        ({"record": 3}, "record must be callable"),
        ({"record_every": 0}, "record_every must be"),
        ({"progress": "yes"}, "progress must be"),
        ({"y": np.zeros(7)}, "y must have one entry for each of the 8 rows"),
        ({"y": np.zeros((2, 8))}, "y must have one row for each network"),
        ({"y": np.full(8, np.nan)}, "y must be finite"),
        ({"X": np.zeros((8, 4))}, "X must have 3 columns"),
        ({"params": np.zeros(5)}, "params must have 3 entries"),
        ({"network": "MLP"}, "network must be an MLP; got str"),
    ],
)
def test_arguments_that_do_not_fit(data, changes, message):
    X, y = data
    arguments = {"network": LINE, "params": np.zeros(3), "X": X, "y": y} | GOOD
    with pytest.raises(ValueError, match=message):
        train(**arguments | changes)
    with pytest.raises(ValueError, match=message):
        train_stochastic(**arguments | changes, rng=0, batch_size=2)


def test_a_start_whose_loss_overflows_is_refused_before_any_step(data):
    X, y = data
    for n_steps in (0, 2):
        with pytest.raises(ValueError, match="params must have a finite loss at the"):
            train(LINE, np.full(3, 1e200), X, y, step=0.1, n_steps=n_steps)


def test_stable_steps_are_those_of_a_network(data):
    with pytest.raises(ValueError, match="network must be an MLP; got str"):
        largest_stable_step("MLP", np.zeros(3), data[0])


@pytest.mark.parametrize("size", [0, 9, 1.5])
def test_batch_sizes_that_do_not_fit(data, size):
    X, y = data
    with pytest.raises(ValueError, match="batch_size must be"):
        train_stochastic(LINE, np.zeros(3), X, y, rng=0, batch_size=size, **GOOD)


@pytest.mark.parametrize(
    "arguments", [(0.0, 3), (1.0, 0), (1.0, 3, -0.1), (1.0, 3, 1.1)]
)
def test_schedules_that_do_not_fit(arguments):
    peak, n_steps, *warmup = arguments
    with pytest.raises(ValueError, match="must be"):
        warmup_cosine(peak, n_steps, **({"warmup": warmup[0]} if warmup else {}))
