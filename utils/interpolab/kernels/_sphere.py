"""Gegenbauer polynomials: functions of the cosine on a sphere."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_integer
from interpolab.kernels._arguments import as_cosines, evaluate
from interpolab.kernels._quadrature import integrate

# In units of 1/sqrt(d), where the density of the latitude vanishes in floats.
_REACH = 38.0
# What rounding may contribute to a coefficient, relative to the largest value.
_NOISE = 1e-3


def multiplicity(d: int, k: int) -> int:
    r"""Count the spherical harmonics of a degree.

    .. math::

        B(d, k) = \binom{d + k - 1}{k} - \binom{d + k - 3}{k - 2},

    the dimension of the space of polynomials of degree :math:`k` in
    :math:`d` variables, homogeneous and harmonic; about :math:`d^k / k!`.  All
    of them up to degree :math:`\ell` are the polynomials of that degree on the
    sphere: :math:`\sum_{k\le\ell} B(d, k) = \binom{d+\ell-1}{\ell} +
    \binom{d+\ell-2}{\ell-1}`.

    Parameters
    ----------
    d : int
        Dimension of the space around the sphere, at least 2.
    k : int
        Degree, at least 0.

    Returns
    -------
    int
        :math:`B(d, k)`, exact.

    Raises
    ------
    ValueError
        If ``d`` is not an integer of at least 2 or ``k`` not one of at least 0.

    See Also
    --------
    gegenbauer_coefficients : the eigenvalue that these functions share.

    References
    ----------
    .. [1] K. Atkinson and W. Han, "Spherical Harmonics and Approximations on
       the Unit Sphere", Springer, 2012, chapter 2.

    Examples
    --------
    >>> [multiplicity(3, k) for k in range(4)]
    [1, 3, 5, 7]
    >>> multiplicity(100, 2)
    5049
    """
    dimension = as_integer("d", d, low=2)
    order = as_integer("k", k, low=0)
    if order < 2:
        return dimension if order else 1
    return math.comb(dimension + order - 1, order) - math.comb(
        dimension + order - 3, order - 2
    )


def gegenbauer(t: ArrayLike, d: int, degree: int) -> FloatArray:
    r"""Evaluate the Gegenbauer polynomials of a sphere up to a degree.

    .. math::

        Q_0 = 1, \quad Q_1(t) = t, \quad
        (k + d - 2)\, Q_{k+1}(t) = (2k + d - 2)\, t\, Q_k(t) - k\, Q_{k-1}(t),

    normalized to :math:`Q_k(1) = 1`.  For :math:`x` uniform on the unit sphere
    of :math:`\mathbb R^d`, a unit vector :math:`e` and the multiplicity
    :math:`B(d, k)`,

    .. math::

        \mathbb E\, Q_j(\langle e, x\rangle)\, Q_k(\langle e, x\rangle)
        = \frac{\delta_{jk}}{B(d, k)} .

    They are Chebyshev's polynomials for :math:`d = 2` and Legendre's for
    :math:`d = 3`; for large :math:`d`,
    :math:`\sqrt{B(d, k)}\, Q_k(s/\sqrt d)` tends to the normalized Hermite
    polynomial :math:`h_k(s)`.

    Parameters
    ----------
    t : array_like
        Cosines in [-1, 1], of any shape up to three axes.  An excess below
        1e-12, the rounding of an inner product, is cut off.
    d : int
        Dimension of the space around the sphere, at least 2.
    degree : int
        The largest degree :math:`k`, at least 0.

    Returns
    -------
    ndarray, shape (degree + 1, ...)
        :math:`Q_k(t)` at index :math:`k`.

    Raises
    ------
    ValueError
        If ``t`` is empty, not finite or outside [-1, 1], ``d`` is not an
        integer of at least 2 or ``degree`` not one of at least 0.

    See Also
    --------
    gegenbauer_coefficients : expand a function in them.

    References
    ----------
    .. [1] K. Atkinson and W. Han, "Spherical Harmonics and Approximations on
       the Unit Sphere", Springer, 2012, chapter 2.

    Examples
    --------
    >>> gegenbauer([0.0, 0.5, 1.0], 3, 2)
    array([[ 1. , 1. , 1. ],
           [ 0. , 0.5 , 1. ],
           [-0.5 , -0.125, 1. ]])
    """
    cosines = as_cosines("t", t)
    dimension = as_integer("d", d, low=2)
    top = as_integer("degree", degree, low=0)
    values = np.ones((top + 1, *cosines.shape))
    if top:
        values[1] = cosines
    for k in range(1, top):
        values[k + 1] = (
            (2 * k + dimension - 2) * cosines * values[k] - k * values[k - 1]
        ) / (k + dimension - 2)
    return values


def _ladder(t: FloatArray, start: FloatArray, d: int, degree: int) -> FloatArray:
    """Return start times sqrt(B(d, k)) Q_k(t), orthonormal, for k up to degree."""
    k = np.arange(1, degree + 1, dtype=np.float64)
    # Where t meets the next degree; k = 1 apart, where d = 2 reads 0/0.
    links = np.sqrt(k * (k + d - 3) / ((2 * k + d - 2) * np.maximum(2 * k + d - 4, 1)))
    links[:1] = 1.0 / math.sqrt(d)
    rungs = np.empty((degree + 1, *t.shape))
    rungs[0] = start
    for j in range(degree):
        rungs[j + 1] = t * rungs[j]
        if j:
            rungs[j + 1] -= links[j - 1] * rungs[j - 1]
        rungs[j + 1] /= links[j]
    return rungs


def _root_density(latitude: FloatArray, d: int) -> FloatArray:
    """Return cos(latitude)^((d-2)/2), to nearly full precision for large d."""
    sine, cosine = np.sin(latitude), np.cos(latitude)
    flat = np.abs(sine) < 0.5
    logarithm = np.where(
        flat, 0.5 * np.log1p(-(np.where(flat, sine, 0.0) ** 2)), np.log(cosine)
    )
    return np.exp(0.5 * (d - 2) * logarithm)


def _root_multiplicities(d: int, degree: int) -> FloatArray:
    """Return the roots of the multiplicities, which may exceed any float."""
    exact = [multiplicity(d, k) for k in range(degree + 1)]
    if exact[-1].bit_length() > 1900:
        raise ValueError(
            f"degree must be smaller: the multiplicity of degree {degree} in "
            f"dimension {d} has no float64 root; got {degree}."
        )
    return np.array([float(math.isqrt(b << 128)) * 2.0**-64 for b in exact])


def gegenbauer_coefficients(
    f: Callable[[FloatArray], ArrayLike], d: int, degree: int
) -> FloatArray:
    r"""Expand a function of the cosine in Gegenbauer polynomials.

    .. math::

        f = \sum_{k\ge 0} \gamma_k\, Q_k, \qquad
        \gamma_k = B(d, k)\, \mathbb E\, f(t)\, Q_k(t),

    with :math:`t` one coordinate of a uniform point on the unit sphere of
    :math:`\mathbb R^d` and :math:`B(d, k)` the multiplicity.  By Funk and Hecke
    the kernel :math:`K(x, z) = f(\langle x, z\rangle)` on that sphere has the
    eigenvalues

    .. math::

        \mathbb E_z\, K(x, z)\, Y(z) = \frac{\gamma_k}{B(d, k)}\, Y(x)

    on the :math:`B(d, k)` spherical harmonics :math:`Y` of degree :math:`k`,
    and :math:`\sum_k \gamma_k = f(1)`: each :math:`\gamma_k` is the part of the
    trace that degree :math:`k` has.

    Parameters
    ----------
    f : callable
        Takes an array of cosines in [-1, 1], returns an array of that shape.
        Piecewise smooth.  On a sphere of radius :math:`r`, divide inner
        products by :math:`r^2`.
    d : int
        Dimension of the space around the sphere, at least 2.
    degree : int
        The largest degree :math:`k`, at least 0.

    Returns
    -------
    ndarray, shape (degree + 1,)
        :math:`\gamma_0, \dots, \gamma_{\text{degree}}`.

    Raises
    ------
    ValueError
        If ``f`` is not such a function, its values are not finite, ``d`` is not
        an integer of at least 2, ``degree`` not one of at least 0, or rounding
        could contribute more than 0.001 of the largest value (see the notes).

    See Also
    --------
    multiplicity : :math:`B(d, k)`.
    gegenbauer : the polynomials.
    hermite_coefficients : the limit of :math:`\gamma_k/\sqrt{B(d, k)}` for
        :math:`f(t) = g(\sqrt d\, t)` as :math:`d` grows.

    Notes
    -----
    The integral runs over the latitude :math:`\arcsin t`, in which the
    arc-cosine kernels are smooth up to the poles, on panels that are bisected
    where they disagree with their halves, with an edge at :math:`t = 0`.

    The absolute error of :math:`\gamma_k` is about
    :math:`10^{-15}\sqrt{B(d, k)}` times the root mean square of :math:`f`.  For
    a neuron, whose :math:`\gamma_k` are of order :math:`\sqrt{B(d, k)}`, that
    is full precision.  A kernel has :math:`\gamma_k \le f(1)`, and in dimension
    1,000 rounding drowns them from degree 12 or so on, which is an error here.  For a
    kernel that is the average :math:`\mathbb E_w\, g(\langle w, x\rangle)\,
    g(\langle w, z\rangle)` over neurons with :math:`w` uniform on the sphere,
    expand the neuron instead: the kernel's coefficients are those of
    :math:`g`, squared, over :math:`B(d, k)`, and nothing cancels.

    References
    ----------
    .. [1] K. Atkinson and W. Han, "Spherical Harmonics and Approximations on
       the Unit Sphere", Springer, 2012, chapter 2.

    Examples
    --------
    >>> import numpy as np
    >>> gegenbauer_coefficients(lambda t: np.maximum(t, 0.0), 3, 2)
    array([0.25 , 0.5 , 0.3125])
    """
    dimension = as_integer("d", d, low=2)
    top = as_integer("degree", degree, low=0)
    roots = _root_multiplicities(dimension, top)
    largest = 0.0

    def weighted(latitude: FloatArray) -> FloatArray:
        nonlocal largest
        t = np.sin(latitude)
        values = evaluate(f, t)
        largest = max(largest, float(np.abs(values).max()))
        root = _root_density(latitude, dimension)
        g = values * root
        return np.vstack([root**2, g**2, g * _ladder(t, root, dimension, top)])

    end = min(0.5 * np.pi, _REACH / math.sqrt(dimension))
    edges = np.linspace(-end, end, 2 * math.ceil(end * math.sqrt(dimension)) + 1)
    mass, square, *moments = integrate(weighted, edges)
    coefficients = roots * np.array(moments) / mass
    noise = 8 * np.finfo(np.float64).eps * roots * math.sqrt(square / mass)
    known = np.maximum(largest, np.maximum.accumulate(np.abs(coefficients)))
    drowned = noise > _NOISE * known
    if drowned.any():
        first = int(np.argmax(drowned))
        raise ValueError(
            f"degree must be below {first} for this f in dimension {dimension}, "
            f"where rounding contributes {noise[first]:.1e} to a coefficient; got "
            f"{top}."
        )
    return coefficients
