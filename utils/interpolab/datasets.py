"""Designs, spectra, label noise and the four regression data sets of the book."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interpolab._data_files import (
    CALIFORNIA_HOUSING,
    WHO_LIFE_EXPECTANCY,
    DataCorruptedError,
    DataUnavailableError,
    read_data_file,
)
from interpolab._validation import (
    FloatArray,
    RandomSource,
    as_choice,
    as_generator,
    as_integer,
    as_labels,
    as_number,
    as_vector,
)

__all__ = [
    "DataCorruptedError",
    "DataUnavailableError",
    "RegressionData",
    "gaussian_design",
    "load_regression",
    "power_law_spectrum",
    "randomize_labels",
    "sphere_design",
]


def power_law_spectrum(d: int, alpha: float) -> FloatArray:
    r"""Return the eigenvalues of a power-law covariance.

    .. math:: \lambda_i = i^{-\alpha}, \qquad i = 1, \dots, d.

    Parameters
    ----------
    d : int
        Number of features, at least 1.
    alpha : float
        Decay exponent :math:`\alpha \ge 0`; 0 is the isotropic spectrum.

    Returns
    -------
    ndarray of shape (d,)
        The eigenvalues, largest first.

    Raises
    ------
    ValueError
        If ``d`` is not a positive integer or ``alpha`` is negative.

    Examples
    --------
    >>> power_law_spectrum(4, 2.0)
    array([1.        , 0.25      , 0.11111111, 0.0625    ])
    """
    d = as_integer("d", d, low=1)
    alpha = as_number("alpha", alpha, low=0.0)
    return np.arange(1, d + 1, dtype=np.float64) ** -alpha


def gaussian_design(n: int, spectrum: ArrayLike, *, rng: RandomSource) -> FloatArray:
    r"""Draw Gaussian inputs with a diagonal covariance.

    .. math:: x_i = \Lambda^{1/2} z_i, \qquad z_i \sim N(0, I_d), \qquad
              \Lambda = \mathrm{diag}(\lambda_1, \dots, \lambda_d),

    independently for the rows :math:`i = 1, \dots, n`.

    Parameters
    ----------
    n : int
        Number of rows, at least 1.
    spectrum : array_like of shape (d,)
        Variances :math:`\lambda_j \ge 0` of the columns.
    rng : int or numpy.random.Generator
        Seed or source of the draws.  A seed draws the same :math:`z_i` for
        every spectrum of the same length.

    Returns
    -------
    ndarray of shape (n, d)
        The design :math:`X`, one input per row.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer, or ``spectrum`` is empty, not a
        vector, not finite, or negative somewhere.

    See Also
    --------
    power_law_spectrum : A spectrum that decays as a power.
    sphere_design : Rows of one length.

    Examples
    --------
    >>> X = gaussian_design(10_000, [4.0, 1.0, 0.0], rng=0)
    >>> X.shape
    (10000, 3)
    >>> X.var(axis=0).round(1)
    array([4., 1., 0.])
    """
    n = as_integer("n", n, low=1)
    variances = as_vector("spectrum", spectrum)
    if (variances < 0).any():
        raise ValueError(
            f"spectrum must be non-negative; got the entry {variances.min()}."
        )
    normals = as_generator(rng).standard_normal((n, variances.size))
    return normals * np.sqrt(variances)


def sphere_design(n: int, d: int, *, rng: RandomSource) -> FloatArray:
    r"""Draw inputs uniformly on the sphere of radius :math:`\sqrt d`.

    .. math:: x_i = \sqrt d \, \frac{z_i}{\|z_i\|}, \qquad z_i \sim N(0, I_d),

    independently for the rows :math:`i = 1, \dots, n`, so that
    :math:`\mathbb E\, x_i x_i^\top = I_d`.

    Parameters
    ----------
    n : int
        Number of rows, at least 1.
    d : int
        Dimension of the surrounding space, at least 1.
    rng : int or numpy.random.Generator
        Seed or source of the draws.

    Returns
    -------
    ndarray of shape (n, d)
        The design :math:`X`, every row of Euclidean norm :math:`\sqrt d`.

    Raises
    ------
    ValueError
        If ``n`` or ``d`` is not a positive integer.

    References
    ----------
    M. E. Muller, "A note on a method for generating points uniformly on
    n-dimensional spheres", Communications of the ACM 2 (1959), 19-20.

    Examples
    --------
    >>> X = sphere_design(3, 100, rng=0)
    >>> np.linalg.norm(X, axis=1)
    array([10., 10., 10.])
    """
    n = as_integer("n", n, low=1)
    d = as_integer("d", d, low=1)
    normals = as_generator(rng).standard_normal((n, d))
    return np.sqrt(d) * (normals / np.linalg.norm(normals, axis=1, keepdims=True))


def randomize_labels(y: ArrayLike, q: float, *, rng: RandomSource) -> FloatArray:
    r"""Replace labels by fair coins, each with a given probability.

    .. math:: y'_i = \begin{cases} s_i & \text{if } u_i < q, \\
                                   y_i & \text{otherwise,} \end{cases}
              \qquad u_i \sim U[0, 1), \qquad
              s_i \sim U\{-1, +1\},

    all draws independent.  A coin agrees with the label half of the time, so
    :math:`\Pr[y'_i \ne y_i] = q / 2`.  The same draws are made whatever
    :math:`q` is: with one seed, the labels replaced at a small :math:`q` are
    replaced, by the same coins, at a larger one.

    Parameters
    ----------
    y : array_like of shape (n,)
        Labels :math:`y_i \in \{-1, +1\}`.
    q : float
        Probability of replacement, between 0 and 1.
    rng : int or numpy.random.Generator
        Seed or source of the draws.

    Returns
    -------
    ndarray of shape (n,)
        The labels :math:`y'_i`, a new array.

    Raises
    ------
    ValueError
        If ``y`` is empty or holds anything but -1 and +1, or ``q`` is not a
        probability.

    References
    ----------
    M. Belkin, "Fit without fear: remarkable mathematical phenomena of deep
    learning through the prism of interpolation", Acta Numerica 30 (2021).

    Examples
    --------
    >>> y = np.ones(10_000)
    >>> float((randomize_labels(y, 0.4, rng=0) != y).mean().round(2))
    0.2
    """
    labels = as_labels("y", y)
    q = as_number("q", q, low=0.0, high=1.0)
    generator = as_generator(rng)
    uniforms = generator.random(labels.size)
    coins = 2.0 * generator.integers(0, 2, size=labels.size) - 1.0
    return np.where(uniforms < q, coins, labels)


@dataclass(frozen=True, eq=False)
class RegressionData:
    """A regression data set, raw: not centered, not scaled, no intercept.

    Attributes
    ----------
    name : str
        The name it is loaded by.
    X : ndarray of shape (n, d)
        Inputs, one row per observation.
    y : ndarray of shape (n,)
        Targets.
    feature_names : tuple of str
        One name for each column of ``X``.
    description : str
        Source, units and what was left out.
    """

    name: str
    X: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    feature_names: tuple[str, ...]
    description: str = field(repr=False)


def load_regression(name: str) -> RegressionData:
    r"""Load one of the four data sets on which the book shows double descent.

    .. math:: \{(x_i, y_i)\}_{i=1}^n, \qquad x_i \in \mathbb R^d, \quad
              y_i \in \mathbb R.

    ========================  ======  ====  =====================================
    name                           n     d  target :math:`y`
    ========================  ======  ====  =====================================
    ``student_teacher``         1000    20  linear in 30 inputs, 20 of them given
    ``california_housing``     20640     8  median house value, 100 000 dollars
    ``diabetes``                 442    10  disease progression after one year
    ``who_life_expectancy``     1649    17  life expectancy, years
    ========================  ======  ====  =====================================

    The data are as Schaeffer et al. (2023) use them: no column is scaled or
    centered, and there is no intercept.

    Parameters
    ----------
    name : str
        One of the four names.

    Returns
    -------
    RegressionData
        With attributes ``name``, ``X`` (n, d), ``y`` (n,), ``feature_names``
        and ``description``.

    Raises
    ------
    ValueError
        If there is no set of that name.
    DataUnavailableError
        If the set's file is neither in the folder ``INTERPOLAB_DATA`` nor in
        the user's cache and cannot be downloaded, or if ``INTERPOLAB_DATA``
        names no folder.
    DataCorruptedError
        If the file in ``INTERPOLAB_DATA`` has the wrong checksum.

    Notes
    -----
    The first and the third set need no file.  The other two are looked for in
    the folder that the environment variable ``INTERPOLAB_DATA`` names, then in
    the user's cache, and are downloaded once if they are in neither.

    References
    ----------
    R. Schaeffer et al., "Double descent demystified: identifying, interpreting
    and ablating the sources of a deep learning puzzle", arXiv:2303.14151 (2023).

    R. K. Pace and R. Barry, "Sparse spatial autoregressions", Statistics and
    Probability Letters 33 (1997).

    B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least angle
    regression", Annals of Statistics 32 (2004).

    Examples
    --------
    >>> data = load_regression("diabetes")
    >>> data.X.shape, data.y.shape
    ((442, 10), (442,))
    >>> data.feature_names[:3]
    ('age', 'sex', 'bmi')
    """
    as_choice("name", name, tuple(_LOADERS))
    return _LOADERS[name]()


def _regression_data(
    name: str, X: Any, y: Any, feature_names: Any, description: str
) -> RegressionData:
    """Put a set into its final form: own, contiguous float64 arrays."""
    return RegressionData(
        name=name,
        X=np.array(X, dtype=np.float64, order="C"),
        y=np.array(y, dtype=np.float64, order="C"),
        feature_names=tuple(feature_names),
        description=description,
    )


def _student_teacher() -> RegressionData:
    """Draw the linear teacher of which the student sees 20 of 30 inputs."""
    # The published curves come from numpy's legacy stream, seed 0: inputs
    # first, then the teacher's coefficients.
    stream = np.random.RandomState(0)  # noqa: NPY002
    inputs = stream.standard_normal((1000, 30))
    y = inputs @ stream.standard_normal(30)
    return _regression_data(
        "student_teacher",
        inputs[:, :20],
        y,
        [f"x{i}" for i in range(1, 21)],
        "Synthetic. The target is a linear function, with standard normal "
        "coefficients, of 30 standard normal inputs; the first 20 are given. "
        "There is no noise: what the student cannot express is the part of the "
        "target that depends on the 10 hidden inputs.",
    )


def _california_housing() -> RegressionData:
    """Read scikit-learn's California Housing from its original archive."""
    from sklearn.datasets import fetch_california_housing

    archive = read_data_file("california_housing", CALIFORNIA_HOUSING)
    # scikit-learn unpacks an archive that lies in its data home, and deletes
    # it: give it a home of its own, and leave the reader's alone.
    with tempfile.TemporaryDirectory(prefix="interpolab-") as home:
        Path(home, CALIFORNIA_HOUSING.filename).write_bytes(archive)
        bunch = fetch_california_housing(data_home=home)
    return _regression_data(
        "california_housing",
        bunch.data,
        bunch.target,
        bunch.feature_names,
        "California Housing (Pace and Barry 1997, census of 1990), as "
        "scikit-learn provides it: one row for each block group; the target is "
        "the median house value in units of 100 000 dollars. Columns keep "
        "their units, so their scales differ by factors of a thousand.",
    )


