r"""Linear regression: minimum-norm and ridge solutions, and their dynamics.

Everything here reads off one singular value decomposition
:math:`X = \sum_r \sigma_r u_r v_r^\top` of the training features.  A method is
a *spectral filter*: it answers :math:`\sum_r f(\sigma_r)\, v_r\, (u_r^\top Y)`,
and methods differ only in :math:`f`.  The pseudo-inverse takes
:math:`f(\sigma) = 1/\sigma`, ridge regression
:math:`\sigma/(\sigma^2 + n\lambda)`, and gradient flow stopped at time
:math:`t` takes :math:`(1 - e^{-\sigma^2 t})/\sigma`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular
from scipy.optimize import brentq

from interpolab._validation import (
    FloatArray,
    as_integer,
    as_matrix,
    as_number,
    as_targets,
    as_times,
    as_vector,
)

__all__ = [
    "RidgeFit",
    "coordinate_descent",
    "diagonal_network_descent",
    "diagonal_network_limit",
    "gradient_descent",
    "gradient_flow",
    "min_norm",
    "ridge",
    "ridge_at_train_error",
    "ridge_path",
]


_TINY = np.finfo(np.float64).tiny


def rounding_cutoff(shape: tuple[int, ...], largest: FloatArray) -> FloatArray:
    """Return the size below which a singular value is zero in floating point.

    The rule is that of :func:`numpy.linalg.matrix_rank`,
    ``max(n, d) * eps * sigma_1``.  A larger threshold is a regularizer: on a
    data set whose condition number is 1e10 it removes modes that are there.

    Parameters
    ----------
    shape : tuple of int
        Shape of the matrix; the last two entries are its rows and columns.
    largest : ndarray
        Its largest singular value (or one for each matrix of a stack).

    Returns
    -------
    ndarray
        The threshold, of the shape of ``largest``.

    Examples
    --------
    >>> float(rounding_cutoff((100, 20), 3.0)) < 1e-12
    True
    """
    return max(shape[-2:]) * np.finfo(np.float64).eps * largest


def floor_rounding(floor: float, ceiling: float, n: int) -> float:
    r"""Return how far rounding may put the least-squares error from its true value.

    The residual is the target less a projection that is rounded by a few
    :math:`\epsilon\lVert y\rVert`.  Squared, that is far less than
    :math:`\epsilon\lVert y\rVert^2` when the residual is small, so that tiny
    training errors can be asked for.

    Parameters
    ----------
    floor : float
        Mean squared residual as computed.
    ceiling : float
        Mean squared target.
    n : int
        Number of samples.

    Returns
    -------
    float
        The bound.

    Examples
    --------
    >>> floor_rounding(0.0, 1.0, 100) < 1e-25
    True
    """
    error = 8.0 * float(np.finfo(np.float64).eps * np.sqrt(n * ceiling))
    return error * (2.0 * float(np.sqrt(floor)) + error)


def _decompose(
    X: ArrayLike, cutoff: float | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return U (n, r), s (r,), V (d, r) of the modes that are kept."""
    matrix = as_matrix("X", X)
    U, s, Vt = np.linalg.svd(matrix, full_matrices=False)
    keep = s > rounding_cutoff(matrix.shape, s[0])
    if cutoff is not None:
        keep &= s >= as_number("cutoff", cutoff, low=0.0)
    return U[:, keep], s[keep], Vt[keep].T


def _squares(s: FloatArray) -> FloatArray:
    """Return the squares of singular values, none of which may leave the floats."""
    with np.errstate(over="ignore", under="ignore"):
        squares = s**2
    if s.size and not (squares[-1] >= _TINY and np.isfinite(squares[0])):
        raise ValueError(
            "X must have singular values between 1.5e-154 and 1.3e154, so that their "
            f"squares are floats; got values from {s[-1]:.3g} to {s[0]:.3g}."
        )
    return squares


