"""The loop that all training shares: optimizers, what is recorded, divergence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from interpolab._validation import (
    FloatArray,
    as_array,
    as_choice,
    as_integer,
    as_number,
    as_vector,
)

Gradient: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From parameters to the error of each network and the gradient."""

METHODS = ["gd", "adam", "adamw"]


class GradientDescent:
    """Steps along the gradient of the loss plus ``decay/2`` times |w|^2."""

    def __init__(self, decay: float) -> None:
        self._decay = decay

    def update(self, params: FloatArray, gradient: FloatArray, step: float) -> None:
        """Take one step, in place."""
        if self._decay:
            gradient = gradient + self._decay * params
        params -= step * gradient


class Adam:
    """Steps along a running mean over the root of a running mean square."""

    def __init__(self, shape: tuple[int, ...], decay: float, decoupled: bool) -> None:
        self._decay, self._decoupled = decay, decoupled
        self._mean, self._square, self._count = np.zeros(shape), np.zeros(shape), 0

    def update(self, params: FloatArray, gradient: FloatArray, step: float) -> None:
        """Take one step, in place."""
        self._count += 1
        if self._decoupled:
            params *= 1.0 - step * self._decay
        elif self._decay:
            gradient = gradient + self._decay * params
        first, second = 0.9, 0.999
        self._mean *= first
        self._mean += (1.0 - first) * gradient
        self._square *= second
        self._square += (1.0 - second) * gradient * gradient
        root = np.sqrt(self._square / (1.0 - second**self._count))
        root += 1e-8
        params -= (step / (1.0 - first**self._count)) * self._mean / root


def optimizer(
    method: str, decay: Any, shape: tuple[int, ...]
) -> GradientDescent | Adam:
    """Return the optimizer of that name."""
    as_choice("method", method, METHODS)
    strength = as_number("weight_decay", decay, low=0.0)
    if method == "gd":
        return GradientDescent(strength)
    return Adam(shape, strength, method == "adamw")


