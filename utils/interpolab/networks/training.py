"""Gradient descent, stochastic gradient descent and Adam on the square loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator, eigsh

from interpolab._validation import (
    FloatArray,
    RandomSource,
    as_array,
    as_choice,
    as_generator,
    as_integer,
    as_matrix,
    as_number,
)
from interpolab.networks._descent import (
    Monitor,
    Problem,
    TrainingRun,
    descend,
    optimizer,
    step_sizes,
)
from interpolab.networks.mlp import MLP

Method: TypeAlias = Literal["gd", "adam", "adamw"]
Reduction: TypeAlias = Literal["sum", "mean"]
Recorder: TypeAlias = Callable[[FloatArray], ArrayLike]


def train(
    network: MLP,
    params: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    step: ArrayLike,
    n_steps: int,
    method: Method = "gd",
    reduction: Reduction = "sum",
    weight_decay: float = 0.0,
    levels: ArrayLike | None = None,
    record: Recorder | None = None,
    record_every: int = 1,
    progress: bool = False,
) -> TrainingRun:
    r"""Minimize the square loss with full-batch gradients.

    .. math::

        L(w) = \frac12\sum_{i=1}^n \big(f(w; x_i) - y_i\big)^2
               + \frac\lambda2\,\lVert w\rVert^2, \qquad
        w_{t+1} = w_t - \eta_t\,\nabla L(w_t),

    or Adam with the same gradient, with the usual decay rates .9 and .999 and
    :math:`\epsilon = 10^{-8}`.  ``"adamw"`` takes :math:`\lambda` out of the
    gradient and shrinks :math:`w` by :math:`1 - \eta_t\lambda` in each step.
    With ``reduction="mean"`` the sum is divided by :math:`n`.

    One run records all the training errors that it passes.

    Parameters
    ----------
    network : MLP
        The network :math:`f`.
    params : array_like, shape (M,) or (R, M)
        The start :math:`w_0`.  Rows are networks trained side by side on the
        same data.
    X : array_like, shape (n, d)
        Training inputs.
    y : array_like, shape (n,) or (R, n)
        Training targets.
    step : float or array_like, shape (n_steps,)
        Step sizes :math:`\eta_t`.
    n_steps : int
        Largest number of steps, at least 0.
    method : {"gd", "adam", "adamw"}, default="gd"
        The rule.
    reduction : {"sum", "mean"}, default="sum"
        Whether the loss is a sum over the samples or their mean.
    weight_decay : float, default=0.0
        :math:`\lambda \ge 0`, on all parameters.
    levels : array_like, shape (n_levels,), optional
        Mean squared training errors whose crossings are kept; training stops
        when all are crossed.
    record : callable, optional
        Called as ``record(params)`` with parameters of the shape of the start;
        returns an array to keep.
    record_every : int, default=1
        Number of steps between two looks at the run; the end is always seen.
    progress : bool, default=False
        Whether to show a progress bar, on the standard error stream.

    Returns
    -------
    TrainingRun
        The parameters at the end and at the crossings, and the errors.

    Raises
    ------
    ValueError
        If an argument is outside its range, a shape does not fit, an entry is
        not finite, or the loss overflows; the message then names the step and
        the largest one that is stable at the start.

    See Also
    --------
    train_stochastic : with mini-batches.
    largest_stable_step : two over the top eigenvalue of the tangent kernel.
    interpolab.linear.gradient_descent : the same for linear models.

    References
    ----------
    .. [1] D. Kingma and J. Ba, "Adam: a method for stochastic optimization",
       ICLR 2015.
    .. [2] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
       ICLR 2019.

    Examples
    --------
    >>> network = MLP([2, 64, 1], "tanh")
    >>> X, y = [[1.0, 0.0], [0.6, 0.8]], [1.0, 0.5]
    >>> params = network.init(rng=0)
    >>> run = train(network, params, X, y, step=0.5, n_steps=500, levels=[0.1, 1e-6])
    >>> bool(run.crossing_steps[0] < run.crossing_steps[1])
    True
    >>> network.forward(run.params, X).round(2)
    array([1. , 0.5])
    """
    w, inputs, targets, single = _data(network, params, X, y)
    share = _share(reduction, inputs.shape[0])

    def gradient(w: FloatArray) -> tuple[FloatArray, FloatArray]:
        residuals, total = network._loss_gradient(w, inputs, targets)
        return _mean_square(residuals), share * total

    problem = Problem(gradient, advice=_advice(network, w, inputs, share))
    rule = optimizer(method, weight_decay, w.shape)
    monitor = Monitor(w, levels, record, record_every, single=single)
    sizes = step_sizes(step, n_steps)
    descend(problem, w, sizes, rule, monitor, progress=progress)
    return monitor.finish(w)


def train_stochastic(
    network: MLP,
    params: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    *,
    rng: RandomSource,
    batch_size: int,
    step: ArrayLike,
    n_steps: int,
    method: Method = "gd",
    reduction: Reduction = "sum",
    weight_decay: float = 0.0,
    levels: ArrayLike | None = None,
    record: Recorder | None = None,
    record_every: int = 1,
    progress: bool = False,
) -> TrainingRun:
    r"""Minimize the square loss with gradients of random mini-batches.

    .. math::

        w_{t+1} = w_t - \eta_t\,\nabla_w\Big[\frac12\sum_{i\in B_t}
            \big(f(w; x_i) - y_i\big)^2
            + \frac\lambda2\,\lVert w\rVert^2\Big]_{w = w_t}.

    Each batch :math:`B_t` has :math:`b` different samples, drawn uniformly and
    independently of the other steps; a batch of all samples is :func:`train`.
    With ``reduction="mean"`` the sum is divided by :math:`b`.  Networks trained
    side by side draw their own batches.

    Parameters
    ----------
    network : MLP
        The network :math:`f`.
    params : array_like, shape (M,) or (R, M)
        The start :math:`w_0`; rows are networks trained side by side.
    X : array_like, shape (n, d)
        Training inputs.
    y : array_like, shape (n,) or (R, n)
        Training targets.
    rng : int or numpy.random.Generator
        Seed or source of the batches.
    batch_size : int
        :math:`b`, from 1 to n.
    step : float or array_like, shape (n_steps,)
        Step sizes :math:`\eta_t`.
    n_steps : int
        Largest number of steps, at least 0.
    method : {"gd", "adam", "adamw"}, default="gd"
        The rule, as for :func:`train`.
    reduction : {"sum", "mean"}, default="sum"
        Whether the loss is a sum over the batch or its mean.
    weight_decay : float, default=0.0
        :math:`\lambda \ge 0`, on all parameters.
    levels : array_like, shape (n_levels,), optional
        Mean squared errors on the whole training set whose crossings are kept;
        training stops when all are crossed.
    record : callable, optional
        Called as ``record(params)``, as for :func:`train`.
    record_every : int, default=1
        Number of steps between two looks at the run.  Each look evaluates the
        whole training set.
    progress : bool, default=False
        Whether to show a progress bar, on the standard error stream.

    Returns
    -------
    TrainingRun
        The parameters at the end and at the crossings, and the errors.

    Raises
    ------
    ValueError
        If an argument is outside its range, a shape does not fit, an entry is
        not finite, or the loss overflows; the message then names the step and
        the largest one that is stable at the start, for full batches.

    See Also
    --------
    train : with the gradient of the whole training set.

    References
    ----------
    .. [1] H. Robbins and S. Monro, "A stochastic approximation method", Ann.
       Math. Statist. 22 (1951), 400-407.

    Examples
    --------
    One equation in each step: consistent equations are solved.

    >>> network = MLP([2, 1], "identity")
    >>> run = train_stochastic(
    ...     network, [0.0, 0.0], [[0.6, 0.8], [1.0, 0.0]], [1.0, 1.0],
    ...     rng=0, batch_size=1, step=1.0, n_steps=60)
    >>> run.params.round(6)
    array([1. , 0.5])
    """
    w, inputs, targets, single = _data(network, params, X, y)
    n = inputs.shape[0]
    size = as_integer("batch_size", batch_size, low=1, high=n)
    share, generator = _share(reduction, size), as_generator(rng)
    rows = np.arange(w.shape[0])[:, None]
    every = np.broadcast_to(targets, (w.shape[0], n))

    def gradient(w: FloatArray) -> tuple[FloatArray, FloatArray]:
        batch = _draw(generator, w.shape[0], n, size)
        residuals, total = network._loss_gradient(w, inputs[batch], every[rows, batch])
        return _mean_square(residuals), share * total

    def evaluate(w: FloatArray) -> FloatArray:
        return _mean_square(network._outputs(w, inputs) - targets)

    advice = _advice(network, w, inputs, _share(reduction, n))
    problem = Problem(gradient, evaluate, advice)
    rule = optimizer(method, weight_decay, w.shape)
    monitor = Monitor(w, levels, record, record_every, single=single)
    sizes = step_sizes(step, n_steps)
    descend(problem, w, sizes, rule, monitor, progress=progress)
    return monitor.finish(w)


def largest_stable_step(
    network: MLP, params: ArrayLike, X: ArrayLike, *, reduction: Reduction = "sum"
) -> float:
    r"""Estimate the step above which gradient descent is unstable.

    .. math::

        \eta_{\max} = \frac{2}{\lambda_{\max}(K)}, \qquad K = J J^\top,

    for the loss :math:`\tfrac12\sum_i (f(w; x_i) - y_i)^2`, times :math:`n` for
    its mean.  This is exact for models linear in :math:`w`, and near a
    minimizer that interpolates; elsewhere the second derivatives of :math:`f`
    add to the curvature.

    Parameters
    ----------
    network : MLP
        The network :math:`f`.
    params : array_like, shape (M,)
        Parameters :math:`w`.
    X : array_like, shape (n, d)
        Training inputs.
    reduction : {"sum", "mean"}, default="sum"
        Whether the loss is a sum over the samples or their mean.

    Returns
    -------
    float
        The step size :math:`\eta_{\max}`; infinite if the Jacobian is zero.

    Raises
    ------
    ValueError
        If a shape does not fit or an entry is not finite.

    References
    ----------
    .. [1] J. Cohen, S. Kaur, Y. Li, J. Z. Kolter and A. Talwalkar, "Gradient
       descent on neural networks typically occurs at the edge of stability",
       ICLR 2021.

    Examples
    --------
    >>> network = MLP([1, 1], "identity")
    >>> largest_stable_step(network, [0.0], [[2.0]])
    0.5
    """
    w, inputs = as_array("params", params, ndim=1), as_matrix("X", X)
    _check_network(network)
    return _stable(network, w, inputs, _share(reduction, inputs.shape[0]))


def warmup_cosine(peak: float, n_steps: int, *, warmup: float = 0.05) -> FloatArray:
    r"""Compute step sizes that rise linearly and fall like a cosine.

    .. math::

        \eta_t = \eta \begin{cases}
            (t+1)/s & t < s,\\
            \tfrac12\big(1 + \cos\frac{\pi(t-s)}{T-s}\big) & s \le t < T,
        \end{cases} \qquad s = \lfloor cT\rfloor.

    Parameters
    ----------
    peak : float
        The largest step size :math:`\eta > 0`.
    n_steps : int
        The number :math:`T \ge 1` of steps.
    warmup : float, default=0.05
        The share :math:`c` in :math:`[0, 1]` of the steps that rise.

    Returns
    -------
    ndarray, shape (n_steps,)
        The step sizes.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with
       warm restarts", ICLR 2017.

    Examples
    --------
    >>> warmup_cosine(1.0, 6, warmup=0.34).round(3)
    array([0.5  , 1.   , 1.   , 0.854, 0.5  , 0.146])
    """
    top = as_number("peak", peak, low=0.0, closed="neither")
    count = as_integer("n_steps", n_steps, low=1)
    rising = int(as_number("warmup", warmup, low=0.0, high=1.0) * count)
    t = np.arange(count, dtype=np.float64)
    up = (t + 1.0) / max(rising, 1)
    down = 0.5 + 0.5 * np.cos(np.pi * (t - rising) / max(count - rising, 1))
    return top * np.where(t < rising, up, down)


def _check_network(network: MLP) -> None:
    if not isinstance(network, MLP):
        raise ValueError(f"network must be an MLP; got {type(network).__name__}.")


def _data(
    network: MLP, params: ArrayLike, X: ArrayLike, y: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, bool]:
    """Return a copy of the parameters as (R, M), the data, and whether R is new."""
    _check_network(network)
    start, inputs = network._params("params", params), network._inputs(X)
    targets = as_array("y", y, ndim=(1, 2))
    if targets.ndim == 2 and targets.shape[:-1] != start.shape[:-1]:
        raise ValueError(
            f"y must have one row for each network; got shape {targets.shape} with "
            f"params of shape {start.shape}."
        )
    if targets.shape[-1] != inputs.shape[0]:
        raise ValueError(
            f"y must have one entry for each of the {inputs.shape[0]} rows of X; "
            f"got shape {targets.shape}."
        )
    single = start.ndim == 1
    return (start[None, :] if single else start).copy(), inputs, targets, single


def _share(reduction: str, n: int) -> float:
    as_choice("reduction", reduction, ["sum", "mean"])
    return 1.0 if reduction == "sum" else 1.0 / n


def _mean_square(residuals: FloatArray) -> FloatArray:
    return (residuals * residuals).mean(axis=-1)


def _draw(
    generator: np.random.Generator, n_networks: int, n: int, size: int
) -> np.ndarray:
    """Return rows of different indices, one row for each network."""
    if size == 1:
        return generator.integers(n, size=(n_networks, 1))
    order = generator.random((n_networks, n)).argsort(axis=1)
    # Sorted, so that a batch of everything is summed in the order of the data.
    return np.sort(order[:, :size], axis=1)


def _advice(
    network: MLP, params: FloatArray, inputs: FloatArray, share: float
) -> Callable[[], str]:
    """Return what to say when the loss overflows; worked out only then."""
    start = params.copy()

    def say() -> str:
        stable = min(_stable(network, w, inputs, share) for w in start)
        return f" (gradient descent is stable below about {stable:.6g} at the start)"

    return say


def _stable(network: MLP, params: FloatArray, X: FloatArray, share: float) -> float:
    """Return 2 / (share * lambda_max), without forming the Jacobian."""
    n = X.shape[0]
    if n == 1:
        largest = float(np.sum(network.vjp(params, X, [1.0]) ** 2))
    else:
        kernel = LinearOperator(
            (n, n),
            matvec=lambda u: network.jvp(params, X, network.vjp(params, X, u.ravel())),
            dtype=np.float64,
        )
        # A fixed start makes the result a function of the arguments.
        start = np.random.default_rng(0).standard_normal(n)
        largest = float(eigsh(kernel, k=1, v0=start, return_eigenvectors=False)[0])
    return 2.0 / (share * largest) if largest > 0.0 else np.inf
