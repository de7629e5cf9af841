"""The first-order Taylor polynomial of a network in its parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_matrix, as_vector
from interpolab.tangent._network import Network, as_params, as_stack


class LinearizedNetwork:
    r"""A network that is affine in its parameters.

    .. math::

        f_{\mathrm{lin}}(w, x) = f(w_0, x)
            + \langle \nabla_w f(w_0, x),\, w - w_0\rangle .

    It has the methods of the network it was made from.  Its Jacobian is that of
    the network at :math:`w_0`, wherever it is asked for, and its Hessian is
    zero.

    Parameters
    ----------
    network : Network
        The network :math:`f`.
    params : ndarray, shape (M,)
        The point :math:`w_0` of the expansion.

    Attributes
    ----------
    network : Network
        The network.
    origin : ndarray, shape (M,)
        The point :math:`w_0`.

    See Also
    --------
    linearize : makes one and checks the arguments.

    Examples
    --------
    >>> from interpolab.networks import MLP
    >>> flat = linearize(MLP([1, 1, 1], "identity"), [2.0, 3.0])  # of w_1 w_2 x
    >>> flat.forward([2.5, 3.5], [[1.0]])  # 6 + 3/2 + 2/2, not 2.5 * 3.5
    array([8.5])
    >>> flat.hvp([2.5, 3.5], [1.0], [1.0, 0.0])
    array([0., 0.])
    """

    def __init__(self, network: Network, params: FloatArray) -> None:
        self.network = network
        self.origin = params

    def __getattr__(self, name: str) -> Any:
        # Only a network that factors has a linearization that factors, and
        # empirical_ntk asks by looking for the method.
        if name == "layer_factors" and hasattr(self.__dict__.get("network"), name):
            return lambda params, X: self.network.layer_factors(  # type: ignore[attr-defined]
                self._origin_for(params), X
            )
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"linearize({self.network!r})"

    @property
    def n_params(self) -> int:
        """The number M of parameters."""
        return self.origin.shape[0]

    def forward(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Evaluate :math:`f_{\mathrm{lin}}(w, x_i)`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Parameters :math:`w`; rows are several vectors at once.
        X : array_like, shape (n, d)
            Points :math:`x`, one in each row.

        Returns
        -------
        ndarray, shape (n,) or (R, n)
            The outputs.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.
        """
        shift = as_stack("params", params, self.n_params) - self.origin
        value = self.network.forward(self.origin, X)
        return value + self.network.jvp(self.origin, X, shift)

    def jacobian(self, params: ArrayLike, X: ArrayLike) -> FloatArray:
        r"""Compute the Jacobian, the same for all parameters.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Checked, but without influence.
        X : array_like, shape (n, d)
            Points :math:`x`, one in each row.

        Returns
        -------
        ndarray, shape (n, M) or (R, n, M)
            The Jacobian of the network at the origin.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.
        """
        return self.network.jacobian(self._origin_for(params), X)

    def jvp(self, params: ArrayLike, X: ArrayLike, v: ArrayLike) -> FloatArray:
        r"""Compute :math:`Jv`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Checked, but without influence.
        X : array_like, shape (n, d)
            Points :math:`x`, one in each row.
        v : array_like, shape (M,) or (R, M)
            Directions :math:`v`.

        Returns
        -------
        ndarray, shape (n,) or (R, n)
            The products.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.
        """
        return self.network.jvp(self._origin_for(params), X, v)

    def vjp(self, params: ArrayLike, X: ArrayLike, u: ArrayLike) -> FloatArray:
        r"""Compute :math:`J^\top u`.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Checked, but without influence.
        X : array_like, shape (n, d)
            Points :math:`x`, one in each row.
        u : array_like, shape (n,) or (R, n)
            Weights :math:`u` of the points.

        Returns
        -------
        ndarray, shape (M,) or (R, M)
            The products.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.
        """
        return self.network.vjp(self._origin_for(params), X, u)

    def hvp(self, params: ArrayLike, x: ArrayLike, v: ArrayLike) -> FloatArray:
        r"""Compute the Hessian times ``v``, which is zero.

        Parameters
        ----------
        params : array_like, shape (M,) or (R, M)
            Checked, but without influence.
        x : array_like, shape (d,)
            One point.
        v : array_like, shape (M,) or (R, M)
            Directions :math:`v`.

        Returns
        -------
        ndarray, shape (M,) or (R, M)
            Zeros.

        Raises
        ------
        ValueError
            If a shape does not fit or an entry is not finite.
        """
        self._origin_for(params)
        as_vector("x", x)
        return np.zeros_like(as_stack("v", v, self.n_params))

    def _origin_for(self, params: ArrayLike) -> FloatArray:
        """Return the origin, once for each row of ``params`` if it has rows."""
        shape = as_stack("params", params, self.n_params).shape
        return np.broadcast_to(self.origin, shape)


