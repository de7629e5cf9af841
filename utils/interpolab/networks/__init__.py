r"""Small neural networks whose derivatives are written out.

Networks
    :class:`MLP` is a network :math:`f(w; x)` as a function of one parameter
    vector :math:`w`, with its Jacobian, the products of Jacobian and Hessian
    with vectors, and the factors of the tangent kernel.
Training
    :func:`train` and :func:`train_stochastic` minimize the square loss with
    gradient descent or Adam; a :class:`TrainingRun` says what they passed.
    :func:`largest_stable_step` and :func:`warmup_cosine` give step sizes.
Autoencoder
    :class:`TiedAutoencoder` squeezes many sparse features through few hidden
    units, :func:`train_autoencoder` fits it, and
    :func:`dimensionality` tells how many directions a set of vectors shares.

Arrays may carry a leading axis of length R: so many networks, worked on side by
side.
"""

from interpolab.networks._descent import TrainingRun
from interpolab.networks.activations import Activation
from interpolab.networks.autoencoder import (
    TiedAutoencoder,
    dimensionality,
    train_autoencoder,
)
from interpolab.networks.mlp import MLP
from interpolab.networks.training import (
    largest_stable_step,
    train,
    train_stochastic,
    warmup_cosine,
)

__all__ = [
    "MLP",
    "Activation",
    "TiedAutoencoder",
    "TrainingRun",
    "dimensionality",
    "largest_stable_step",
    "train",
    "train_autoencoder",
    "train_stochastic",
    "warmup_cosine",
]
