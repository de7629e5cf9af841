"""The curvature of a network in its parameters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from interpolab._validation import FloatArray, as_number, as_vector
from interpolab.tangent._network import Network, as_params

# Up to here the dense matrix costs no more products than Lanczos would take.
_DENSE = 32
# Entries of the Lanczos basis beyond ARPACK's own 20 vectors: 128 MiB.
_BASIS = 2**24


def hessian_norm(
    network: Network, params: ArrayLike, x: ArrayLike, *, tolerance: float = 1e-3
) -> float:
    r"""Compute the spectral norm of the Hessian of a network's output.

    .. math::

        \lVert H\rVert = \max_{\lVert v\rVert = 1} \lvert v^\top H v\rvert,
        \qquad H = \nabla_w^2 f(w, x) \in \mathbb R^{M\times M},

    by Lanczos iteration on products :math:`v\mapsto Hv`; the matrix is never
    formed.  For two layers :math:`f = m^{-1/2}\sum_k v_k\,\sigma(w_k\cdot x)`
    with :math:`v_k = \pm1` fixed, :math:`H` is block-diagonal and
    :math:`\lVert H\rVert = m^{-1/2}\,\lVert x\rVert^2
    \max_k\lvert\sigma''(w_k\cdot x)\rvert`.

    Parameters
    ----------
    network : Network
        An :class:`interpolab.networks.MLP`, or anything with ``n_params`` and
        ``hvp(params, x, v)``.
    params : array_like, shape (M,)
        The parameters :math:`w`.
    x : array_like, shape (d,)
        One point.
    tolerance : float
        Relative accuracy, in (0, 1): the residual :math:`\lVert Hv - \theta
        v\rVert/\lvert\theta\rvert` at which the iteration stops.  The result is
        never too large, but for rounding, and its error is mostly far smaller
        than the residual.  Where eigenvalues crowd below the largest, as in one
        wide layer, each digit more costs several times the products.

    Returns
    -------
    float
        The norm.  The starting vector is the same in every call, and so is the
        result.

    Raises
    ------
    ValueError
        If the network lacks a method, the shapes do not fit, an entry is not
        finite or the tolerance is out of range.
    RuntimeError
        If the iteration does not converge.

    References
    ----------
    .. [1] C. Liu, L. Zhu and M. Belkin, "On the linearity of large non-linear
       models: when and why the tangent kernel is constant", NeurIPS 2020.

    Examples
    --------
    Sixteen times the width, about a quarter of the curvature.

    >>> import numpy as np
    >>> from interpolab.networks import MLP
    >>> x = np.ones(5)
    >>> narrow, wide = (MLP([5, m, 1], "tanh") for m in (64, 1024))
    >>> norms = [hessian_norm(net, net.init(rng=0), x) for net in (narrow, wide)]
    >>> bool(2 < norms[0] / norms[1] < 8)
    True
    """
    weights = as_params(network, params, "hvp")
    point = as_vector("x", x)
    tol = as_number("tolerance", tolerance, low=0.0, high=1.0, closed="neither")
    size = weights.shape[0]

    def product(v: FloatArray) -> FloatArray:
        return network.hvp(weights, point, v.ravel())

    if size <= _DENSE:
        units: FloatArray = np.eye(size)
        hessian = np.stack([network.hvp(weights, point, unit) for unit in units])
        return float(np.abs(np.linalg.eigvalsh((hessian + hessian.T) / 2.0)).max())
    # A generic vector: orthogonal to no eigenvector that anybody constructs.
    start = np.random.default_rng(0).standard_normal((size,))
    if not product(start).any():
        return 0.0  # ARPACK cannot start; only H = 0 annihilates a generic vector
    # Where eigenvalues crowd at the end of the spectrum, as those of a wide layer
    # do, a longer basis takes fewer products, unless few digits are wanted.
    basis = min(size, 20 if tol >= 1e-2 else max(20, min(60, _BASIS // size)))
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    try:
        value = eigsh(
            operator,
            k=1,
            which="LM",
            v0=start,
            ncv=basis,
            tol=tol,
            return_eigenvectors=False,
        )
    except ArpackNoConvergence as error:
        raise RuntimeError(
            f"the norm of the Hessian did not converge to a relative {tol:g}; "
            "a larger tolerance would."
        ) from error
    return float(np.abs(value[0]))
