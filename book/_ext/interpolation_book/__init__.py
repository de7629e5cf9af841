"""The book's Sphinx extension: what the site needs beyond its theme.

Each module does one thing and has its own ``setup``; this one only calls them.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from interpolation_book import (
    accessibility,
    assets,
    claims,
    course_sets,
    figures,
    ledger_page,
    live_figure,
    numbering,
    run_times,
    theory_map,
)

PARTS = (
    assets,
    accessibility,
    numbering,
    claims,
    course_sets,
    figures,
    ledger_page,
    live_figure,
    run_times,
    theory_map,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect every part of the extension to Sphinx."""
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
