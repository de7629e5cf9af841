"""Multilayer perceptrons whose derivatives are written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import (
    FloatArray,
    RandomSource,
    as_array,
    as_choice,
    as_generator,
    as_matrix,
    as_number,
    as_vector,
)
from interpolab.networks import _passes
from interpolab.networks._architecture import (
    Activations,
    Parametrization,
    as_params,
    as_widths,
    check_block,
    fixed_readout,
    hidden_activations,
    layer_scales,
    parameter_shapes,
)
from interpolab.networks._passes import Layer
from interpolab.networks.activations import Activation, as_activation


class MLP:
    r"""Evaluate and differentiate a multilayer perceptron with one output.

    .. math::

        h_0 = x, \qquad
        a_l = c_l\,W_l h_{l-1} + b_l, \qquad
        h_l = \sigma_l(a_l), \qquad
        f(w; x) = \varphi(a_L),

    for the layers :math:`l = 1, \dots, L`, of which the last has one row.
    The parameters :math:`w` are one vector of length :math:`M`: the rows of
    :math:`W_1`, then :math:`b_1` if there are biases, then :math:`W_2`, and so
    on.  The network object itself holds no parameters and no state.

    The parametrizations differ in the place of one factor,
    :math:`g_l/\sqrt{m_{l-1}}`, which keeps activations of order one.  Here
    :math:`m_0 = d`, and the gain :math:`g_l` is :math:`\sqrt 2` above a
    rectifier (He scaling) and 1 elsewhere.

    =============== =========================== ===========================
    parametrization factor :math:`c_l`          start of the entries of
                                                :math:`W_l`
    =============== =========================== ===========================
    ``ntk``         :math:`g_l/\sqrt{m_{l-1}}`  :math:`N(0, 1)`
    ``mean_field``  the same, but               :math:`N(0, 1)`
                    :math:`c_L = g_L/m_{L-1}`
    ``standard``    1                           :math:`N(0, g_l^2/m_{l-1})`
    =============== =========================== ===========================

    The first layer is the exception: :math:`c_1` is ``input_scale``, 1 by
    default, in all three.  This suits inputs of norm about 1, and the tangent
    kernel of wide ReLU networks is then the arc-cosine recursion in
    :math:`\langle x, z\rangle`.  For rows of norm :math:`\sqrt d` take
    ``input_scale=d**-0.5``.

    Parameters
    ----------
    widths : sequence of int
        :math:`(d, m_1, \dots, m_{L-1}, 1)`.  A narrow layer between wide ones
        is a bottleneck; ``(d, 1)`` is a linear model.
    activation : str, Activation or sequence of them
        :math:`\sigma`: ``"tanh"``, ``"relu"``, ``"softplus"``, ``"identity"``,
        ``"half_square"`` (:math:`a^2/2`) or an :class:`Activation`; a sequence
        gives one for each hidden layer.
    parametrization : {"ntk", "standard", "mean_field"}, default="ntk"
        Where the scales stand; see the table.
    gain : float, optional
        One gain :math:`g` for all layers, instead of the one set by the
        activations.  Under ``standard`` that includes the first layer.
    input_scale : float, default=1.0
        :math:`c_1 > 0`.
    bias : bool, default=False
        Whether layers have biases; they start at zero.
    readout : {"trained", "signs"} or array_like, shape (m,), default="trained"
        With ``"signs"`` the last layer is fixed to :math:`W_L = (1, -1, 1,
        \dots)`, times :math:`g_L/\sqrt{m_{L-1}}` under ``standard``; an array
        fixes it to these numbers.  A fixed layer has no bias and is not part of
        the parameters.
    output : str or Activation, default="identity"
        :math:`\varphi`.
    initialization : {"gaussian", "glorot"}, default="gaussian"
        ``"glorot"``, for ``standard`` only, draws weights and biases uniformly
        from :math:`\pm\sqrt{6/(m_{l-1} + m_l)}`, like scikit-learn's
        ``MLPRegressor``.

    Attributes
    ----------
    widths : tuple of int
        As given.
    n_params : int
        The number :math:`M` of parameters.
    scales : tuple of float
        The factors :math:`c_1, \dots, c_L`.

    Raises
    ------
    ValueError
        If a width is not a positive integer, the last is not 1, an activation
        is not known, or the options contradict each other.

    Notes
    -----
    All methods take parameters ``(M,)``, or ``(R, M)`` for ``R`` networks at
    once, on which the results get the same leading axis.

    See Also
    --------
    train : fit a network.

    References
    ----------
    .. [1] A. Jacot, F. Gabriel and C. Hongler, "Neural tangent kernel:
       convergence and generalization in neural networks", NeurIPS 2018.
    .. [2] K. He et al., "Delving deep into rectifiers", ICCV 2015.

    Examples
    --------
    >>> network = MLP([2, 50, 1], "tanh")
    >>> params = network.init(rng=0)
    >>> params.shape
    (150,)
    >>> X = [[0.6, 0.8], [1.0, 0.0]]
    >>> J = network.jacobian(params, X)
    >>> kernel = J @ J.T
    >>> kernel.shape
    (2, 2)

    The kernel again, without the Jacobian, as a sum over layers:

    >>> factors = network.layer_factors(params, X)
    >>> again = sum((A @ A.T) * (B @ B.T) for A, B in factors)
    >>> bool(abs(again - kernel).max() < 1e-12)
    True
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: Activations,
        *,
        parametrization: Parametrization = "ntk",
        gain: float | None = None,
        input_scale: float = 1.0,
        bias: bool = False,
        readout: str | ArrayLike = "trained",
        output: str | Activation = "identity",
        initialization: Literal["gaussian", "glorot"] = "gaussian",
    ) -> None:
        self.widths = as_widths(widths)
        depth = len(self.widths) - 1
        self.parametrization: Parametrization = as_choice(
            "parametrization", parametrization, ["ntk", "standard", "mean_field"]
        )
        self.initialization = as_choice(
            "initialization", initialization, ["gaussian", "glorot"]
        )
        if self.initialization == "glorot" and self.parametrization != "standard":
            raise ValueError(
                "initialization must be 'gaussian' unless parametrization is "
                f"'standard'; got 'glorot' with {parametrization!r}."
            )
        self.bias = bool(as_choice("bias", bias, [True, False]))
        hidden = hidden_activations(activation, depth - 1)
        self.activations = (*hidden, as_activation("output", output))
        gains = [1.0, *(each.gain for each in hidden)]
        if gain is not None:
            gains = [as_number("gain", gain, low=0.0, closed="neither")] * depth
        factors = [g / np.sqrt(m) for g, m in zip(gains, self.widths[:-1], strict=True)]
        first = as_number("input_scale", input_scale, low=0.0, closed="neither")
        self.scales = layer_scales(
            self.parametrization, first, factors, self.widths[-2]
        )
        self._spreads = factors if parametrization == "standard" else [1.0] * depth
        self._fixed = fixed_readout(
            readout, self.widths, self.parametrization, factors[-1]
        )
        self._shapes = parameter_shapes(self.widths, self.bias, self._n_trained)
        self.n_params = sum(int(np.prod(shape)) for shape in self._shapes)

    def __repr__(self) -> str:
        names = [activation.name for activation in self.activations]
        shown = names[0] if len(set(names[:-1])) == 1 else names[:-1]
        return f"MLP({list(self.widths)}, {shown!r}, M={self.n_params})"

    # ------------------------------------------------------------ parameters

    def init(self, *, rng: RandomSource, paired: bool = False) -> FloatArray:
        r"""Draw random parameters.

        Parameters
        ----------
        rng : int or numpy.random.Generator
            Seed or source of the draws.
        paired : bool, default=False
            Whether neurons :math:`2k` and :math:`2k+1` of the last hidden layer
            get the same weights, and opposite read-outs, so that
            :math:`a_L = 0` for every input, up to rounding.

        Returns
        -------
        ndarray, shape (M,)
            The parameters.

        Raises
        ------
        ValueError
            If ``paired`` is asked of an odd number of neurons or of a fixed
            read-out that is not opposite in pairs.

        Examples
        --------
        >>> network = MLP([3, 4, 1], "relu", readout="signs")
        >>> params = network.init(rng=0, paired=True)
        >>> float(network.forward(params, [[1.0, 2.0, 3.0]])[0])
        0.0
        """
        generator = as_generator(rng)
        layers = []
        for level in range(self._n_trained):
            fan_in, fan_out = self.widths[level], self.widths[level + 1]
            bias = np.zeros(fan_out) if self.bias else None
            if self.initialization == "glorot":
                bound = np.sqrt(6.0 / (fan_in + fan_out))
                weights = generator.uniform(-bound, bound, (fan_out, fan_in))
                if bias is not None:
                    bias = generator.uniform(-bound, bound, fan_out)
            else:
                weights = generator.standard_normal((fan_out, fan_in))
                weights *= self._spreads[level]
            layers.append((weights, bias))
        if as_choice("paired", paired, [True, False]):
            self._pair(layers)
        return self.flatten(layers)

    def layers(self, params: ArrayLike) -> list[tuple[FloatArray, FloatArray | None]]:
        r"""Split the parameters into the weights and biases of trained layers.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters.

        Returns
        -------
        list of (ndarray, ndarray or None)
            :math:`W_l`, shape (m_l, m_{l-1}), and :math:`b_l`, shape (m_l,), or
            None without biases; views of ``params`` if that is a float64 array.

        Raises
        ------
        ValueError
            If ``params`` does not have ``M`` finite entries.

        Examples
        --------
        >>> network = MLP([1, 2, 1], "tanh", bias=True)
        >>> for weights, bias in network.layers([1, 2, 3, 4, 5, 6, 7]):
        ...     print(weights.tolist(), bias.tolist())
        [[1.0], [2.0]] [3.0, 4.0]
        [[5.0, 6.0]] [7.0]
        """
        return self._split(self._params("params", params))

    def flatten(
        self, layers: Sequence[tuple[ArrayLike, ArrayLike | None]]
    ) -> FloatArray:
        r"""Join weights and biases into one vector, the inverse of ``layers``.

        Parameters
        ----------
        layers : sequence of (array_like, array_like or None)
            :math:`W_l` and :math:`b_l` of every trained layer.

        Returns
        -------
        ndarray, shape (M,)
            The parameters.

        Raises
        ------
        ValueError
            If their number or a shape does not fit.

        Examples
        --------
        >>> network = MLP([2, 1, 1], "tanh")
        >>> network.flatten([([[1, 2]], None), ([[3]], None)])
        array([1., 2., 3.])
        """
        given = [part for pair in layers for part in pair if part is not None]
        parts = [as_array("layers", part, ndim=(1, 2)) for part in given]
        shapes = [part.shape for part in parts]
        if shapes != self._shapes:
            raise ValueError(
                f"layers must have arrays of shapes {self._shapes}; got {shapes}."
            )
        return np.concatenate([part.ravel() for part in parts])

    # ------------------------------------------------- values and derivatives

    def forward(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Evaluate :math:`f(w; x_i)`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        ndarray, shape (n,) or (R, n)
            The outputs.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> network = MLP([1, 2, 1], "relu", gain=1.0, readout="signs")
        >>> network.forward([3.0, -1.0], [[2.0], [-2.0]]) * 2**0.5
        array([ 6., -2.])
        """
        return self._outputs(self._params("params", params), self._inputs(X))

    def layer_factors(
        self, params: ArrayLike, X: ArrayLike
    ) -> list[tuple[FloatArray, FloatArray]]:
        r"""Compute the factors of the Jacobian, layer by layer.

        The derivative by the weights of one layer has rank one for each input,

        .. math::

            \frac{\partial f(w; x_i)}{\partial W_l}
                = B^l_i\,(A^l_i)^\top,
            \qquad A^l_i = h_{l-1}(x_i), \qquad
            B^l_i = c_l\,\frac{\partial f(w; x_i)}{\partial a_l},

        with an entry :math:`1/c_l` appended to :math:`A^l_i` for the bias.  The
        tangent kernel is therefore
        :math:`K = \sum_l (A^l A^{l\top}) \circ (B^l B^{l\top})`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        list of (ndarray, ndarray)
            For each trained layer the inputs :math:`A^l`, shape (n, m_{l-1}) or
            with biases (n, m_{l-1} + 1), and the signals :math:`B^l`, shape
            (n, m_l).

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> network = MLP([1, 1, 1], "identity")
        >>> network.layer_factors([2.0, 3.0], [[5.0]])
        [(array([[5.]]), array([[3.]])), (array([[10.]]), array([[1.]]))]
        """
        layers = self._stack(self._params("params", params))
        states = _passes.run_forward(layers, self._inputs(X))
        signals = _passes.run_backward(layers, states, np.ones_like(states[-1].post))
        factors = []
        for level in range(self._n_trained):
            inputs, scale = states[level].inputs, self.scales[level]
            if self.bias:
                ones = np.full((*inputs.shape[:-1], 1), 1.0 / scale)
                inputs = np.concatenate([inputs, ones], axis=-1)
            factors.append((inputs, scale * signals[level]))
        return factors

    def jacobian(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Compute :math:`J_{ij} = \partial f(w; x_i)/\partial w_j`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        X : array_like, shape (n, d)
            Inputs, one in each row.

        Returns
        -------
        ndarray, shape (n, M) or (R, n, M)
            The Jacobian.  It holds n times M numbers: use :meth:`jvp`,
            :meth:`vjp` or :meth:`layer_factors` where its products are enough.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> MLP([1, 1, 1], "identity").jacobian([2.0, 3.0], [[5.0]])
        array([[15., 10.]])
        """
        blocks = []
        for inputs, signals in self.layer_factors(params, X):
            weights = inputs[..., : inputs.shape[-1] - self.bias]
            product = signals[..., :, None] * weights[..., None, :]
            blocks.append(product.reshape(*product.shape[:-2], -1))
            if self.bias:
                blocks.append(signals * inputs[..., -1:])
        return np.concatenate(blocks, axis=-1)

    def jvp(self, params: ArrayLike, X: ArrayLike, v: ArrayLike) -> FloatArray:
        r"""Compute :math:`Jv`, the derivative of the outputs along ``v``.

        One sweep forward, at about twice the cost of an evaluation.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        X : array_like, shape (n, d)
            Inputs, one in each row.
        v : array_like, shape (M,) or (R, M)
            Directions :math:`v`; several may share one ``params``.

        Returns
        -------
        ndarray, shape (n,) or (R, n)
            The products.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> MLP([1, 1, 1], "identity").jvp([2.0, 3.0], [[5.0]], [0.0, 1.0])
        array([10.])
        """
        w = self._params("params", params)
        layers, changes = self._stack(w), self._change(v, w)
        states = _passes.run_forward(layers, self._inputs(X))
        return _passes.run_tangent(layers, states, changes)[-1].post[..., 0]

    def vjp(self, params: ArrayLike, X: ArrayLike, u: ArrayLike) -> FloatArray:
        r"""Compute :math:`J^\top u`, the gradient of :math:`\sum_i u_i f(w; x_i)`.

        One sweep forward and one backward (back-propagation).

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        X : array_like, shape (n, d)
            Inputs, one in each row.
        u : array_like, shape (n,) or (R, n)
            Weights :math:`u`; several may share one ``params``.

        Returns
        -------
        ndarray, shape (M,) or (R, M)
            The products.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> MLP([1, 1, 1], "identity").vjp([2.0, 3.0], [[5.0]], [2.0])
        array([30., 20.])
        """
        w, inputs = self._params("params", params), self._inputs(X)
        weights = as_array("u", u, ndim=(1, 2))
        check_block("u", weights, inputs.shape[0], w)
        layers = self._stack(w)
        states = _passes.run_forward(layers, inputs)
        signals = _passes.run_backward(layers, states, weights[..., None])
        return self._gather(states, signals)

    def hvp(self, params: ArrayLike, x: ArrayLike, v: ArrayLike) -> FloatArray:
        r"""Compute :math:`Hv` with the Hessian of one output.

        .. math::

            H = \nabla_w^2 f(w; x), \qquad
            Hv = \frac{d}{dt}\,\nabla_w f(w + tv; x)\Big|_{t=0},

        by differentiating back-propagation along :math:`v`; no part of
        :math:`H` is formed.  For rectifiers the second derivative is 0 where it
        exists.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        x : array_like, shape (d,)
            One input.
        v : array_like, shape (M,) or (R, M)
            Directions :math:`v`; several may share one ``params``.

        Returns
        -------
        ndarray, shape (M,) or (R, M)
            The products.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        See Also
        --------
        weighted_hvp : sums of Hessians over inputs.

        References
        ----------
        .. [1] B. Pearlmutter, "Fast exact multiplication by the Hessian",
           Neural Computation 6 (1994).

        Examples
        --------
        >>> network = MLP([1, 1, 1], "identity")  # f = w_1 w_2 x
        >>> network.hvp([2.0, 3.0], [5.0], [1.0, 0.0])
        array([0., 5.])
        """
        point = as_vector("x", x, length=self.widths[0])
        return self.weighted_hvp(params, point[None, :], [1.0], v)

    def weighted_hvp(
        self, params: ArrayLike, X: ArrayLike, u: ArrayLike, v: ArrayLike
    ) -> FloatArray:
        r"""Compute :math:`\sum_i u_i\,\nabla_w^2 f(w; x_i)\,v`.

        With :math:`u` the residuals this is the part of the Hessian of
        :math:`\tfrac12\sum_i (f(w; x_i) - y_i)^2` that is not :math:`J^\top J`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`.
        X : array_like, shape (n, d)
            Inputs, one in each row.
        u : array_like, shape (n,)
            Weights of the inputs.
        v : array_like, shape (M,) or (R, M)
            Directions :math:`v`; several may share one ``params``.

        Returns
        -------
        ndarray, shape (M,) or (R, M)
            The products.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.

        Examples
        --------
        >>> network = MLP([1, 1, 1], "identity")
        >>> network.weighted_hvp([2, 3], [[5], [1]], [1, 2], [1, 0])
        array([0., 7.])
        """
        w, inputs = self._params("params", params), self._inputs(X)
        weights = as_vector("u", u, length=inputs.shape[0])
        layers, changes = self._stack(w), self._change(v, w)
        states = _passes.run_forward(layers, inputs)
        seed = np.broadcast_to(weights[:, None], states[-1].post.shape)
        signals = _passes.run_backward(layers, states, seed)
        tangents = _passes.run_tangent(layers, states, changes)
        moved = _passes.run_backward_tangent(
            layers, states, signals, changes, tangents, seed
        )
        # Product rule for signals times inputs.
        total = self._gather(states, moved)
        for (weights, _), tangent, signal, scale in zip(
            self._split(total), tangents, signals, self.scales, strict=False
        ):
            weights += (scale * signal).swapaxes(-1, -2) @ tangent.inputs
        return total

    # --------------------------------------------------------------- internal

    def _outputs(self, params: FloatArray, X: FloatArray) -> FloatArray:
        """Return the outputs (..., n), unchecked."""
        return _passes.run_forward(self._stack(params), X)[-1].post[..., 0]

    def _loss_gradient(
        self, params: FloatArray, X: FloatArray, y: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return residuals (..., n) and gradient (..., M) of half their squares.

        For inner loops: nothing is checked.  ``X`` and ``y`` may have the
        leading axis of ``params``.
        """
        layers = self._stack(params)
        states = _passes.run_forward(layers, X)
        residuals = states[-1].post[..., 0] - y
        signals = _passes.run_backward(layers, states, residuals[..., None])
        return residuals, self._gather(states, signals)

    @property
    def _n_trained(self) -> int:
        return len(self.widths) - 1 - (self._fixed is not None)

    def _pair(self, layers: list[tuple[FloatArray, FloatArray | None]]) -> None:
        """Make the neurons of the last hidden layer cancel in pairs."""
        if len(self.widths) < 3 or self.widths[-2] % 2:
            raise ValueError(
                "paired must be False unless the last hidden layer has an even "
                f"number of neurons; got True for widths {list(self.widths)}."
            )
        if self._fixed is None:
            readout, bias = layers[-1]
            readout[0, 1::2] = -readout[0, ::2]
            if bias is not None:
                bias[:] = 0.0
        elif not np.array_equal(self._fixed[0, 1::2], -self._fixed[0, ::2]):
            raise ValueError(
                "paired must be False unless the fixed read-out is opposite in "
                "pairs; got True."
            )
        weights, bias = layers[len(self.widths) - 3]
        weights[1::2] = weights[::2]
        if bias is not None:
            bias[1::2] = bias[::2]

    def _params(self, name: str, value: ArrayLike) -> FloatArray:
        return as_params(name, value, self.n_params)

    def _inputs(self, X: ArrayLike) -> FloatArray:
        return as_matrix("X", X, columns=self.widths[0])

    def _change(self, v: ArrayLike, params: FloatArray) -> list[Layer]:
        change = self._params("v", v)
        check_block("v", change, self.n_params, params)
        return self._stack(change, fixed=0.0)

    def _split(self, params: FloatArray) -> list[tuple[FloatArray, FloatArray | None]]:
        parts, start = [], 0
        for shape in self._shapes:
            size = int(np.prod(shape))
            part = params[..., start : start + size]
            parts.append(part.reshape(*params.shape[:-1], *shape))
            start += size
        if not self.bias:
            return [(weights, None) for weights in parts]
        return list(zip(parts[::2], parts[1::2], strict=True))

    def _stack(self, params: FloatArray, fixed: float = 1.0) -> list[Layer]:
        """Return all layers; ``fixed`` multiplies a last one that is not trained."""
        pairs = self._split(params)
        if self._fixed is not None:
            pairs.append((fixed * self._fixed, None))
        return [
            Layer(weights, bias, scale, activation)
            for (weights, bias), scale, activation in zip(
                pairs, self.scales, self.activations, strict=True
            )
        ]

    def _gather(
        self, states: list[_passes.State], signals: list[FloatArray]
    ) -> FloatArray:
        """Sum signals times inputs over the rows into parameter vectors."""
        ahead = np.broadcast_shapes(
            *(signal.shape[:-2] for signal in signals),
            *(state.inputs.shape[:-2] for state in states),
        )
        total = np.empty((*ahead, self.n_params))
        # The parts are views: writing to them fills the vector.
        for (weights, bias), state, signal, scale in zip(
            self._split(total), states, signals, self.scales, strict=False
        ):
            turned = (scale * signal).swapaxes(-1, -2)
            np.matmul(turned, state.inputs, out=weights)
            if bias is not None:
                bias[...] = signal.sum(axis=-2)
        return total
