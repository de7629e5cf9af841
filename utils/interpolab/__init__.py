"""The shared package of the Interpolation Book.

Modules, ground floor first; a module imports only from floors below.

1. ``datasets``, ``linear``, ``asymptotics``, ``kernels``: designs and data,
   solutions, closed forms, kernels.
2. ``capacity``, ``features``, ``neighbors``, ``divergence``, ``networks``:
   bounds, random features, local interpolation, the three factors, networks.
3. ``tangent``, ``experiments``: what a network is near its start; seeded,
   parallel, cached, resumable sweeps.
4. ``ledger``, ``figures``, ``explorers``, ``quizzes``, ``selfcheck``: what a page
   shows and asks.

A module is loaded when it is first asked for: ``import interpolab`` followed by
``interpolab.linear.ridge`` works, and nothing that draws is loaded before a page
draws.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = [
    "asymptotics",
    "capacity",
    "datasets",
    "divergence",
    "experiments",
    "explorers",
    "features",
    "figures",
    "kernels",
    "ledger",
    "linear",
    "neighbors",
    "networks",
    "quizzes",
    "selfcheck",
    "tangent",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
