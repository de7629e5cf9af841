"""Averages over a Gaussian weight of two steps and of two ReLUs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray
from interpolab.kernels._arguments import as_cosines


def kappa_0(u: ArrayLike) -> float | FloatArray:
    r"""Average the product of two steps over a Gaussian weight.

    .. math::

        \kappa_0(u) = 2\, \mathbb E_{w\sim N(0, I)}
        \mathbf 1\{\langle w, x\rangle > 0\}\,\mathbf 1\{\langle w, z\rangle > 0\}
        = \frac{\pi - \arccos u}{\pi},

    for unit vectors :math:`x, z` with cosine :math:`u = \langle x, z\rangle`:
    the share of the half-space of :math:`x` that :math:`z` sees too, which is
    the part of the half-circle that their angle leaves.

    Parameters
    ----------
    u : array_like
        Cosines in [-1, 1], of any shape up to three axes.  An excess below
        1e-12, the rounding of an inner product, is cut off.

    Returns
    -------
    float or ndarray, shape of ``u``
        Values in [0, 1]; :math:`\kappa_0(-1) = 0`, :math:`\kappa_0(1) = 1`.

    Raises
    ------
    ValueError
        If ``u`` is empty, not finite or outside [-1, 1].

    See Also
    --------
    kappa_1 : the same for ReLUs; its derivative is this function.

    References
    ----------
    .. [1] Y. Cho and L. K. Saul, "Kernel methods for deep learning", NIPS 2009.

    Examples
    --------
    >>> kappa_0([-1.0, 0.0, 0.5, 1.0])
    array([0. , 0.5 , 0.66666667, 1. ])
    """
    # arccos(-u) and not pi - arccos(u), which loses the digits near u = -1.
    values = np.arccos(-as_cosines("u", u)) / np.pi
    return float(values) if values.ndim == 0 else values


def kappa_1(u: ArrayLike) -> float | FloatArray:
    r"""Average the product of two ReLUs over a Gaussian weight.

    .. math::

        \kappa_1(u) = 2\, \mathbb E_{w\sim N(0, I)}
        \max(\langle w, x\rangle, 0)\,\max(\langle w, z\rangle, 0)
        = \frac{u\,(\pi - \arccos u) + \sqrt{1 - u^2}}{\pi},

    for unit vectors :math:`x, z` with cosine :math:`u = \langle x, z\rangle`.
    One layer of a wide random ReLU network takes inputs with cosine :math:`u`
    to outputs with cosine :math:`\kappa_1(u)`.

    Parameters
    ----------
    u : array_like
        Cosines in [-1, 1], of any shape up to three axes.  An excess below
        1e-12, the rounding of an inner product, is cut off.

    Returns
    -------
    float or ndarray, shape of ``u``
        Values in [0, 1]; :math:`\kappa_1(-1) = 0`, :math:`\kappa_1(1) = 1`.

    Raises
    ------
    ValueError
        If ``u`` is empty, not finite or outside [-1, 1].

    See Also
    --------
    kappa_0 : the derivative, the same for steps.
    relu_nngp : this function, once for each hidden layer.

    References
    ----------
    .. [1] Y. Cho and L. K. Saul, "Kernel methods for deep learning", NIPS 2009.

    Examples
    --------
    >>> kappa_1([-1.0, 0.0, 0.5, 1.0])
    array([0. , 0.31830989, 0.60899778, 1. ])
    """
    cosines = as_cosines("u", u)
    sines = np.sqrt((1.0 - cosines) * (1.0 + cosines))
    values = (cosines * np.arccos(-cosines) + sines) / np.pi
    # Near u = -1 the two terms cancel, and 1 + few eps is possible near 1.
    values = np.clip(values, 0.0, 1.0)
    return float(values) if values.ndim == 0 else values
