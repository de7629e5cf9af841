"""Kernels of infinitely wide ReLU networks.

All are |x| |z| times a function of the angle between x and z, and all of these
functions are built from the averages kappa_0 and kappa_1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_integer, as_matrix
from interpolab.kernels._cosines import Exact, Rows, Slab, on_pairs, split


def _matrices(X: ArrayLike, Z: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both matrices; the same object twice if they are equal."""
    left = as_matrix("X", X)
    right = as_matrix("Z", Z, columns=left.shape[1])
    return left, left if np.array_equal(left, right) else right


def _rows(
    left: FloatArray, right: FloatArray, *, largest: float = 1.0
) -> tuple[Rows, Rows]:
    """Return directions and norms of both; the same object twice if equal.

    The kernel's values are up to ``largest`` |x| |z|, which must be a float.
    """
    first = split(left)
    second = first if right is left else split(right)
    lengths = float(first.norms.max()), float(second.norms.max())
    if not np.isfinite(largest * lengths[0] * lengths[1]):
        raise ValueError(
            f"X and Z must have {largest:g} |x| |z| below 1.8e308; got rows of "
            f"norm {lengths[0]:.2g} and {lengths[1]:.2g}."
        )
    return first, second


def _layers(n_hidden: int, *, tangent: bool) -> tuple[Slab, Exact]:
    """Return the recursion, fast in terms of -cos and exact in terms of angles."""

    def slab(v: FloatArray, t: FloatArray, k: FloatArray, s: FloatArray) -> FloatArray:
        # v is -u: then arccos(v) is pi kappa_0(u), and s - v k is pi kappa_1(u).
        np.negative(v, out=t)
        for _ in range(n_hidden):
            np.arccos(v, out=k)
            np.multiply(v, v, out=s)
            np.subtract(1.0, s, out=s)
            np.sqrt(s, out=s)
            np.multiply(v, k, out=v)
            np.subtract(v, s, out=v)
            if tangent:
                np.multiply(t, k, out=t)
                np.subtract(t, v, out=t)
                np.multiply(t, 1.0 / np.pi, out=t)
            np.multiply(v, 1.0 / np.pi, out=v)
            np.maximum(v, -1.0, out=v)
        return t if tangent else np.negative(v, out=v)

    def exact(angle: FloatArray, supplement: FloatArray) -> FloatArray:
        value = np.cos(angle)
        for _ in range(n_hidden):
            # 1 - kappa_1, which is of the order of the angle's square.
            gap = (
                2.0 * np.sin(0.5 * angle) ** 2
                - (np.sin(angle) - angle * np.cos(angle)) / np.pi
            )
            gap = np.clip(gap, 0.0, 1.0)
            before = value * (supplement / np.pi) if tangent else 0.0
            value = before + (1.0 - gap)
            angle = 2.0 * np.arcsin(np.sqrt(0.5 * gap))
            supplement = np.pi - angle
        return value

    return slab, exact


def _network(X: ArrayLike, Z: ArrayLike, n_hidden: Any, *, tangent: bool) -> FloatArray:
    """Return the kernel of a network with the given number of hidden layers."""
    left, right = _matrices(X, Z)
    depth = as_integer("n_hidden", n_hidden, low=0)
    largest = depth + 1.0 if tangent else 1.0
    first, second = _rows(left, right, largest=largest)
    if depth == 0:
        return left @ right.T
    slab, exact = _layers(depth, tangent=tangent)
    return on_pairs(first, second, slab=slab, exact=exact)


def relu_nngp(X: ArrayLike, Z: ArrayLike, *, n_hidden: int) -> FloatArray:
    r"""Evaluate the covariance of an infinitely wide random ReLU network.

    .. math::

        K(x, z) = \lVert x\rVert\,\lVert z\rVert\,\Sigma^{L}(u), \qquad
        \Sigma^{0}(u) = u, \quad
        \Sigma^{l} = \kappa_1(\Sigma^{l-1}), \qquad
        u = \frac{\langle x, z\rangle}{\lVert x\rVert\,\lVert z\rVert},

    with :math:`L` hidden layers and :math:`\kappa_1` the average of two ReLUs.
    It is the limit, for many neurons :math:`m` in each layer, of
    :math:`\mathbb E\, f(x) f(z)` for

    .. math::

        f(x) = \langle v, h^{L}\rangle, \qquad
        h^{l} = \sqrt{2/m}\;\max(W^{l} h^{l-1}, 0), \qquad h^{0} = x,

    with standard normal :math:`v, W^{1}, \dots, W^{L}`.  The factor 2 makes up
    for the half that a ReLU cuts off, so every layer keeps the norm of its
    input (He scaling).  There are no biases.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row, in any unit.
    Z : array_like, shape (m, d)
        Points :math:`z`, in the unit of ``X``.
    n_hidden : int
        Number :math:`L` of hidden layers, at least 0; 0 is the linear kernel
        :math:`\langle x, z\rangle`.

    Returns
    -------
    ndarray, shape (n, m)
        The values, in the square of the unit of ``X``.  For ``Z`` equal to
        ``X`` the matrix is exactly symmetric.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty,
        the kernel overflows or ``n_hidden`` is not an integer of at least 0.

    See Also
    --------
    relu_ntk : the kernel with which the same network learns.

    References
    ----------
    .. [1] Y. Cho and L. K. Saul, "Kernel methods for deep learning", NIPS 2009.
    .. [2] J. Lee, Y. Bahri, R. Novak, S. S. Schoenholz, J. Pennington and
       J. Sohl-Dickstein, "Deep neural networks as Gaussian processes", ICLR
       2018.

    Examples
    --------
    >>> X = [[1.0, 0.0], [0.0, 2.0]]
    >>> relu_nngp(X, X, n_hidden=1)
    array([[1. , 0.63661977],
           [0.63661977, 4. ]])
    """
    return _network(X, Z, n_hidden, tangent=False)


