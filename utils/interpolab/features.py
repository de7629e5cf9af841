r"""Random features: fixed random maps, linear models on top.

A map :math:`\phi` with :math:`m` random components turns linear regression into
a model whose size is a knob.  The inner products of the Fourier features are an
average over the components,

.. math::

    \langle\phi(x), \phi(z)\rangle = \frac1m \sum_{k=1}^m k(x, z; v_k)
    \;\longrightarrow\; K(x, z) \qquad (m\to\infty),

with an error of order :math:`m^{-1/2}`, so that the minimum-norm interpolant
tends to that of the kernel.  Maps of different sizes with the same integer
``random_state`` are *nested*: the larger repeats the components of the smaller
and adds new ones, which makes :math:`m` the only thing that a sweep varies.
"""

from __future__ import annotations

from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from interpolab._validation import FloatArray, as_choice, as_integer, as_number

__all__ = ["FourierFeatures", "ReLUFeatures"]

FeatureSource: TypeAlias = int | np.random.RandomState | np.random.Generator | None
"""What the transformers take as ``random_state``."""


def _streams(random_state: FeatureSource) -> list[np.random.Generator]:
    """Return two independent generators.

    What one of them draws does not depend on how much the other has drawn, and
    both fill arrays row by row: the first m rows are the same for every size.
    """
    if isinstance(random_state, np.random.Generator):
        seed = int(random_state.integers(2**32))
    else:
        try:
            source = check_random_state(random_state)
        except ValueError:
            raise ValueError(
                "random_state must be None, a non-negative integer, a RandomState or "
                f"a Generator; got {random_state!r}."
            ) from None
        seed = int(source.randint(2**32, dtype=np.uint64))
    return [np.random.default_rng([seed, stream]) for stream in (0, 1)]