def linearize(network: Network, params: ArrayLike) -> LinearizedNetwork:
    r"""Expand a network to first order in its parameters.

    .. math::

        f_{\mathrm{lin}}(w, x) = f(w_0, x)
            + \langle \nabla_w f(w_0, x),\, w - w_0\rangle,
        \qquad
        \lvert f - f_{\mathrm{lin}} \rvert \le \tfrac12 R^2
            \sup_{\lVert w - w_0\rVert\le R} \lVert H(w, x)\rVert
        \quad\text{for } \lVert w - w_0\rVert \le R,

    with :math:`w_0` the given parameters and :math:`H` the Hessian of
    :math:`f` in :math:`w`.  The remainder is Taylor's, in Lagrange's form.

    Parameters
    ----------
    network : Network
        An :class:`interpolab.networks.MLP`, or anything with ``n_params``,
        ``forward``, ``jacobian``, ``jvp`` and ``vjp``.
    params : array_like, shape (M,)
        The point :math:`w_0` of the expansion.  It is copied.

    Returns
    -------
    LinearizedNetwork
        A network with ``forward(params, X)``, ``jacobian``, ``jvp``, ``vjp``
        and ``hvp``.

    Raises
    ------
    ValueError
        If the network lacks a method, the number of parameters is wrong or one
        is not finite.

    See Also
    --------
    hessian_norm : the norm in the remainder.
    linearized_descent : where gradient descent takes the linearization.

    References
    ----------
    .. [1] C. Liu, L. Zhu and M. Belkin, "On the linearity of large non-linear
       models: when and why the tangent kernel is constant", NeurIPS 2020.

    Examples
    --------
    A step of half the length leaves a quarter of the difference.

    >>> import numpy as np
    >>> from interpolab.networks import MLP
    >>> net = MLP([2, 10, 1], "tanh")
    >>> w, X = net.init(rng=0), np.array([[1.0, 0.5]])
    >>> flat = linearize(net, w)
    >>> step = np.full(w.size, 1e-3)
    >>> gap = [(net.forward(v, X) - flat.forward(v, X))[0]
    ...     for v in (w + step, w + step / 2)]
    >>> round(float(gap[0] / gap[1]), 1)
    4.0
    """
    weights = as_params(network, params, "forward", "jacobian", "jvp", "vjp")
    return LinearizedNetwork(network, weights.copy())


def taylor_remainder(
    network: Network, params: ArrayLike, displacements: ArrayLike, X: ArrayLike
) -> FloatArray:
    r"""Compute how far a network is from its linearization, along displacements.

    .. math::

        r_j(x) = f(w_0 + \delta_j, x) - f(w_0, x)
            - \langle \nabla_w f(w_0, x),\, \delta_j\rangle .

    Parameters
    ----------
    network : Network
        An :class:`interpolab.networks.MLP`, or anything with ``n_params``,
        ``forward`` and ``jacobian``.
    params : array_like, shape (M,)
        The point :math:`w_0` of the expansion.
    displacements : array_like, shape (k, M) or (M,)
        The displacements :math:`\delta_j`: steps of a walk, say, or random
        directions.
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row.

    Returns
    -------
    ndarray, shape (k, n) or (n,)
        The remainders, with their signs.

    Raises
    ------
    ValueError
        If the network lacks a method, the shapes do not fit, an entry is not
        finite or an array is empty.

    See Also
    --------
    linearize : the linearization as a network.

    References
    ----------
    .. [1] C. Liu, L. Zhu and M. Belkin, "On the linearity of large non-linear
       models: when and why the tangent kernel is constant", NeurIPS 2020.

    Examples
    --------
    Of the product of two weights a step in one leaves nothing, a step in both
    the product of the steps.

    >>> from interpolab.networks import MLP
    >>> net = MLP([1, 1, 1], "identity")  # f = w_1 w_2 x
    >>> taylor_remainder(net, [2.0, 3.0], [[0.5, 0.0], [0.5, 0.5]], [[1.0]])
    array([[0.  ],
           [0.25]])
    """
    weights = as_params(network, params, "forward", "jvp")
    points = as_matrix("X", X)
    steps = as_stack("displacements", displacements, weights.size)
    base = network.forward(weights, points)
    rows = [
        network.forward(weights + move, points)
        - base
        - network.jvp(weights, points, move)
        for move in np.atleast_2d(steps)
    ]
    return np.array(rows if steps.ndim == 2 else rows[0])
