"""Where a rotation-invariant kernel has its eigenvalues, and what it learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from interpolab._validation import FloatArray, as_integer, as_number, as_vector
from interpolab.kernels import multiplicity
from interpolab.tangent._polynomial import as_nonnegative


@dataclass(frozen=True)
class SpectrumBands:
    """Predicted blocks of a kernel matrix's spectrum, the largest first.

    Attributes
    ----------
    degree : ndarray of int, shape (b,)
        The degree that makes the block.
    count : ndarray of int, shape (b,)
        The number of its eigenvalues; they add up to ``n``.
    low, high : ndarray, shape (b,)
        Its edges.
    """

    degree: NDArray[np.int64]
    count: NDArray[np.int64]
    low: FloatArray
    high: FloatArray


def spectrum_bands(
    coefficients: ArrayLike, total: float, *, d: int, n: int
) -> SpectrumBands:
    r"""Predict the blocks in the spectrum of a kernel matrix on the sphere.

    For :math:`K = \sum_k \gamma_k Q_k(\langle x, z\rangle/d)` and
    :math:`n` uniform points, the :math:`B_k` functions of degree :math:`k` make
    a block of :math:`\min(n_k, B_k)` eigenvalues between

    .. math::

        \gamma_{>k} + \gamma_k \bigl(1 \mp \sqrt{n_k/B_k}\bigr)^2,
        \qquad n_k = n - \sum_{j<k} B_j, \qquad
        \gamma_{>k} = K(x, x) - \sum_{j\le k} \gamma_j .

    The edges are Marchenko and Pastur's; the higher degrees add a multiple of
    the identity, and the block has the :math:`n_k` directions that lower
    degrees leave.  With :math:`n\to\infty` and :math:`n_k/B_k\to0` the last
    block shrinks to :math:`\gamma_{\ge k}`.  This is a heuristic: exact in the
    limit for one block at a time, good to a few percent for hundreds of
    points.

    Parameters
    ----------
    coefficients : array_like, shape (degree + 1,)
        The :math:`\gamma_k \ge 0`, degree 0 first, up to the last degree that is to
        have a block of its own; at least so many that all :math:`n`
        eigenvalues find a place.
    total : float
        :math:`K(x, x) = \sum_k \gamma_k`; 1/2 for
        :func:`interpolab.kernels.lazy_relu`.
    d : int
        Dimension, at least 2.
    n : int
        Number of points.

    Returns
    -------
    SpectrumBands
        One block for each degree up to the one that takes the last eigenvalue.

    Raises
    ------
    ValueError
        If an argument is out of range or there are too few coefficients.

    References
    ----------
    .. [1] B. Ghorbani, S. Mei, T. Misiakiewicz and A. Montanari, "Linearized
       two-layers neural networks in high dimension", Annals of Statistics 49
       (2021).

    Examples
    --------
    A lazy ReLU network in 100 dimensions: 1 + 100 large eigenvalues, then a
    bulk.

    >>> bands = spectrum_bands([0.0016, 0.25, 0.1591], 0.5, d=100, n=1000)
    >>> bands.count
    array([  1, 100, 899])
    >>> float(bands.low[2])
    0.14
    """
    gamma = _gammas(coefficients, total)
    dimension = as_integer("d", d, low=2)
    left = as_integer("n", n, low=1)
    rows: list[tuple[int, int, float, float]] = []
    for k, strength in enumerate(gamma):
        if left == 0:
            break
        size = multiplicity(dimension, k)
        tail = max(total - float(gamma[: k + 1].sum()), 0.0)
        ratio = np.sqrt(left / size)
        low, high = (tail + strength * (1.0 + s * ratio) ** 2 for s in (-1.0, 1.0))
        rows.append((k, min(left, size), low, high))
        left -= min(left, size)
    if left:
        raise ValueError(
            f"coefficients must reach the degree of the last of the {n} eigenvalues; "
            f"got {gamma.size}, which leave {left}."
        )
    degree, count, lows, highs = zip(*rows, strict=True)
    return SpectrumBands(
        np.array(degree), np.array(count), np.array(lows), np.array(highs)
    )


@dataclass(frozen=True)
class DegreeShares:
    """What kernel ridge regression learns of each eigenspace.

    Attributes
    ----------
    shares : ndarray, shape (K,)
        The factor by which a function of the eigenspace comes back, in [0, 1].
    effective_ridge : float
        The level against which eigenvalues count.
    df2 : float
        Sum over all modes of the squared shares.
    """

    shares: FloatArray
    effective_ridge: float
    df2: float


def degree_shares(
    eigenvalues: ArrayLike, multiplicities: ArrayLike, n: int, *, ridge: float = 0.0
) -> DegreeShares:
    r"""Compute the share of each degree that kernel ridge regression learns.

    .. math::

        s_k = \frac{\lambda_k}{\lambda_k + \kappa}, \qquad
        \sum_k B_k\, \frac{\lambda_k}{\lambda_k + \kappa}
        + \frac{\lambda}{\kappa} = n,

    with :math:`\lambda_k` the eigenvalue of degree :math:`k` and :math:`B_k`
    its multiplicity: on the sphere, :math:`\lambda_k = \gamma_k/B_k`.  Degrees
    that are left out because their eigenvalues are far below :math:`\kappa`
    count by their sum :math:`\gamma_{>\ell}`, which adds to the ridge.  A
    target in eigenspace :math:`k` without noise costs, relative to its
    variance, a test error :math:`(1 - s_k)^2/(1 - \mathrm{df}_2/n)` with
    :math:`\mathrm{df}_2 = \sum_k B_k s_k^2`.

    Parameters
    ----------
    eigenvalues : array_like, shape (K,)
        The :math:`\lambda_k \ge 0`, in any order; the rounding of a quadrature,
        below 1e-12 of the trace, may be negative and counts as 0.
    multiplicities : array_like, shape (K,)
        The :math:`B_k > 0`.
    n : int
        Number of training points.
    ridge : float
        :math:`\lambda \ge 0`: what is added to the diagonal of the kernel
        matrix, tail included.

    Returns
    -------
    DegreeShares
        The shares, the effective ridge :math:`\kappa` and
        :math:`\mathrm{df}_2`.

    Raises
    ------
    ValueError
        If the lengths differ, an entry is out of range or not finite, or
        nothing is regularized: ``ridge`` is 0 and at most :math:`n` modes have
        positive eigenvalues, so that :math:`\kappa` is 0.

    See Also
    --------
    interpolab.asymptotics.effective_ridge : the same equation for a spectrum
        given mode by mode.

    References
    ----------
    .. [1] J. B. Simon, M. Dickens, D. Karkada and M. R. DeWeese, "The
       eigenlearning framework: a conservation law perspective on kernel
       regression and wide neural networks", TMLR 2023.

    Examples
    --------
    Half of what ten equal modes hold, from five points.

    >>> degree_shares([1.0], [10.0], 5).shares
    array([0.5])
    """
    values = as_vector("eigenvalues", eigenvalues)
    sizes = as_vector("multiplicities", multiplicities, length=values.size)
    if sizes.min() <= 0:
        raise ValueError(
            f"multiplicities must be positive; got {sizes.min()!r} among them."
        )
    values = as_nonnegative("eigenvalues", values, weights=sizes)
    count = as_integer("n", n, low=1)
    level = as_number("ridge", ridge, low=0.0)
    modes = float(sizes[values > 0].sum())
    if level == 0.0 and modes <= count:
        raise ValueError(
            "ridge must be positive unless more than n modes have positive "
            f"eigenvalues; got 0.0 with {modes:g} modes and n = {count}."
        )

    def excess(log_kappa: float) -> float:
        kappa = np.exp(log_kappa)
        return float(np.sum(sizes * values / (values + kappa)) + level / kappa - count)

    trace = float(np.sum(sizes * values)) + level
    # Each term is at most its value over kappa, so kappa <= trace / n.
    high = np.log(trace / count)
    low = high - 1.0
    while excess(low) <= 0.0:
        low -= 2.0 * (high - low)
    # A hair above the bound, which is reached when all is ridge.
    kappa = float(np.exp(brentq(excess, low, high + 1e-9, xtol=1e-14)))
    shares = values / (values + kappa)
    return DegreeShares(shares, kappa, float(np.sum(sizes * shares**2)))


def _gammas(coefficients: ArrayLike, total: float) -> FloatArray:
    gamma = as_nonnegative("coefficients", coefficients)
    # Quadrature's coefficients may exceed the total by its rounding.
    as_number("total", total, low=float(gamma.sum()) * (1.0 - 1e-9))
    return gamma