class _RandomFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Draw a row of weights for each component; map their products with X."""

    n_components: int
    random_state: FeatureSource

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Draw the random components.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Points; only their number of columns is used.
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter is outside its range, or ``X`` is empty, not
            two-dimensional or not finite.
        """
        points = validate_data(self, X, dtype=np.float64)
        size = as_integer("n_components", self.n_components, low=1)
        self._draw(size, points.shape[1])
        return self

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Evaluate the features.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Points, one in each row.

        Returns
        -------
        ndarray, shape (n, n_features_out)
            The features, as the class describes them.

        Raises
        ------
        ValueError
            If ``X`` is empty, not finite or does not have ``d`` columns.
        """
        check_is_fitted(self)
        points = validate_data(self, X, dtype=np.float64, reset=False)
        with np.errstate(over="ignore", invalid="ignore"):
            products = points @ self._weights().T
        if not np.isfinite(products).all():
            raise ValueError(
                "X must be small enough for its products with the random weights "
                f"to be finite; got entries up to {np.abs(points).max():.3g}."
            )
        return self._activate(products)

    def _draw(self, size: int, d: int) -> None:
        raise NotImplementedError

    def _weights(self) -> FloatArray:
        raise NotImplementedError

    def _activate(self, products: FloatArray) -> NDArray[Any]:
        raise NotImplementedError


class FourierFeatures(_RandomFeatures):
    r"""Map points to random Fourier features of the Gaussian kernel.

    With frequencies :math:`v_k \sim N(0, s^{-2} I)`, independent, the
    components for the three kinds are

    .. math::

        \text{pairs:}\quad & \tfrac{1}{\sqrt m}
            \bigl(\cos\langle v_k, x\rangle,\ \sin\langle v_k, x\rangle\bigr), \\
        \text{cosine:}\quad & \sqrt{\tfrac2m}\,
            \cos(\langle v_k, x\rangle + b_k), \qquad b_k \sim U[0, 2\pi), \\
        \text{complex:}\quad & \tfrac{1}{\sqrt m}\, e^{i\langle v_k, x\rangle},

    for :math:`k = 1, \dots, m`, and for each of them

    .. math::

        \mathbb E\,\langle\phi(x), \phi(z)\rangle
        = \exp\Bigl(-\frac{\lVert x - z\rVert^2}{2 s^2}\Bigr).

    Parameters
    ----------
    n_components : int, default 100
        Number :math:`m` of frequencies.
    scale : float, default 1.0
        The length :math:`s > 0` of the kernel, in the units of ``X``.
    random_state : int, RandomState, Generator or None, default None
        Where the components come from.  Maps fitted with the same integer are
        nested; anything else gives new components in every ``fit``.
    kind : {"pairs", "cosine", "complex"}, default "pairs"
        Which features.  It decides where ``n`` data points are interpolated:
        at ``m = n`` for ``"cosine"`` (``m`` real unknowns) and ``"complex"``
        (``m`` complex ones), at ``m = n/2`` for ``"pairs"`` (``2m`` real ones).

    Attributes
    ----------
    frequencies_ : ndarray, shape (m, d)
        The :math:`v_k`, in units of one over ``X``.
    phases_ : ndarray, shape (m,)
        The :math:`b_k` in radians; zero unless the kind is ``"cosine"``.
    n_features_in_ : int
        The number of columns ``d`` seen in ``fit``.

    See Also
    --------
    interpolab.kernels.gaussian : the limit of the inner products.

    Notes
    -----
    ``transform`` returns :math:`m` columns, or :math:`2m` for ``"pairs"``: the
    cosine and the sine of the first frequency, then those of the second, and
    so on.  So for all kinds, with the same integer ``random_state``, the first
    columns of a larger map, times :math:`\sqrt{M/m}`, are the columns of a
    smaller one (sizes :math:`M > m`).  Different scales share their directions.

    For complex features the kernel is approximated by
    :math:`\Phi(X)\,\Phi(Z)^{\mathsf H}`, with the conjugate transpose.  The
    diagonal is exact for ``"pairs"`` and ``"complex"``: these features have
    norm 1.

    References
    ----------
    .. [1] A. Rahimi and B. Recht, "Random features for large-scale kernel
       machines", NIPS 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from interpolab.kernels import gaussian
    >>> X = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> Phi = FourierFeatures(100_000, scale=2.0, random_state=0).fit_transform(X)
    >>> bool(np.allclose(Phi @ Phi.T, gaussian(X, X, 2.0), atol=0.01))
    True
    """

    frequencies_: FloatArray
    phases_: FloatArray

    def __init__(
        self,
        n_components: int = 100,
        scale: float = 1.0,
        random_state: FeatureSource = None,
        *,
        kind: Literal["pairs", "cosine", "complex"] = "pairs",
    ) -> None:
        self.n_components = n_components
        self.scale = scale
        self.random_state = random_state
        self.kind = kind

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if self.kind == "complex":
            tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def _n_features_out(self) -> int:
        return len(self.frequencies_) * (2 if self._kind == "pairs" else 1)

    def _draw(self, size: int, d: int) -> None:
        scale = as_number("scale", self.scale, low=0.0, closed="right")
        self._kind = as_choice("kind", self.kind, ("pairs", "cosine", "complex"))
        directions, phases = _streams(self.random_state)
        self.frequencies_ = directions.standard_normal((size, d)) / scale
        self.phases_ = np.zeros(size)
        if self._kind == "cosine":
            self.phases_ = phases.uniform(0.0, 2.0 * np.pi, size)

    def _weights(self) -> FloatArray:
        return self.frequencies_

    def _activate(self, products: FloatArray) -> NDArray[Any]:
        size = products.shape[1]
        if self._kind == "cosine":
            return np.sqrt(2.0 / size) * np.cos(products + self.phases_)
        waves = np.empty(products.shape, dtype=np.complex128)
        np.cos(products, out=waves.real)
        np.sin(products, out=waves.imag)
        waves /= np.sqrt(size)
        # In memory a complex number is its real part, then its imaginary part.
        return waves if self._kind == "complex" else waves.view(np.float64)


class ReLUFeatures(_RandomFeatures):
    r"""Map points to random ReLU features in Mei and Montanari's scaling.

    .. math::

        \phi_k(x) = \frac{1}{\sqrt d}\,\max(\langle w_k, x\rangle, 0),
        \qquad w_k \text{ uniform on the unit sphere of } \mathbb R^d,

    for :math:`k = 1, \dots, m`.  The points are meant to lie on the sphere of
    radius :math:`\sqrt d` (see :func:`interpolab.datasets.sphere_design`), where
    :math:`\langle w_k, x\rangle` is of order 1.  They need not: ReLU features
    scale with :math:`\lVert x\rVert`.

    Parameters
    ----------
    n_components : int, default 100
        Number :math:`m` of features.
    random_state : int, RandomState, Generator or None, default None
        Where the weights come from.  Maps fitted with the same integer are
        nested; anything else gives new weights in every ``fit``.

    Attributes
    ----------
    weights_ : ndarray, shape (m, d)
        The :math:`w_k`, rows of norm 1.
    n_features_in_ : int
        The number of columns ``d`` seen in ``fit``.

    Notes
    -----
    The factor :math:`1/\sqrt d` does not depend on :math:`m`, so with the same
    integer ``random_state`` the first columns of a larger map *are* the smaller
    map.  At every :math:`d`, with :math:`\theta` the angle between :math:`x`
    and :math:`z`,

    .. math::

        \frac dm\,\langle\phi(x), \phi(z)\rangle \;\longrightarrow\;
        \frac{\lVert x\rVert\,\lVert z\rVert}{2\pi d}
        \bigl(\sin\theta + (\pi - \theta)\cos\theta\bigr) \qquad (m\to\infty).

    With :math:`Z` the features of :math:`n` points, :math:`\psi_1 = m/d` and
    :math:`\psi_2 = n/d`, the ridge problem of the reference has the solution
    :math:`(Z^\top Z + \lambda\psi_1\psi_2 I)^{-1} Z^\top y`, which is
    :func:`interpolab.linear.ridge` with the penalty
    :math:`\lambda\psi_1\psi_2/n = \lambda m/d^2`.

    References
    ----------
    .. [1] S. Mei and A. Montanari, "The generalization error of random features
       regression: Precise asymptotics and the double descent curve", Comm. Pure
       Appl. Math. 75 (2022), 667-766.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[3.0, 4.0]])
    >>> small = ReLUFeatures(3, random_state=0).fit_transform(X)
    >>> large = ReLUFeatures(5, random_state=0).fit_transform(X)
    >>> bool(np.allclose(large[:, :3], small))
    True
    """

    weights_: FloatArray

    def __init__(
        self, n_components: int = 100, random_state: FeatureSource = None
    ) -> None:
        self.n_components = n_components
        self.random_state = random_state

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_)

    def _draw(self, size: int, d: int) -> None:
        normal = _streams(self.random_state)[0].standard_normal((size, d))
        self.weights_ = normal / np.linalg.norm(normal, axis=1, keepdims=True)

    def _weights(self) -> FloatArray:
        return self.weights_

    def _activate(self, products: FloatArray) -> FloatArray:
        return np.maximum(products, 0.0) / np.sqrt(self.n_features_in_)
