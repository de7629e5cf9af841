"""Closed forms and deterministic equivalents: the theory lines of the figures.

Every function answers for arrays as for numbers, so that a curve is one call.

Spectra
    ``marchenko_pastur_density`` is the law of sample eigenvalues,
    ``smallest_singular_value_cdf`` their lower edge for square matrices, and
    ``effective_ranks`` say how much of a spectrum can hide noise.
Least squares and ridge regression
    ``isotropic_risk`` has all directions alike.  ``effective_ridge`` turns any
    spectrum, sample size and penalty into one number, from which
    ``ridge_equivalent`` predicts errors and norm.
Feature selection
    ``gaussian_features_risk`` and ``fourier_features_risk`` use a random
    subset of the features.
Near-interpolation
    ``near_interpolation_test_error`` and ``near_interpolation_norm2`` are the
    price of a small training error under a power-law spectrum.
Random features
    ``random_features_risk`` is the curve of a network with a random first
    layer.

Test errors include the noise, risks do not; each docstring says which it is.
Penalties belong to the loss ``(1/n) |X b - y|^2 + penalty |b|^2``, and the
aspect ratio is always ``p/n``, features for each sample.
"""

from interpolab.asymptotics._equivalent import effective_ridge, ridge_equivalent
from interpolab.asymptotics._isotropic import isotropic_risk
from interpolab.asymptotics._near_interpolation import (
    near_interpolation_norm2,
    near_interpolation_test_error,
)
from interpolab.asymptotics._random_features import random_features_risk
from interpolab.asymptotics._spectra import (
    effective_ranks,
    marchenko_pastur_density,
    smallest_singular_value_cdf,
)
from interpolab.asymptotics._weak_features import (
    fourier_features_risk,
    gaussian_features_risk,
)

__all__ = [
    "effective_ranks",
    "effective_ridge",
    "fourier_features_risk",
    "gaussian_features_risk",
    "isotropic_risk",
    "marchenko_pastur_density",
    "near_interpolation_norm2",
    "near_interpolation_test_error",
    "random_features_risk",
    "ridge_equivalent",
    "smallest_singular_value_cdf",
]