def min_norm(X: ArrayLike, Y: ArrayLike, *, cutoff: float | None = None) -> FloatArray:
    r"""Compute the least-squares solution of minimum norm, :math:`X^+ Y`.

    .. math::

        X^+ Y = \sum_{r:\,\sigma_r \ge c} \frac{1}{\sigma_r}\, v_r\,(u_r^\top Y),

    where :math:`X = \sum_r \sigma_r u_r v_r^\top` is the singular value
    decomposition and :math:`c` the cutoff.  When the rows of ``X`` are linearly
    independent this is the interpolant of least Euclidean norm; when its
    columns are, it is ordinary least squares.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features, one row for each sample.
    Y : array_like, shape (n,) or (n, k)
        Targets; each of the ``k`` columns is a problem of its own.
    cutoff : float, optional
        Absolute size, in the units of ``X``, below which a singular value is
        dropped.  ``None`` drops what is zero in floating point,
        :math:`\max(n, d)\,\epsilon\,\sigma_1`, and no more.

    Returns
    -------
    ndarray, shape (d,) or (d, k)
        The coefficients.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or
        the cutoff is negative.

    See Also
    --------
    ridge : the same with a penalty; it tends to ``min_norm`` as penalty → 0.

    References
    ----------
    .. [1] R. Penrose, "On best approximate solutions of linear matrix
       equations", Math. Proc. Camb. Phil. Soc. 52 (1956), 17-19.

    Examples
    --------
    Two equations, three unknowns: of all interpolants the shortest.

    >>> import numpy as np
    >>> X = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    >>> min_norm(X, np.array([2.0, 3.0]))
    array([1., 3., 1.])
    """
    U, s, V = _decompose(X, cutoff)
    targets = as_targets("Y", Y, rows=U.shape[0])
    return (V / s) @ (U.T @ targets)


def ridge(X: ArrayLike, Y: ArrayLike, penalty: float) -> FloatArray:
    r"""Compute the ridge regression coefficients.

    .. math::

        \arg\min_B \; \tfrac1n \lVert X B - Y \rVert^2
            + \lambda \lVert B \rVert^2
        = \sum_r \frac{\sigma_r}{\sigma_r^2 + n\lambda}\, v_r\,(u_r^\top Y),

    with :math:`\lambda` the penalty and :math:`n` the number of rows.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    Y : array_like, shape (n,) or (n, k)
        Targets.
    penalty : float
        :math:`\lambda \ge 0`, in the units of ``X`` squared; 0 means
        :func:`min_norm`.

    Returns
    -------
    ndarray, shape (d,) or (d, k)
        The coefficients.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty, the
        penalty is negative or a singular value's square is beyond float64.

    See Also
    --------
    ridge_path : many penalties for the price of one decomposition.

    References
    ----------
    .. [1] A. E. Hoerl and R. W. Kennard, "Ridge regression: biased estimation
       for nonorthogonal problems", Technometrics 12 (1970), 55-67.

    Examples
    --------
    >>> import numpy as np
    >>> ridge(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]), penalty=1.0)
    array([1.])
    """
    return ridge_path(X, Y, [as_number("penalty", penalty, low=0.0)])[0]


