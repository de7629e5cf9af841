"""The Polyak-Lojasiewicz inequality along a path of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_matrix, as_number, as_vector
from interpolab.tangent._kernel import empirical_ntk
from interpolab.tangent._kernel_ridge import as_gram
from interpolab.tangent._network import Network, as_stack, check_network
from interpolab.tangent._solve import rounding


@dataclass(frozen=True)
class PLPath:
    """What the Polyak-Lojasiewicz inequality is made of, at each step of a path.

    Attributes
    ----------
    loss : ndarray, shape (T,)
        Half the sum of squared residuals.
    gradient_norm2 : ndarray, shape (T,)
        Squared norm of the loss's gradient in the parameters.
    kernel_form : ndarray, shape (T,)
        The residual's quadratic form in the tangent kernel; the same number by
        another route.
    smallest_eigenvalue : ndarray, shape (T,)
        Of the tangent kernel; 0 where it is below rounding.
    largest_eigenvalue : ndarray, shape (T,)
        Of the tangent kernel.
    ratio : ndarray, shape (T,)
        Half the squared gradient over smallest eigenvalue times loss: at least
        1, and ``inf`` where the denominator is 0 and the inequality empty.
    """

    loss: FloatArray
    gradient_norm2: FloatArray
    kernel_form: FloatArray
    smallest_eigenvalue: FloatArray
    largest_eigenvalue: FloatArray
    ratio: FloatArray


def pl_ratio(network: Network, path: ArrayLike, X: ArrayLike, y: ArrayLike) -> PLPath:
    r"""Compare squared gradient and loss along a path of parameters.

    For :math:`L(w) = \tfrac12\lVert F(w) - y\rVert^2` with
    :math:`F(w) = (f(w, x_i))_i` and tangent kernel :math:`K(w)`,

    .. math::

        \tfrac12 \lVert\nabla L(w)\rVert^2
        = \tfrac12 \langle F - y,\, K(w)\,(F - y)\rangle
        \;\ge\; \lambda_{\min}(K(w))\, L(w) .

    The left side is computed with ``network.vjp``, the middle with
    :func:`empirical_ntk`; that they agree is a check.

    Parameters
    ----------
    network : Network
        An :class:`interpolab.networks.MLP`, or anything with ``n_params``,
        ``forward``, ``vjp`` and ``jacobian``.
    path : array_like, shape (T, M) or (M,)
        Parameters, one step in each row.
    X : array_like, shape (n, d)
        Training points.
    y : array_like, shape (n,)
        Targets.

    Returns
    -------
    PLPath
        Loss, squared gradient, extreme eigenvalues and their ratio, for each
        step.

    Raises
    ------
    ValueError
        If the network lacks a method, the shapes do not fit, an entry is not
        finite or an array is empty.

    See Also
    --------
    pl_radius : how far a path can go.

    References
    ----------
    .. [1] C. Liu, L. Zhu and M. Belkin, "Loss landscapes and optimization in
       over-parameterized non-linear systems and neural networks", Applied and
       Computational Harmonic Analysis 59 (2022).

    Examples
    --------
    >>> import numpy as np
    >>> from interpolab.networks import MLP
    >>> net = MLP([3, 50, 1], "tanh")
    >>> path = np.array([net.init(rng=seed) for seed in range(4)])
    >>> found = pl_ratio(net, path, np.eye(3), [1.0, -1.0, 1.0])
    >>> bool(found.ratio.min() >= 1)
    True
    """
    check_network(network, "forward", "vjp", "jacobian")
    rows = np.atleast_2d(as_stack("path", path, int(network.n_params)))
    points = as_matrix("X", X)
    targets = as_vector("y", y, length=points.shape[0])
    columns = np.array([_one(network, row, points, targets) for row in rows]).T
    loss, gradient, form, low, high = columns
    bottom = low * loss
    ratio = np.full(rows.shape[0], np.inf)
    np.divide(0.5 * gradient, bottom, out=ratio, where=bottom > 0.0)
    return PLPath(loss, gradient, form, low, high, ratio)


def _one(
    network: Network, params: FloatArray, X: FloatArray, y: FloatArray
) -> tuple[float, float, float, float, float]:
    residual = network.forward(params, X) - y
    gradient = network.vjp(params, X, residual)
    kernel = empirical_ntk(network, params, X)
    values = np.linalg.eigvalsh(kernel)
    low = float(values[0]) if values[0] > rounding(values) else 0.0
    return (
        0.5 * float(residual @ residual),
        float(gradient @ gradient),
        float(residual @ kernel @ residual),
        low,
        float(values[-1]),
    )


def pl_radius(loss: float, mu: float, *, smoothness: float | None = None) -> float:
    r"""Compute how far descent can go when the inequality holds with a constant.

    .. math::

        R_{\mathrm{flow}} = \sqrt{\frac{2 L_0}{\mu}}, \qquad
        R_{\mathrm{descent}} = \frac{2\sqrt{2\beta L_0}}{\mu},

    if :math:`\tfrac12\lVert\nabla L\rVert^2 \ge \mu L` in the ball of that
    radius around the start and :math:`L_0` is the loss there.  Gradient flow
    travels at most the first distance, gradient descent with steps
    :math:`\eta\le1/\beta` at most the second, where :math:`\beta` bounds the
    Hessian of the loss *in the ball*; the kernel's largest eigenvalue at the
    start does not.  Both find zero loss, at rates :math:`e^{-2\mu t}` and
    :math:`(1 - \eta\mu)^t`.

    Parameters
    ----------
    loss : float
        :math:`L_0 \ge 0`.
    mu : float
        :math:`\mu > 0`, the smallest eigenvalue of the kernel in the ball.
    smoothness : float, optional
        :math:`\beta \ge \mu`; without it the radius is that of gradient flow.

    Returns
    -------
    float
        The radius, in the units of the parameters.

    Raises
    ------
    ValueError
        If an argument is out of range or not finite.

    References
    ----------
    .. [1] C. Liu, L. Zhu and M. Belkin, "Loss landscapes and optimization in
       over-parameterized non-linear systems and neural networks", Applied and
       Computational Harmonic Analysis 59 (2022).

    Examples
    --------
    >>> pl_radius(2.0, 1.0), pl_radius(2.0, 1.0, smoothness=4.0)
    (2.0, 8.0)
    """
    start = as_number("loss", loss, low=0.0)
    constant = as_number("mu", mu, low=0.0, closed="neither")
    if smoothness is None:
        return float(np.sqrt(2.0 * start / constant))
    beta = as_number("smoothness", smoothness, low=constant)
    return float(2.0 * np.sqrt(2.0 * beta * start) / constant)


def kernel_drift_bound(K: ArrayLike, jacobian_change: float) -> float:
    r"""Bound how far the tangent kernel moves when the Jacobian moves.

    .. math::

        \lVert K(w) - K(w_0)\rVert \le
        \bigl(2\sqrt{\lambda_{\max}(K(w_0))} + \Delta\bigr)\,\Delta,
        \qquad \Delta \ge \lVert J(w) - J(w_0)\rVert,

    all norms spectral.  By Weyl's inequality the smallest eigenvalue moves no
    more than that.  The Jacobian of :math:`n` points moves by at most
    :math:`\sqrt n\,R \sup\lVert H\rVert` in a ball of radius :math:`R`; for two
    layers with fixed signs :math:`v_k = \pm1` by at most :math:`m^{-1/2}\, R\,
    \sup\lvert\sigma''\rvert\,\lVert X\rVert` times the largest
    :math:`\lVert x_i\rVert`.

    Parameters
    ----------
    K : array_like, shape (n, n)
        The tangent kernel :math:`K(w_0)`.
    jacobian_change : float
        :math:`\Delta \ge 0`.

    Returns
    -------
    float
        The bound.

    Raises
    ------
    ValueError
        If ``K`` is not symmetric, an entry is not finite or the change is
        negative.

    References
    ----------
    .. [1] C. Liu, L. Zhu and M. Belkin, "On the linearity of large non-linear
       models: when and why the tangent kernel is constant", NeurIPS 2020.

    Examples
    --------
    >>> kernel_drift_bound([[4.0, 0.0], [0.0, 1.0]], 0.5)
    2.25
    """
    change = as_number("jacobian_change", jacobian_change, low=0.0)
    largest = max(float(np.linalg.eigvalsh(as_gram("K", K))[-1]), 0.0)
    return (2.0 * float(np.sqrt(largest)) + change) * change
