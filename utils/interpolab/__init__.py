"""The shared package of the Interpolation Book.

Modules, ground floor first; a module imports only from floors below.

1. ``datasets``, ``linear``, ``asymptotics``: designs and data, solutions,
   closed forms.
2. ``divergence``: the three factors of the divergence at the threshold.
3. ``experiments``: seeded, parallel, cached, resumable sweeps.
4. ``ledger``, ``figures``, ``explorers``, ``quizzes``: what a page shows.
"""

__version__ = "0.1.0"