def step_sizes(step: ArrayLike, n_steps: Any) -> FloatArray:
    """Return one positive step size for each step."""
    count = as_integer("n_steps", n_steps, low=0)
    if np.ndim(step) == 0:
        return np.full(count, as_number("step", step, low=0.0, closed="neither"))
    sizes = as_array("step", step, ndim=1, empty=True)
    if sizes.shape != (count,) or (sizes < 0.0).any():
        raise ValueError(
            f"step must be one number or {count} numbers, none of them negative; "
            f"got shape {sizes.shape}."
        )
    return sizes


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What a training run leaves.

    With ``R`` networks trained side by side, the arrays have the axis shown in
    square brackets; for a single one they do not.

    Attributes
    ----------
    params : ndarray, shape ([R,] M)
        The parameters after the last step.
    steps : ndarray of int, shape (n_records,)
        The numbers of steps after which the run was looked at.
    train_error : ndarray, shape (n_records[, R])
        The mean squared error on the training set, then.
    records : ndarray, shape (n_records, ...)
        What ``record`` returned, then; empty without it.
    levels : ndarray, shape (n_levels,)
        The training errors asked for.
    crossing_steps : ndarray of int, shape (n_levels[, R])
        The number of steps after which the error was first seen at or below
        each level; -1 if it never was.
    crossing_params : ndarray, shape (n_levels[, R], M)
        The parameters then; NaN if it never was.
    """

    params: FloatArray
    steps: NDArray[np.int64]
    train_error: FloatArray
    records: FloatArray
    levels: FloatArray
    crossing_steps: NDArray[np.int64]
    crossing_params: FloatArray


class Monitor:
    """Keeps what a run passes through."""

    def __init__(
        self,
        params: FloatArray,
        levels: ArrayLike | None,
        record: Callable[[FloatArray], ArrayLike] | None,
        record_every: Any,
        *,
        single: bool,
    ) -> None:
        self._single = single
        self._every = as_integer("record_every", record_every, low=1)
        if record is not None and not callable(record):
            raise ValueError(f"record must be callable or None; got {record!r}.")
        self._record = record
        self._levels = np.empty(0) if levels is None else as_vector("levels", levels)
        if (self._levels <= 0.0).any():
            raise ValueError(
                f"levels must be positive; got {self._levels.min():g} among them."
            )
        count = len(self._levels)
        self._crossing_steps = np.full((count, *params.shape[:-1]), -1)
        self._crossing_params = np.full((count, *params.shape), np.nan)
        self._steps: list[int] = []
        self._errors: list[FloatArray] = []
        self._records: list[FloatArray] = []

    def due(self, count: int) -> bool:
        """Tell whether the run is to be looked at after so many steps."""
        return count % self._every == 0

    def observe(self, count: int, params: FloatArray, error: FloatArray) -> bool:
        """Look at the run; tell whether all levels have been crossed."""
        self._steps.append(count)
        self._errors.append(error)
        if self._record is not None:
            given = params[0] if self._single else params
            # A copy: the parameters that a recorder may return change in place.
            self._records.append(np.array(self._record(given), dtype=np.float64))
        for level, at, kept in zip(
            self._levels, self._crossing_steps, self._crossing_params, strict=True
        ):
            new = (error <= level) & (at < 0)
            if new.any():
                at[new], kept[new] = count, params[new]
        return bool(len(self._levels) and (self._crossing_steps >= 0).all())

    def finish(self, params: FloatArray) -> TrainingRun:
        """Return everything, without the networks' axis if there was none."""
        errors = np.array(self._errors)
        records = np.array(self._records) if self._records else np.empty(0)
        at, kept = self._crossing_steps, self._crossing_params
        if self._single:
            params, errors, at, kept = params[0], errors[:, 0], at[:, 0], kept[:, 0]
        return TrainingRun(
            params, np.array(self._steps), errors, records, self._levels, at, kept
        )


@dataclass(frozen=True, eq=False)
class Problem:
    """What is minimized.

    ``gradient`` also gives the errors where it looks.  If that is not at the
    whole training set, ``evaluate`` gives those that are recorded.  ``advice``
    says, after a divergence, which step would have been stable.
    """

    gradient: Gradient
    evaluate: Callable[[FloatArray], FloatArray] | None = None
    advice: Callable[[], str] = str


def descend(
    problem: Problem,
    params: FloatArray,
    steps: FloatArray,
    rule: GradientDescent | Adam,
    monitor: Monitor,
    *,
    progress: bool,
) -> None:
    """Move ``params`` (R, M), in place, until the steps or the levels run out."""
    shown = as_choice("progress", progress, [True, False])
    bar = tqdm(total=len(steps), desc="train", unit="step", disable=not shown)
    whole = problem.evaluate or (lambda w: problem.gradient(w)[0])
    with bar, np.errstate(over="ignore", invalid="ignore"):
        for count, step in enumerate(steps):
            error, gradient = problem.gradient(params)
            if monitor.due(count) and problem.evaluate is not None:
                error = problem.evaluate(params)
            _check(error, count, steps, problem)
            if monitor.due(count) and monitor.observe(count, params, error):
                return
            rule.update(params, gradient, step)
            bar.update()
        error = whole(params)
        _check(error, len(steps), steps, problem)
        monitor.observe(len(steps), params, error)


def _check(error: FloatArray, count: int, steps: FloatArray, problem: Problem) -> None:
    """Stop a run whose loss is not finite."""
    if np.isfinite(error).all():
        return
    if not count:
        raise ValueError(
            f"params must have a finite loss at the start; got {error.max()}."
        )
    size, advice = steps[count - 1], problem.advice()
    raise ValueError(
        f"step must keep the loss finite; got {size:.6g}, with which it overflows "
        f"after {count} steps{advice}."
    )
