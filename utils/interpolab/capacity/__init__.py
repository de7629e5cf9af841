r"""How rich a class of functions is, and what that says about its errors.

Counting
    ``dichotomies`` and ``separable_probability`` are Cover's count of the
    labelings that a hyperplane can realize; ``sauer_shelah`` bounds any class
    by its VC dimension.  ``linear_labelings`` and ``box_labelings`` list what
    halfspaces and boxes do realize on given points, and ``is_separable``
    decides one labeling.
Complexity on given data
    ``rademacher_l2``, ``rademacher_l1`` and ``rademacher_l2_local`` measure how
    well a linear class correlates with coin flips, between closed-form bounds;
    ``local_rademacher`` is the closed form at one scale.
Scales
    ``covering_number_bounds`` and ``greedy_packing`` count balls, and
    ``dudley_bound`` adds up the counts over all scales.
Bounds on the generalization gap
    ``vc_bound``, ``rademacher_bound``, ``massart_bound``, ``occam_bound`` and
    ``margin_bound``.
A nested family
    ``fit_sign_changes`` minimizes the training error exactly over functions on
    the line with few changes of sign.

A labeling has entries -1 and +1, a linear class has no intercept (add a column
of ones for one), and the loss of a classifier counts its errors.
"""

from interpolab.capacity._bounds import (
    MarginBound,
    margin_bound,
    massart_bound,
    occam_bound,
    rademacher_bound,
    vc_bound,
)
from interpolab.capacity._counting import (
    box_labelings,
    dichotomies,
    sauer_shelah,
    separable_probability,
)
from interpolab.capacity._covering import (
    covering_number_bounds,
    dudley_bound,
    greedy_packing,
)
from interpolab.capacity._rademacher import (
    RademacherComplexity,
    local_rademacher,
    rademacher_l1,
    rademacher_l2,
    rademacher_l2_local,
)
from interpolab.capacity._separation import is_separable, linear_labelings
from interpolab.capacity._sign_changes import SignChangeFit, fit_sign_changes

__all__ = [
    "MarginBound",
    "RademacherComplexity",
    "SignChangeFit",
    "box_labelings",
    "covering_number_bounds",
    "dichotomies",
    "dudley_bound",
    "fit_sign_changes",
    "greedy_packing",
    "is_separable",
    "linear_labelings",
    "local_rademacher",
    "margin_bound",
    "massart_bound",
    "occam_bound",
    "rademacher_bound",
    "rademacher_l1",
    "rademacher_l2",
    "rademacher_l2_local",
    "sauer_shelah",
    "separable_probability",
    "vc_bound",
]
