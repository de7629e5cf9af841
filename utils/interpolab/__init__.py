"""The shared package of the Interpolation Book.

Modules, ground floor first; a module imports only from floors below.

1. ``datasets``, ``linear``, ``asymptotics``, ``kernels``: designs and data,
   solutions, closed forms, kernels.
2. ``capacity``, ``features``, ``neighbors``, ``divergence``: bounds, random
   features, local interpolation, the three factors.
3. ``experiments``: seeded, parallel, cached, resumable sweeps.
4. ``ledger``, ``figures``, ``explorers``, ``quizzes``: what a page shows.
"""

__version__ = "0.1.0"