def _diabetes() -> RegressionData:
    """Read the Diabetes set that comes with scikit-learn."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes()
    return _regression_data(
        "diabetes",
        bunch.data,
        bunch.target,
        bunch.feature_names,
        "Diabetes (Efron et al. 2004), as scikit-learn provides it: one row for "
        "each patient; the target is disease progression one year after the "
        "baseline. Columns come centered and of unit Euclidean norm; the "
        "target, of mean 152, is not centered.",
    )


_WHO_TARGET = "Life expectancy"
_WHO_LEFT_OUT = ("Country", "Year", "Status", "Income composition of resources")


def _who_life_expectancy() -> RegressionData:
    """Read the WHO Life Expectancy table, complete rows only."""
    import pandas as pd

    content = read_data_file("who_life_expectancy", WHO_LIFE_EXPECTANCY)
    table = pd.read_csv(io.BytesIO(content)).dropna()
    # The file's headings carry stray blanks, outside and inside.
    table.columns = [" ".join(heading.split()) for heading in table.columns]
    features = table.drop(columns=[_WHO_TARGET, *_WHO_LEFT_OUT])
    return _regression_data(
        "who_life_expectancy",
        features,
        table[_WHO_TARGET],
        features.columns,
        "WHO Life Expectancy: one row for each country and year, 2000 to 2015; "
        "the target is life expectancy in years. Of 2938 rows the 1649 complete "
        "ones are kept; Country, Year, Status and Income composition of "
        "resources are left out. Columns keep their units: Population reaches "
        "10^9.",
    )


_LOADERS: dict[str, Callable[[], RegressionData]] = {
    "student_teacher": _student_teacher,
    "california_housing": _california_housing,
    "diabetes": _diabetes,
    "who_life_expectancy": _who_life_expectancy,
}