def ridge_path(X: ArrayLike, Y: ArrayLike, penalties: ArrayLike) -> FloatArray:
    r"""Compute ridge coefficients for many penalties from one decomposition.

    .. math::

        B(\lambda) = \sum_r \frac{\sigma_r}{\sigma_r^2 + n\lambda}\,
            v_r\,(u_r^\top Y) \qquad \text{for every } \lambda.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    Y : array_like, shape (n,) or (n, k)
        Targets.
    penalties : array_like, shape (n_penalties,)
        Penalties :math:`\lambda \ge 0`, in any order.

    Returns
    -------
    ndarray, shape (n_penalties, d) or (n_penalties, d, k)
        The coefficients for each penalty.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty, a
        penalty is negative or a singular value's square is beyond float64.

    References
    ----------
    .. [1] T. Hastie, R. Tibshirani and J. Friedman, "The Elements of
       Statistical Learning", Springer, 2009, section 3.4.

    Examples
    --------
    The norm falls as the penalty grows.

    >>> import numpy as np
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> path = ridge_path(X, np.array([1.0, 0.0, 2.0]), [0.0, 0.1, 1.0])
    >>> bool(np.all(np.diff(np.linalg.norm(path, axis=1)) < 0))
    True
    """
    U, s, V = _decompose(X)
    n = U.shape[0]
    targets = as_targets("Y", Y, rows=n)
    levels = as_vector("penalties", penalties)
    if levels.min() < 0:
        raise ValueError(
            f"penalties must be non-negative; got {levels.min()!r} among them."
        )
    filters = s / (_squares(s) + n * levels[:, None])
    projections = U.T @ targets
    if targets.ndim == 1:
        return (filters * projections) @ V.T
    return np.einsum("dr,pr,rk->pdk", V, filters, projections, optimize=True)


@dataclass(frozen=True)
class RidgeFit:
    """The ridge solution that reaches a prescribed training error.

    Attributes
    ----------
    penalty : float
        The penalty that reaches it.
    coef : ndarray, shape (d,)
        The coefficients.
    train_error : float
        Mean squared error on the training set, as measured with ``coef``.
    """

    penalty: float
    coef: FloatArray
    train_error: float


def ridge_at_train_error(X: ArrayLike, y: ArrayLike, train_error: float) -> RidgeFit:
    r"""Find the ridge solution whose training error is a given number.

    The training error is strictly increasing in the penalty :math:`\lambda`,

    .. math::

        \frac1n \lVert X\beta_\lambda - y \rVert^2 = \frac1n \Bigl[
            \lVert y_\perp \rVert^2 + \sum_r \Bigl(
            \frac{n\lambda}{\sigma_r^2 + n\lambda}\Bigr)^{2} (u_r^\top y)^2
            \Bigr],

    with :math:`y_\perp` the part of :math:`y` outside the column space, so the
    root is unique; it is bracketed and bisected in :math:`\log\lambda`.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    y : array_like, shape (n,)
        Targets.
    train_error : float
        Mean squared training error to reach.  Reachable are the values from
        the least-squares residual up to, not including, the error
        :math:`\lVert y\rVert^2/n` of the zero predictor.

    Returns
    -------
    RidgeFit
        The penalty, the coefficients and the training error reached.

    Raises
    ------
    ValueError
        If no penalty reaches ``train_error``; the message gives the range
        that can be reached.  Also for wrong shapes, non-finite entries and
        singular values whose squares are beyond float64.

    References
    ----------
    .. [1] V. A. Morozov, "On the solution of functional equations by the
       method of regularization", Soviet Math. Dokl. 7 (1966), 414-417.

    Examples
    --------
    >>> import numpy as np
    >>> fit = ridge_at_train_error(np.eye(2), np.array([2.0, 2.0]), 1.0)
    >>> round(fit.penalty, 6), fit.coef.round(6).tolist()
    (0.5, [1.0, 1.0])
    """
    matrix = as_matrix("X", X)
    n = matrix.shape[0]
    target = as_vector("y", y, length=n)
    goal = as_number("train_error", train_error, low=0.0)
    U, s, V = _decompose(matrix)
    a, squares = U.T @ target, _squares(s)
    floor = float(np.sum((target - U @ a) ** 2)) / n
    ceiling = float(target @ target) / n

    def error_at(penalty: float) -> float:
        shrink = n * penalty / (squares + n * penalty)
        return floor + float(np.sum((shrink * a) ** 2)) / n

    # The floor itself is reached by penalty 0.
    rounding = floor_rounding(floor, ceiling, n)
    if goal < floor - rounding or goal >= ceiling:
        raise ValueError(
            f"train_error must be reachable, at least {floor:.6g} (the least-squares "
            f"residual) and below {ceiling:.6g} (the zero predictor); got {goal:.6g}."
        )
    penalty = 0.0
    if goal > floor + rounding:
        low, high = squares[-1] / n, squares[0] / n
        while error_at(low) > goal:
            low /= 16.0
        while error_at(high) < goal:
            high *= 16.0
        root = brentq(
            lambda t: error_at(np.exp(t)) - goal, np.log(low), np.log(high), xtol=1e-14
        )
        penalty = float(np.exp(root))
    coef = (V * (s / (squares + n * penalty))) @ a
    reached = float(np.mean((matrix @ coef - target) ** 2))
    return RidgeFit(penalty=penalty, coef=coef, train_error=reached)