def relu_ntk(X: ArrayLike, Z: ArrayLike, *, n_hidden: int) -> FloatArray:
    r"""Evaluate the tangent kernel of an infinitely wide ReLU network.

    .. math::

        K(x, z) = \lVert x\rVert\,\lVert z\rVert\,\Theta^{L}(u), \qquad
        \Theta^{0}(u) = u, \quad
        \Theta^{l} = \Theta^{l-1}\,\kappa_0(\Sigma^{l-1}) + \Sigma^{l}, \qquad
        u = \frac{\langle x, z\rangle}{\lVert x\rVert\,\lVert z\rVert},

    with :math:`L` hidden layers, :math:`\Sigma^{l} = \kappa_1(\Sigma^{l-1})`
    the cosine after layer :math:`l` and :math:`\kappa_0, \kappa_1` the averages
    of two steps and of two ReLUs.  It is the limit, for wide layers, of
    :math:`\langle\nabla f(x), \nabla f(z)\rangle` at the random network
    :math:`f` of ``relu_nngp``, the gradient taken in all its parameters.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row, in any unit.
    Z : array_like, shape (m, d)
        Points :math:`z`, in the unit of ``X``.
    n_hidden : int
        Number :math:`L` of hidden layers, at least 0; 0 is the linear kernel
        :math:`\langle x, z\rangle`.

    Returns
    -------
    ndarray, shape (n, m)
        The values, in the square of the unit of ``X``.  For ``Z`` equal to
        ``X`` the matrix is exactly symmetric and its diagonal is
        :math:`(L + 1)\lVert x\rVert^2`.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty,
        the kernel overflows or ``n_hidden`` is not an integer of at least 0.

    See Also
    --------
    relu_nngp : the covariance of the random network.
    lazy_relu : with only the first layer linearized.

    Notes
    -----
    The error is about 1e-14 of :math:`(L+1)\lVert x\rVert\,\lVert z\rVert`,
    whatever the angle: nearly parallel pairs take it from the difference of
    their directions, because arccos near 1 would leave an error of 1e-8.
    Tiles that fit in the cache are shared out among threads; the variable
    ``OMP_NUM_THREADS`` limits their number.

    References
    ----------
    .. [1] A. Jacot, F. Gabriel and C. Hongler, "Neural tangent kernel:
       convergence and generalization in neural networks", NeurIPS 2018.

    Examples
    --------
    >>> X = [[1.0, 0.0], [0.0, 2.0]]
    >>> relu_ntk(X, X, n_hidden=1)
    array([[2. , 0.63661977],
           [0.63661977, 8. ]])
    """
    return _network(X, Z, n_hidden, tangent=True)


def _lazy_slab(
    v: FloatArray, t: FloatArray, k: FloatArray, s: FloatArray
) -> FloatArray:
    np.arccos(v, out=k)
    np.multiply(v, k, out=v)
    return np.multiply(v, -0.5 / np.pi, out=v)


def _lazy_exact(angle: FloatArray, supplement: FloatArray) -> FloatArray:
    return np.cos(angle) * supplement * (0.5 / np.pi)


def lazy_relu(X: ArrayLike, Z: ArrayLike) -> FloatArray:
    r"""Evaluate the infinite-width kernel of a linearized ReLU layer.

    .. math::

        K(x, z) = \frac{\langle x, z\rangle}{d}\,
        \mathbb E_w\, \sigma'(\langle w, x\rangle)\,\sigma'(\langle w, z\rangle)
        = \frac{\langle x, z\rangle}{d}\;\frac{\pi - \arccos u}{2\pi}, \qquad
        u = \frac{\langle x, z\rangle}{\lVert x\rVert\,\lVert z\rVert},

    with :math:`\sigma'` the step at 0 and :math:`w` uniform on the unit sphere
    of :math:`\mathbb R^d`: the limit, for many neurons :math:`N`, of the inner
    products of the :math:`Nd` features
    :math:`\sigma'(\langle w_k, x\rangle)\, x / \sqrt{Nd}`.  On the sphere of
    radius :math:`\sqrt d` it is :math:`u\,(\pi - \arccos u)/(2\pi)`.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Points :math:`x`, one in each row; in the theory rows of norm
        :math:`\sqrt d`.  The formula holds for any.
    Z : array_like, shape (m, d)
        Points :math:`z`, in the unit of ``X``.

    Returns
    -------
    ndarray, shape (n, m)
        The values.  For ``Z`` equal to ``X`` the matrix is exactly symmetric
        and its diagonal is :math:`\lVert x\rVert^2 / (2d)`, which is 1/2 for
        rows of norm :math:`\sqrt d`.

    Raises
    ------
    ValueError
        If the shapes do not fit, an entry is not finite, an array is empty or
        the kernel overflows.

    See Also
    --------
    relu_ntk : with all layers trained.
    gegenbauer_coefficients : the eigenvalues of this kernel.

    References
    ----------
    .. [1] A. Montanari and Y. Zhong, "The interpolation phase transition in
       neural networks: memorization and generalization under lazy training",
       Annals of Statistics 50(5), 2022.

    Examples
    --------
    >>> lazy_relu([[1.0, 1.0]], [[1.0, 1.0], [2.0**0.5, 0.0]])
    array([[0.5 , 0.26516504]])
    """
    left, right = _matrices(X, Z)
    first, second = _rows(left, right)
    return on_pairs(
        first,
        second,
        slab=_lazy_slab,
        exact=_lazy_exact,
        factor=1.0 / left.shape[1],
    )
