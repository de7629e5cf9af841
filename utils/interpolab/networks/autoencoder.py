"""A shallow nonlinear autoencoder with one weight matrix, used twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import ThreadpoolController

from interpolab._validation import (
    FloatArray,
    RandomSource,
    as_generator,
    as_integer,
    as_matrix,
    as_number,
)
from interpolab.networks._architecture import as_params
from interpolab.networks._descent import (
    Monitor,
    Problem,
    TrainingRun,
    descend,
    optimizer,
    step_sizes,
)

_BLAS = ThreadpoolController()


class TiedAutoencoder:
    r"""Code inputs with few hidden units and decode them with the same weights.

    .. math::

        h = Wx, \qquad \hat x = \max(W^\top h + b,\, 0), \qquad
        \ell(W, b; x) = \lVert x - \hat x\rVert^2 ,

    with :math:`W` of shape (m, d).  The parameters are one vector of length
    :math:`M = md + d`: the rows of :math:`W`, then :math:`b`.  Answering
    :math:`\hat x = 0` costs :math:`\lVert x\rVert^2`: exactly 1 for inputs of
    unit norm.

    Parameters
    ----------
    n_features : int
        :math:`d`, at least 1.
    n_hidden : int
        :math:`m`, at least 1.

    Attributes
    ----------
    n_params : int
        :math:`M`.

    Raises
    ------
    ValueError
        If a size is not a positive integer.

    Notes
    -----
    All methods take parameters ``(M,)``, or ``(R, M)`` for ``R`` autoencoders
    at once, on which the results get the same leading axis.

    References
    ----------
    .. [1] T. Henighan et al., "Superposition, memorization, and double
       descent", Transformer Circuits Thread, 2023.

    Examples
    --------
    >>> autoencoder = TiedAutoencoder(3, 1)
    >>> params = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]  # W = (0, 1, 0), b = 0
    >>> X = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    >>> autoencoder.hidden(params, X).tolist()
    [[1.0], [0.0]]
    >>> autoencoder.errors(params, X)
    array([0., 1.])
    """

    def __init__(self, n_features: int, n_hidden: int) -> None:
        self.n_features = as_integer("n_features", n_features, low=1)
        self.n_hidden = as_integer("n_hidden", n_hidden, low=1)
        self.n_params = self.n_features * (self.n_hidden + 1)

    def __repr__(self) -> str:
        return f"TiedAutoencoder({self.n_features}, {self.n_hidden})"

    def init(self, *, rng: RandomSource, scale: float | None = None) -> FloatArray:
        r"""Draw :math:`W_{ij} \sim N(0, s^2)`; the biases start at zero.

        Parameters
        ----------
        rng : int or numpy.random.Generator
            Seed or source of the draws.
        scale : float, optional
            :math:`s > 0`; by default :math:`d^{-1/2}`, for which the rows of
            :math:`W` have norm about 1.  The result of training depends on it:
            it is a setting, not a
            detail.

        Returns
        -------
        ndarray, shape (M,)
            The parameters.

        Raises
        ------
        ValueError
            If the scale is not positive.

        Examples
        --------
        >>> TiedAutoencoder(5, 2).init(rng=0).shape
        (15,)
        """
        shape = (self.n_hidden, self.n_features)
        spread = self.n_features**-0.5 if scale is None else scale
        spread = as_number("scale", spread, low=0.0, closed="neither")
        weights = as_generator(rng).standard_normal(shape) * spread
        return np.concatenate([weights.ravel(), np.zeros(self.n_features)])

    def layers(self, params: ArrayLike) -> tuple[FloatArray, FloatArray]:
        r"""Split the parameters into :math:`W` and :math:`b`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters.

        Returns
        -------
        weights : ndarray, shape (m, d) or (R, m, d)
            :math:`W`.
        bias : ndarray, shape (d,) or (R, d)
            :math:`b`.

        Raises
        ------
        ValueError
            If ``params`` does not have ``M`` finite entries.

        Examples
        --------
        >>> weights, bias = TiedAutoencoder(2, 1).layers([1.0, 2.0, 3.0, 4.0])
        >>> weights.tolist(), bias.tolist()
        ([[1.0, 2.0]], [3.0, 4.0])
        """
        stacked = self._stacked(self._params(params))
        return stacked[..., :-1, :], stacked[..., -1, :]

    def hidden(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Compute the hidden vectors :math:`h = Wx`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        ndarray, shape (n, m) or (R, n, m)
            The hidden vectors.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> TiedAutoencoder(2, 1).hidden([1.0, 2.0, 0.0, 0.0], [[1.0, 1.0]])
        array([[3.]])
        """
        weights, _ = self.layers(params)
        return self._inputs(X) @ weights.swapaxes(-1, -2)

    def forward(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Compute the reconstructions :math:`\hat x`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        ndarray, shape (n, d) or (R, n, d)
            The reconstructions.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> TiedAutoencoder(2, 1).forward([1.0, 2.0, 0.0, -9.0], [[1.0, 1.0]])
        array([[3., 0.]])
        """
        weights, bias = self.layers(params)
        code = self._inputs(X) @ weights.swapaxes(-1, -2)
        return np.maximum(code @ weights + bias[..., None, :], 0.0)

    def errors(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Compute :math:`\lVert x - \hat x\rVert^2` for every input.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        ndarray, shape (n,) or (R, n)
            The errors.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> TiedAutoencoder(2, 1).errors([1.0, 2.0, 0.0, -9.0], [[1.0, 1.0]])
        array([5.])
        """
        inputs = self._inputs(X)
        return ((self.forward(params, inputs) - inputs) ** 2).sum(axis=-1)

    def loss_gradient(
        self, params: ArrayLike, X: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        r"""Compute the mean error and its gradient.

        .. math::

            L = \frac1n\sum_i \ell(W, b; x_i), \qquad
            \frac{\partial L}{\partial W}
                = H^\top G + W G^\top X, \qquad
            \frac{\partial L}{\partial b} = G^\top \mathbf 1,

        where the rows of :math:`H` are hidden vectors and those of :math:`G`
        are :math:`\tfrac2n(\hat x_i - x_i)\circ 1\{\hat x_i > 0\}`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        loss : ndarray, shape () or (R,)
            :math:`L`.
        gradient : ndarray, shape (M,) or (R, M)
            Its derivatives.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> loss, gradient = TiedAutoencoder(1, 1).loss_gradient([1.0, 1.0], [[1.0]])
        >>> float(loss), gradient.tolist()  # w = b = x = 1: w w x + b - x = 1
        (1.0, [4.0, 2.0])
        """
        return self._loss_gradient(self._params(params), self._inputs(X))

    def _loss_gradient(
        self, params: FloatArray, X: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Compute the loss and its gradient, unchecked.

        The bias is a further row of W, under a further hidden unit that is 1.
        """
        stacked = self._stacked(params)
        weights = stacked[..., :-1, :]
        code = np.ones((*params.shape[:-1], X.shape[0], self.n_hidden + 1))
        np.matmul(X, weights.swapaxes(-1, -2), out=code[..., :-1])
        error = code @ stacked
        off = error <= 0.0
        np.maximum(error, 0.0, out=error)
        error -= X
        flat = error.reshape(*params.shape[:-1], -1)
        loss = (flat[..., None, :] @ flat[..., :, None])[..., 0, 0] / X.shape[0]
        np.putmask(error, off, 0.0)
        gradient = code.swapaxes(-1, -2) @ error
        gradient[..., :-1, :] += (weights @ error.swapaxes(-1, -2)) @ X
        gradient *= 2.0 / X.shape[0]
        return loss, gradient.reshape(params.shape)

    def _stacked(self, params: FloatArray) -> FloatArray:
        """Return W with b below it, (..., m + 1, d); a view."""
        return params.reshape(*params.shape[:-1], self.n_hidden + 1, self.n_features)

    def _params(self, value: ArrayLike) -> FloatArray:
        return as_params("params", value, self.n_params)

    def _inputs(self, X: ArrayLike) -> FloatArray:
        return as_matrix("X", X, columns=self.n_features)


def train_autoencoder(
    autoencoder: TiedAutoencoder,
    params: ArrayLike,
    X: ArrayLike,
    *,
    step: ArrayLike,
    n_steps: int,
    method: str = "adamw",
    weight_decay: float = 0.0,
    record: Callable[[FloatArray], ArrayLike] | None = None,
    record_every: int = 100,
    progress: bool = False,
) -> TrainingRun:
    r"""Minimize an autoencoder's mean error with full-batch gradients.

    .. math::

        L(W, b) = \frac1n\sum_{i=1}^n \lVert x_i - \hat x_i\rVert^2,

    by the rules of :func:`train`.  Several starts run side by side.

    Parameters
    ----------
    autoencoder : TiedAutoencoder
        The autoencoder.
    params : array_like, shape (M,) or (R, M)
        The start.
    X : array_like, shape (n, d)
        Training inputs, which are the targets too.
    step : float or array_like, shape (n_steps,)
        Step sizes, for example :func:`warmup_cosine`.
    n_steps : int
        Number of steps, at least 0.
    method : {"adamw", "adam", "gd"}, default="adamw"
        The rule.
    weight_decay : float, default=0.0
        Its weight decay, on all parameters.
    record : callable, optional
        Called as ``record(params)``; returns an array to keep.
    record_every : int, default=100
        Number of steps between two looks at the run; the end is always seen.
    progress : bool, default=False
        Whether to show a progress bar, on the standard error stream.

    Returns
    -------
    TrainingRun
        ``train_error`` is the mean error :math:`L`; there are no levels.

    Raises
    ------
    ValueError
        If an argument is outside its range, a shape does not fit, an entry is
        not finite, or the loss overflows.

    See Also
    --------
    train : the same for networks with one output.

    References
    ----------
    .. [1] T. Henighan et al., "Superposition, memorization, and double
       descent", Transformer Circuits Thread, 2023.

    Examples
    --------
    >>> autoencoder = TiedAutoencoder(4, 2)
    >>> X = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    >>> starts = [autoencoder.init(rng=seed) for seed in (0, 1)]
    >>> run = train_autoencoder(autoencoder, starts, X, step=0.02, n_steps=500)
    >>> run.train_error[-1].round(3)
    array([0., 0.])
    """
    if not isinstance(autoencoder, TiedAutoencoder):
        raise ValueError(
            f"autoencoder must be a TiedAutoencoder; got {type(autoencoder).__name__}."
        )
    start, inputs = autoencoder._params(params), autoencoder._inputs(X)
    single = start.ndim == 1
    w = (start[None, :] if single else start).copy()
    problem = Problem(lambda w: autoencoder._loss_gradient(w, inputs))
    rule = optimizer(method, weight_decay, w.shape)
    monitor = Monitor(w, None, record, record_every, single=single)
    # Thousands of tiny products: a second thread gains little, and waits long
    # for its turn on a machine that others use.
    with _BLAS.limit(limits=1):
        descend(problem, w, step_sizes(step, n_steps), rule, monitor, progress=progress)
    return monitor.finish(w)


def dimensionality(vectors: ArrayLike) -> FloatArray:
    r"""Compute how many dimensions each of some vectors has for itself.

    .. math::

        D_i = \frac{\lVert h_i\rVert^2}{\sum_j (\hat h_i\cdot h_j)^2}
        \in [0, 1], \qquad \hat h_i = h_i/\lVert h_i\rVert.

    It is 1 for a vector orthogonal to all others.  If the :math:`k` vectors
    have equal norms and :math:`\sum_j h_j h_j^\top` is a multiple of the
    identity in :math:`m` dimensions (a regular polygon, for example), all are
    :math:`m/k`.  Vectors that are zero get 0.

    Parameters
    ----------
    vectors : array_like, shape (k, m)
        The vectors :math:`h_i`.

    Returns
    -------
    ndarray, shape (k,)
        The dimensionalities.

    Raises
    ------
    ValueError
        If ``vectors`` is empty, not two-dimensional or not finite.

    References
    ----------
    .. [1] T. Henighan et al., "Superposition, memorization, and double
       descent", Transformer Circuits Thread, 2023.

    Examples
    --------
    >>> dimensionality([[1.0, 0.0], [-1.0, 0.0], [0.0, 3.0]])
    array([0.5, 0.5, 1. ])
    """
    matrix = as_matrix("vectors", vectors)
    # Scaled by the largest entry, so that fourth powers stay in range.
    matrix = matrix / max(np.abs(matrix).max(), np.finfo(np.float64).tiny)
    norm2 = (matrix**2).sum(axis=1)
    overlap = ((matrix @ matrix.T) ** 2).sum(axis=1)
    shares = np.zeros(len(matrix))
    np.divide(norm2**2, overlap, out=shares, where=overlap > 0.0)
    return shares