def _start(start: ArrayLike | None, d: int) -> FloatArray:
    return np.zeros(d) if start is None else as_vector("start", start, length=d)


def gradient_descent(
    X: ArrayLike,
    y: ArrayLike,
    *,
    step: float,
    n_steps: int,
    start: ArrayLike | None = None,
) -> FloatArray:
    r"""Run gradient descent on :math:`\tfrac12\lVert Xw - y\rVert^2`.

    .. math::

        w_{t+1} = w_t - \eta\, X^\top (X w_t - y).

    It converges if and only if :math:`0 < \eta < 2/\sigma_1^2`, to
    :math:`X^+ y + (I - X^+X)\,w_0`.  Larger steps are allowed, so that their
    divergence can be watched.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    y : array_like, shape (n,)
        Targets.
    step : float
        Step size :math:`\eta > 0`, in units of one over ``X`` squared.
    n_steps : int
        Number of steps, at least 0.
    start : array_like, shape (d,), optional
        The start :math:`w_0`; zero by default.

    Returns
    -------
    ndarray, shape (n_steps + 1, d)
        Every iterate, the start first.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, the step is not
        positive, or the iterates overflow; the message then names the largest
        stable step.

    See Also
    --------
    gradient_flow : the limit of small steps, in closed form.

    References
    ----------
    .. [1] B. T. Polyak, "Introduction to Optimization", Optimization Software,
       1987.

    Examples
    --------
    >>> import numpy as np
    >>> path = gradient_descent([[2.0]], [2.0], step=0.125, n_steps=3)
    >>> path.ravel()
    array([0.   , 0.5  , 0.75 , 0.875])
    """
    matrix = as_matrix("X", X)
    target = as_vector("y", y, length=matrix.shape[0])
    eta = as_number("step", step, low=0.0, closed="neither")
    count = as_integer("n_steps", n_steps, low=0)
    path = np.empty((count + 1, matrix.shape[1]))
    path[0] = _start(start, matrix.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(count):
            path[t + 1] = path[t] - eta * (matrix.T @ (matrix @ path[t] - target))
    finite = np.isfinite(path).all(axis=1)
    if not finite.all():
        # Divided twice, because the square may overflow.
        largest = float(np.linalg.norm(matrix, 2))
        stable = 2.0 / largest / largest
        raise ValueError(
            f"step must keep the iterates finite; got {eta:.6g}, which overflows "
            f"after {int(np.argmin(finite))} steps (stable below {stable:.6g})."
        )
    return path


def gradient_flow(
    X: ArrayLike, y: ArrayLike, times: ArrayLike, *, start: ArrayLike | None = None
) -> FloatArray:
    r"""Evaluate gradient flow on :math:`\tfrac12\lVert Xw - y\rVert^2` exactly.

    The flow :math:`\dot w = -X^\top(Xw - y)` has the solution

    .. math::

        w(t) = w_0 + \sum_r \frac{1 - e^{-\sigma_r^2 t}}{\sigma_r}\, v_r\,
            u_r^\top (y - X w_0),

    so that :math:`w(0) = w_0` and
    :math:`w(\infty) = X^+ y + (I - X^+ X)\, w_0`.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    y : array_like, shape (n,)
        Targets.
    times : array_like, shape (n_times,)
        Times :math:`t \ge 0`, in units of one over ``X`` squared; ``inf`` is
        allowed.
    start : array_like, shape (d,), optional
        The start :math:`w_0`; zero by default.

    Returns
    -------
    ndarray, shape (n_times, d)
        The state at each time.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry of ``X``, ``y`` or ``start`` is not
        finite, a time is negative or NaN, or a singular value's square is beyond
        float64.

    References
    ----------
    .. [1] A. Ali, J. Z. Kolter and R. J. Tibshirani, "A continuous-time view
       of early stopping for least squares", AISTATS 2019.

    Examples
    --------
    >>> import numpy as np
    >>> gradient_flow([[2.0]], [2.0], [0.0, np.inf]).ravel()
    array([0., 1.])
    """
    matrix = as_matrix("X", X)
    target = as_vector("y", y, length=matrix.shape[0])
    clock = as_times("times", times)
    origin = _start(start, matrix.shape[1])
    U, s, V = _decompose(matrix)
    pull = U.T @ (target - matrix @ origin) / s
    return origin - (np.expm1(-np.multiply.outer(clock, _squares(s))) * pull) @ V.T


def coordinate_descent(
    X: ArrayLike, y: ArrayLike, *, n_sweeps: int, start: ArrayLike | None = None
) -> FloatArray:
    r"""Run cyclic coordinate descent on :math:`\tfrac12\lVert Xw - y\rVert^2`.

    For :math:`j = 1, \dots, d` in turn, one coordinate is set to its best value,

    .. math::

        w_j \leftarrow w_j + \frac{x_j^\top (y - Xw)}{\lVert x_j\rVert^2},

    with :math:`x_j` the column ``j`` of ``X``; a sweep visits all of them.  The
    residual tends to that of least squares.  When there are many least-squares
    solutions the limit depends on the start and on the order of the columns,
    and it minimizes neither the Euclidean nor the :math:`\ell_1` norm.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.  A coordinate whose column is zero never moves.
    y : array_like, shape (n,)
        Targets.
    n_sweeps : int
        Number of sweeps, at least 0.
    start : array_like, shape (d,), optional
        The start; zero by default.

    Returns
    -------
    ndarray, shape (n_sweeps + 1, d)
        The coefficients after every sweep, the start first.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or
        the number of sweeps is negative.

    See Also
    --------
    gradient_descent : moves all coordinates at once and stays in the row space.

    Notes
    -----
    A sweep is one Gauss-Seidel step for the normal equations,
    :math:`w \leftarrow w + L^{-1}X^\top(y - Xw)` with :math:`L` the lower
    triangle of :math:`X^\top X`, and is computed as such.

    References
    ----------
    .. [1] S. J. Wright, "Coordinate descent algorithms", Math. Program. 151
       (2015), 3-34.

    Examples
    --------
    One equation: the first coordinate solves it, the others stay at zero.

    >>> coordinate_descent([[1.0, 2.0]], [5.0], n_sweeps=1)
    array([[0., 0.],
           [5., 0.]])
    """
    matrix = as_matrix("X", X)
    target = as_vector("y", y, length=matrix.shape[0])
    count = as_integer("n_sweeps", n_sweeps, low=0)
    path = np.empty((count + 1, matrix.shape[1]))
    path[0] = _start(start, matrix.shape[1])
    moving = np.linalg.norm(matrix, axis=0) > 0.0
    columns = matrix[:, moving]
    lower = np.tril(columns.T @ columns)
    for t in range(count):
        path[t + 1] = path[t]
        pull = columns.T @ (target - matrix @ path[t])
        if moving.any():
            path[t + 1, moving] += solve_triangular(lower, pull, lower=True)
    return path


def diagonal_network_descent(
    X: ArrayLike, y: ArrayLike, scales: ArrayLike, *, n_steps: int, step: float = 0.05
) -> FloatArray:
    r"""Run gradient descent on the weights of a diagonal linear network.

    The coefficients are written :math:`w = u\circ u - v\circ v`, entry by
    entry, and gradient descent moves :math:`u` and :math:`v` on
    :math:`L(u, v) = \tfrac12\lVert Xw - y\rVert^2` from
    :math:`u = v = \alpha\mathbf 1`, that is, from :math:`w = 0`:

    .. math::

        u \leftarrow u - 2\eta\,(X^\top e)\circ u, \qquad
        v \leftarrow v + 2\eta\,(X^\top e)\circ v, \qquad e = Xw - y.

    Each scale :math:`\alpha` is a run of its own; all runs go side by side.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    y : array_like, shape (n,)
        Targets.
    scales : array_like, shape (n_scales,)
        Sizes :math:`\alpha > 0` of the start.
    n_steps : int
        Number of steps, at least 0.  Small scales need many: the way out of the
        saddle at zero takes a time of order :math:`\log(1/\alpha)`, and the
        last digits come slowly.
    step : float
        Relative step size :math:`c` in :math:`(0, 1]`.  The step itself is
        :math:`\eta = c/(2\sigma_1^2\max_i(u_i^2, v_i^2) + \max_i|X^\top e|_i)`,
        new in every step; it never exceeds :math:`c` times what the curvature
        allows.

    Returns
    -------
    ndarray, shape (n_scales, d)
        The coefficients :math:`w` after the last step, one row for each scale.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty, a
        scale is not positive or the step is outside its range.

    See Also
    --------
    diagonal_network_limit : where the flow of small steps ends.

    References
    ----------
    .. [1] B. Woodworth et al., "Kernel and rich regimes in overparametrized
       models", COLT 2020.

    Examples
    --------
    One equation, two unknowns.  A large start shares the work between them like
    the shortest solution (1, 2), a small one leaves it to the larger feature.

    >>> w = diagonal_network_descent(
    ...     [[1.0, 2.0]], [5.0], [10.0, 0.001], n_steps=5000)
    >>> w.round(2).tolist()
    [[1.0, 2.0], [0.0, 2.5]]
    """
    matrix = as_matrix("X", X)
    target = as_vector("y", y, length=matrix.shape[0])
    alphas = _positive("scales", scales)
    count = as_integer("n_steps", n_steps, low=0)
    fraction = as_number("step", step, low=0.0, high=1.0, closed="right")
    curvature = 2.0 * np.linalg.norm(matrix, 2) ** 2
    u = np.repeat(alphas[:, None], matrix.shape[1], axis=1)
    v = u.copy()
    for _ in range(count):
        pull = ((u * u - v * v) @ matrix.T - target) @ matrix
        sharp = curvature * np.maximum(u, v).max(axis=1) ** 2
        # The smallest normal number only matters for X = 0, where nothing moves.
        sharp += np.abs(pull).max(axis=1) + np.finfo(np.float64).tiny
        pull *= 2.0 * fraction / sharp[:, None]
        u -= pull * u
        v += pull * v
    return u * u - v * v


def diagonal_network_limit(X: ArrayLike, y: ArrayLike, scale: float) -> FloatArray:
    r"""Compute the interpolant at which a diagonal linear network ends.

    Gradient flow on :math:`u` and :math:`v`, with :math:`w = u\circ u -
    v\circ v` and :math:`u(0) = v(0) = \alpha\mathbf 1`, keeps
    :math:`\operatorname{arsinh}(w/2\alpha^2)` in the row space of ``X``.  An
    interpolant it converges to is therefore

    .. math::

        \arg\min_{Xw = y} \sum_i \int_0^{w_i}
            \operatorname{arsinh}\frac{z}{2\alpha^2}\,dz
        \;=\; 2\alpha^2 \sinh(X^\top\nu), \qquad
        \nu = \arg\min_\nu\; 2\alpha^2 \sum_i \cosh(X^\top\nu)_i - y^\top\nu.

    The objective tends to the squared Euclidean norm as
    :math:`\alpha\to\infty`, and to the :math:`\ell_1` norm, up to a factor
    :math:`\log\alpha^{-2}` and with relative error of the order of its inverse,
    as :math:`\alpha\to 0`.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Training features.
    y : array_like, shape (n,)
        Targets; some :math:`w` must fit them exactly.
    scale : float
        The size :math:`\alpha > 0` of the start.

    Returns
    -------
    ndarray, shape (d,)
        The coefficients :math:`w` of the limit.

    Raises
    ------
    ValueError
        If no coefficients interpolate, the shapes do not fit, an entry is not
        finite, an array is empty or the scale is not positive.

    See Also
    --------
    diagonal_network_descent : the same by taking the steps.

    References
    ----------
    .. [1] B. Woodworth et al., "Kernel and rich regimes in overparametrized
       models", COLT 2020.

    Examples
    --------
    >>> diagonal_network_limit([[1.0, 2.0]], [5.0], 100.0).round(3)
    array([1., 2.])
    >>> diagonal_network_limit([[1.0, 2.0]], [5.0], 1e-6).round(3)
    array([0. , 2.5])
    """
    matrix = as_matrix("X", X)
    target = as_vector("y", y, length=matrix.shape[0])
    alpha = as_number("scale", scale, low=0.0, closed="right")
    U, s, V = _decompose(matrix)
    a = (U.T @ target) / s
    missed = np.linalg.norm(target - U @ (s * a))
    if missed > 1e-9 * np.linalg.norm(target):
        raise ValueError(
            "y must be in the column space of X, so that it can be interpolated; "
            f"got a residual of {missed:.3g}."
        )
    # Orthonormal rows V' in the place of X: the same constraint, well scaled.
    w, slope = np.zeros(matrix.shape[1]), np.zeros(s.size)
    for _ in range(_NEWTON_STEPS):
        gap = a - V.T @ w
        if np.linalg.norm(gap) <= _NEWTON_GOAL * np.linalg.norm(a):
            return w
        hessian = (V.T * np.hypot(w, 2.0 * alpha**2)) @ V
        change = np.asarray(np.linalg.solve(hessian, gap), dtype=np.float64)
        slope = slope + _length(V, slope, change, a, alpha) * change
        w = 2.0 * alpha**2 * np.sinh(V @ slope)
    raise RuntimeError(
        f"Newton's method did not converge at scale {alpha:.3g} "
        f"in {_NEWTON_STEPS} steps."
    )


_NEWTON_STEPS, _NEWTON_GOAL = 300, 1e-12


def _length(
    V: FloatArray, slope: FloatArray, change: FloatArray, a: FloatArray, alpha: float
) -> float:
    """Return a step length that does not overshoot the convex dual objective."""
    along, origin = V @ change, V @ slope
    # sinh is exponential: a step of 4 in its argument crosses any scale quickly
    # and cannot overflow.
    length = min(1.0, 4.0 / float(np.abs(along).max()))
    descent = float(change @ a - along @ (2.0 * alpha**2 * np.sinh(origin)))
    for _ in range(60):
        end = 2.0 * alpha**2 * np.sinh(origin + length * along)
        # The slope at the end may have turned, but not be half as steep; asking
        # for no turn at all would spoil the quadratic convergence.
        if along @ end - change @ a <= 0.5 * descent:
            break
        length *= 0.5
    return length


def _positive(name: str, value: ArrayLike) -> FloatArray:
    vector = as_vector(name, value)
    if vector.min() <= 0:
        raise ValueError(f"{name} must be positive; got {vector.min()!r} among them.")
    return vector
