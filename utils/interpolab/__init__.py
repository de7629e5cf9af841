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
"""

__version__ = "0.1.0"
