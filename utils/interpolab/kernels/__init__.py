r"""Kernels: functions :math:`K(x, z)` whose matrices are positive semidefinite.

A kernel machine answers :math:`f(x) = \sum_i \alpha_i K(x, x_i)`.

Functions of the distance
    For distinct points the matrices of ``gaussian`` and ``laplace`` are
    positive definite, so exactly one such :math:`f` takes given values at the
    :math:`x_i`, whatever these are.  In floating point the Gaussian matrix may
    be singular all the same: its eigenvalues decay faster than any power, those
    of the Laplace kernel like a power.
Infinitely wide networks
    ``relu_nngp`` is the covariance of a wide random ReLU network, ``relu_ntk``
    the kernel that it learns with, ``lazy_relu`` the kernel of a network whose
    first layer alone is linearized.  ``kappa_0`` and ``kappa_1``, the averages
    of two steps and of two ReLUs, are all that their recursions need.
Expansions
    ``hermite_coefficients`` expand a function of a Gaussian variable and
    ``gegenbauer_coefficients`` one of the cosine on the sphere, in the
    polynomials ``hermite`` and ``gegenbauer``.  With ``multiplicity`` they are
    the eigenvalues of a kernel on the sphere; ``hypercube_eigenvalues`` are
    those on the corners of a cube.
"""

from interpolab.kernels._arc_cosine import kappa_0, kappa_1
from interpolab.kernels._distances import gaussian, laplace
from interpolab.kernels._hermite import hermite, hermite_coefficients
from interpolab.kernels._hypercube import hypercube_eigenvalues
from interpolab.kernels._relu import lazy_relu, relu_nngp, relu_ntk
from interpolab.kernels._sphere import (
    gegenbauer,
    gegenbauer_coefficients,
    multiplicity,
)

__all__ = [
    "gaussian",
    "gegenbauer",
    "gegenbauer_coefficients",
    "hermite",
    "hermite_coefficients",
    "hypercube_eigenvalues",
    "kappa_0",
    "kappa_1",
    "laplace",
    "lazy_relu",
    "multiplicity",
    "relu_nngp",
    "relu_ntk",
]
