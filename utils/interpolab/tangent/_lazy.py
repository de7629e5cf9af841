"""Two-layer networks under lazy training: features and kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_integer, as_matrix
from interpolab.tangent._solve import rounding

Derivative = Callable[[FloatArray], FloatArray]


def lazy_features(
    X: ArrayLike, W: ArrayLike, *, derivative: Derivative | None = None
) -> FloatArray:
    r"""Compute the tangent features of a two-layer network, hidden layer only.

    .. math::

        \Phi(x) = \bigl[\sigma'(\langle w_1, x\rangle)\, x^\top, \dots,
            \sigma'(\langle w_N, x\rangle)\, x^\top\bigr] \in \mathbb R^{Nd},

    the gradient of :math:`\sum_k \sigma(\langle w_k, x\rangle)` with respect to
    the weights; no factor :math:`1/\sqrt{Nd}` is applied.  For ReLU,
    :math:`\sigma'` is the step.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row.
    W : array_like, shape (N, d)
        Weights :math:`w_k` of the hidden units, one in each row.
    derivative : callable, optional
        :math:`\sigma'`, applied to arrays of any shape; the step by default, 1
        above zero and 0 elsewhere.

    Returns
    -------
    ndarray, shape (n, N d)
        The features; the first ``d`` columns belong to the first unit.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite or an array is empty.

    See Also
    --------
    lazy_kernel : their inner products, without the features.

    References
    ----------
    .. [1] A. Montanari and Y. Zhong, "The interpolation phase transition in
       neural networks: memorization and generalization under lazy training",
       Annals of Statistics 50 (2022).

    Examples
    --------
    >>> lazy_features([[1.0, 2.0]], [[1.0, 0.0], [-1.0, 0.0]])
    array([[1., 2., 0., 0.]])
    """
    points, weights = as_layer(X, W)
    gates = gates_of(points, weights, derivative)
    return (gates[:, :, None] * points[:, None, :]).reshape(points.shape[0], -1)


def lazy_kernel(
    X: ArrayLike,
    W: ArrayLike,
    Z: ArrayLike | None = None,
    *,
    derivative: Derivative | None = None,
) -> FloatArray:
    r"""Compute the kernel of a two-layer lazy network without its features.

    .. math::

        K_N(x, z) = \frac{\langle x, z\rangle}{Nd} \sum_{k=1}^{N}
            \sigma'(\langle w_k, x\rangle)\, \sigma'(\langle w_k, z\rangle)
        = \frac{\langle \Phi(x), \Phi(z)\rangle}{Nd} .

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row.
    W : array_like, shape (N, d)
        Weights :math:`w_k` of the hidden units.
    Z : array_like, shape (n_Z, d), optional
        Points :math:`z`; ``X`` by default.
    derivative : callable, optional
        :math:`\sigma'`; the step by default.

    Returns
    -------
    ndarray, shape (n, n_Z)
        The kernel matrix.  Its rank is at most :math:`\min(n, Nd)`.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite or an array is empty.

    See Also
    --------
    interpolab.kernels.lazy_relu : the limit of infinitely many units.

    References
    ----------
    .. [1] A. Montanari and Y. Zhong, "The interpolation phase transition in
       neural networks: memorization and generalization under lazy training",
       Annals of Statistics 50 (2022).

    Examples
    --------
    >>> import numpy as np
    >>> X, W = np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, 0.0], [0.0, -1.0]])
    >>> Phi = lazy_features(X, W)
    >>> bool(np.allclose(lazy_kernel(X, W), Phi @ Phi.T / 4))
    True
    """
    points, weights = as_layer(X, W)
    gates = gates_of(points, weights, derivative)
    others, gates_z = points, gates
    if Z is not None:
        others = as_matrix("Z", Z, columns=points.shape[1])
        gates_z = gates_of(others, weights, derivative)
    kernel = gates @ gates_z.T
    kernel *= points @ others.T
    kernel /= weights.size
    return kernel


def lazy_smallest_eigenvalues(
    X: ArrayLike,
    W: ArrayLike,
    *,
    sizes: Sequence[int],
    widths: Sequence[int],
    derivative: Derivative | None = None,
) -> FloatArray:
    r"""Compute smallest eigenvalues of lazy kernels, for many sizes and widths.

    .. math::

        \lambda_{\min}(K_N^{(n)}), \qquad
        K_N^{(n)} = \Bigl[\frac{\langle x_i, x_j\rangle}{Nd} \sum_{k\le N}
            \sigma'(\langle w_k, x_i\rangle)\,
            \sigma'(\langle w_k, x_j\rangle)\Bigr]_{i,j\le n},

    for the first :math:`n` points and the first :math:`N` units.  Nested like
    this, :math:`\lambda_{\min}` does not grow with :math:`n`, and
    :math:`N\lambda_{\min}` does not fall with :math:`N`: each unit adds a
    positive semidefinite term.  One pass over the units serves all cells.

    Parameters
    ----------
    X : array_like, shape (n_max, d)
        Points, one in each row.
    W : array_like, shape (N_max, d)
        Weights of the hidden units.
    sizes : sequence of int
        The numbers :math:`n` of points, 1 to ``n_max``, in any order.
    widths : sequence of int
        The numbers :math:`N` of units, 1 to ``N_max``, in any order.
    derivative : callable, optional
        :math:`\sigma'`; the step by default.

    Returns
    -------
    ndarray, shape (n_sizes, n_widths)
        The smallest eigenvalues.  What is below rounding,
        :math:`n\,\epsilon\,\lambda_{\max}`, is returned as 0.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or a
        size or width is out of range.

    References
    ----------
    .. [1] A. Montanari and Y. Zhong, "The interpolation phase transition in
       neural networks: memorization and generalization under lazy training",
       Annals of Statistics 50 (2022).

    Examples
    --------
    Forty points in two dimensions are too many for 19 units, which have 38
    weights.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X, W = rng.standard_normal((40, 2)), rng.standard_normal((200, 2))
    >>> lazy_smallest_eigenvalues(X, W, sizes=[40], widths=[19, 200])[0] > 0
    array([False, ...])
    """
    points, weights = as_layer(X, W)
    rows = _counts("sizes", sizes, points.shape[0])
    units = _counts("widths", widths, weights.shape[0])
    points = points[: max(rows)]
    gates = gates_of(points, weights[: max(units)], derivative)
    inner = points @ points.T / points.shape[1]
    sums = np.zeros_like(inner)
    result = np.empty((len(rows), len(units)))
    done = 0
    for column in np.argsort(units, kind="stable"):
        width = units[column]
        fresh = gates[:, done:width]
        sums += fresh @ fresh.T
        done = width
        kernel = sums * inner / width
        for row, n in enumerate(rows):
            values = np.linalg.eigvalsh(kernel[:n, :n])
            smallest = float(values[0])
            result[row, column] = smallest if smallest > rounding(values) else 0.0
    return result


def _counts(name: str, value: Sequence[int], high: int) -> list[int]:
    """Return a non-empty list of integers from 1 to ``high``."""
    if not np.iterable(value) or not len(value):
        raise ValueError(f"{name} must be a non-empty sequence; got {value!r}.")
    return [as_integer(name, count, low=1, high=high) for count in value]


def as_layer(X: ArrayLike, W: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return points and weights that fit together."""
    points = as_matrix("X", X)
    return points, as_matrix("W", W, columns=points.shape[1])


def gates_of(X: FloatArray, W: FloatArray, derivative: Derivative | None) -> FloatArray:
    """Return the derivatives of the units (n, N)."""
    activations = X @ W.T
    if derivative is None:
        return (activations > 0.0).astype(np.float64)
    values = np.asarray(derivative(activations), dtype=np.float64)
    if values.shape != activations.shape or not np.isfinite(values).all():
        raise ValueError(
            "derivative must return finite values of the shape of its argument, "
            f"{activations.shape}; got shape {values.shape}."
        )
    return values
