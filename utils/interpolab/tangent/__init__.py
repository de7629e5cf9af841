r"""Networks seen from their tangent: kernels, linearization, lazy training.

To first order in its parameters a network is a linear model whose features are
its gradients.  What follows from that is here.

The tangent
    ``empirical_ntk`` is the kernel of the gradients, ``linearize`` the linear
    model as a network, ``linearized_descent`` the solution of its training,
    ``taylor_remainder`` its distance from the original and ``hessian_norm`` the
    curvature that bounds the distance.
Lazy training of two layers
    ``lazy_features`` and ``lazy_kernel`` are the gradients of the hidden layer
    and their kernel, ``lazy_smallest_eigenvalues`` maps where it is singular,
    ``lazy_ridge`` fits.
Kernel regression
    ``kernel_ridge`` and ``kernel_ridge_path`` take any kernel, and
    ``kernel_ridge_at_train_errors`` finds the ridges for given training errors;
    ``polynomial_kernel`` and ``polynomial_ridge`` truncate it to low degree.
    ``spectrum_bands`` and ``degree_shares`` predict the eigenvalues and what is
    learned.
Optimization
    ``pl_ratio`` evaluates the Polyak-Lojasiewicz inequality along a path of
    parameters, ``pl_radius`` is the distance it allows and
    ``kernel_drift_bound`` how far the kernel can move.

A ``ridge`` is a number that is added to the diagonal of a kernel matrix, as in
:math:`(K + \lambda I)^{-1} y`; it is :math:`n` times the ``penalty`` of
:mod:`interpolab.linear`.
"""

from interpolab.tangent._dynamics import linearized_descent
from interpolab.tangent._hessian import hessian_norm
from interpolab.tangent._kernel import empirical_ntk
from interpolab.tangent._kernel_ridge import (
    KernelFit,
    KernelPath,
    kernel_ridge,
    kernel_ridge_path,
)
from interpolab.tangent._lazy import (
    lazy_features,
    lazy_kernel,
    lazy_smallest_eigenvalues,
)
from interpolab.tangent._lazy_ridge import LazyFit, lazy_ridge
from interpolab.tangent._linearize import (
    LinearizedNetwork,
    linearize,
    taylor_remainder,
)
from interpolab.tangent._network import Network
from interpolab.tangent._pl import PLPath, kernel_drift_bound, pl_radius, pl_ratio
from interpolab.tangent._polynomial import polynomial_kernel, polynomial_ridge
from interpolab.tangent._spectrum import (
    DegreeShares,
    SpectrumBands,
    degree_shares,
    spectrum_bands,
)
from interpolab.tangent._train_error import kernel_ridge_at_train_errors

__all__ = [
    "DegreeShares",
    "KernelFit",
    "KernelPath",
    "LazyFit",
    "LinearizedNetwork",
    "Network",
    "PLPath",
    "SpectrumBands",
    "degree_shares",
    "empirical_ntk",
    "hessian_norm",
    "kernel_drift_bound",
    "kernel_ridge",
    "kernel_ridge_at_train_errors",
    "kernel_ridge_path",
    "lazy_features",
    "lazy_kernel",
    "lazy_ridge",
    "lazy_smallest_eigenvalues",
    "linearize",
    "linearized_descent",
    "pl_radius",
    "pl_ratio",
    "polynomial_kernel",
    "polynomial_ridge",
    "spectrum_bands",
    "taylor_remainder",
]
