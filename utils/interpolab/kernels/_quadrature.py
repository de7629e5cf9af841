"""Integrals of several functions at once, kinks and jumps included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.polynomial.legendre import leggauss, legvander
from numpy.typing import NDArray

from interpolab._validation import FloatArray

Integrands: TypeAlias = Callable[[FloatArray], FloatArray]
"""Takes points (m,), returns the values (k, m) of k functions there."""

_ORDER = 20
_NODES, _WEIGHTS = leggauss(_ORDER)
# Just inside both ends of a panel, and the interpolation from the nodes to there.
# Without a look at the ends a jump between an end and the first node is missed.
_ENDS = np.array([-1.0, 1.0]) * (1.0 - 2e-15)
_TO_ENDS = (
    legvander(_ENDS, _ORDER - 1)
    * (np.arange(_ORDER) + 0.5)
    @ (legvander(_NODES, _ORDER - 1) * _WEIGHTS[:, None]).T
).T
# A panel is done when it agrees with its halves, which are kept: to this part of
# the integral of the absolute value over the panel, because halving a panel of 20
# nodes leaves 1e-12 of such a difference ...
_SMOOTH = 1e-12
# ... or, where a jump or kink makes that impossible, over all panels.
_NEGLIGIBLE = 1e-16
# A jump costs about 60 bisections.  So many panels mean noise or an oscillation
# that no panel resolves.
_MOST_PANELS = 20_000
# What the panels that are too small to halve may hold of an integral.  A jump
# leaves 1e-16 of it there, a pole that cannot be integrated nearly all.
_POLE = 0.05


@dataclass(frozen=True)
class _Panels:
    """Panels, and for each of k functions what the rule finds on them."""

    low: FloatArray
    high: FloatArray
    integral: FloatArray  # (k, panels)
    size: FloatArray  # of the absolute value
    doubt: FloatArray  # what a jump or kink next to an end may hide

    def __getitem__(self, some: NDArray[np.bool_]) -> _Panels:
        return _Panels(
            self.low[some],
            self.high[some],
            self.integral[:, some],
            self.size[:, some],
            self.doubt[:, some],
        )


def _join(first: _Panels, second: _Panels) -> _Panels:
    """Return the panels of both."""
    return _Panels(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)], axis=-1)
            for name in ("low", "high", "integral", "size", "doubt")
        )
    )


def _rule(f: Integrands, low: FloatArray, high: FloatArray) -> _Panels:
    """Apply the Gauss-Legendre rule on each panel."""
    half = 0.5 * (high - low)
    reference = np.concatenate([_NODES, _ENDS])
    points = (0.5 * (low + high))[:, None] + half[:, None] * reference
    values = f(points.ravel()).reshape(-1, *points.shape)
    inside, ends = values[..., :_ORDER], values[..., _ORDER:]
    surprise = np.abs(inside @ _TO_ENDS - ends).sum(axis=-1)
    return _Panels(
        low,
        high,
        inside @ _WEIGHTS * half,
        np.abs(inside) @ _WEIGHTS * half,
        surprise * half * (1.0 - _NODES[-1]),
    )


def _settled(
    whole: _Panels, left: _Panels, right: _Panels, scale: FloatArray
) -> NDArray[np.bool_]:
    """Say which panels need not be halved again."""
    difference = np.abs(left.integral + right.integral - whole.integral)
    enough = np.maximum(
        _SMOOTH * (left.size + right.size), _NEGLIGIBLE * scale[:, None]
    )
    error = np.maximum(difference, left.doubt + right.doubt)
    return np.all(error <= enough, axis=0)


def integrate(f: Integrands, edges: FloatArray) -> FloatArray:
    """Return the integrals (k,) of k functions, by halving panels that disagree.

    Kinks at the edges cost nothing; others are found by bisection.

    Examples
    --------
    >>> import numpy as np
    >>> integrate(lambda x: np.stack([np.abs(x - 0.1), x**2]), np.array([-1.0, 1.0]))
    array([1.01 , 0.66666667])
    """
    eps = np.finfo(np.float64).eps
    smallest = 1e-3 * eps * float(edges[-1] - edges[0])
    panels = _rule(f, edges[:-1], edges[1:])
    scale = panels.size.sum(axis=1)
    total, pole = np.zeros(len(scale)), np.zeros(len(scale))
    while panels.low.size:
        if panels.low.size > _MOST_PANELS:
            raise ValueError(
                "f must be piecewise smooth, on the scale of its argument; got a "
                f"function that {panels.low.size} panels do not resolve."
            )
        middle = 0.5 * (panels.low + panels.high)
        left = _rule(f, panels.low, middle)
        right = _rule(f, middle, panels.high)
        # A refinement may find what the first panels missed.
        scale = np.maximum(scale, np.abs(total) + (left.size + right.size).sum(axis=1))
        reach = np.maximum(np.abs(panels.low), np.abs(panels.high))
        tiny = panels.high - panels.low <= np.maximum(4.0 * eps * reach, smallest)
        settled = _settled(panels, left, right, scale)
        pole += (left.size + right.size)[:, tiny & ~settled].sum(axis=1)
        done = tiny | settled
        total += (left.integral + right.integral)[:, done].sum(axis=1)
        panels = _join(left[~done], right[~done])
    if (pole > _POLE * scale).any():
        raise ValueError(
            "f must be square integrable; got a function whose square grows too fast "
            "towards a pole."
        )
    return total
