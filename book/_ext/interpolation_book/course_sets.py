"""The list of problem sets, from the notebooks that students get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from interpolation_book.tables import table

RELEASE = "course/release"
HEAD = ("set", "checked", "by hand", "download")


def title_of(notebook: dict[str, Any]) -> str:
    """Return the first heading of a notebook."""
    for cell in notebook["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if line.startswith("# "):
                return line[2:].strip()
    raise ValueError("the notebook has no title")


def points(notebook: dict[str, Any]) -> tuple[float, float]:
    """Return the points that programs give, and those that a person gives.

    >>> test = {"metadata": {"nbgrader": {"grade": True, "points": 60}}}
    >>> text = {"metadata": {"nbgrader": {"grade": True, "solution": True,
    ...                                   "points": 40}}}
    >>> points({"cells": [test, text, {"metadata": {}}]})
    (60.0, 40.0)
    """
    checked = by_hand = 0.0
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("task") or (about.get("grade") and about.get("solution")):
            by_hand += float(about["points"])
        elif about.get("grade"):
            checked += float(about["points"])
    return checked, by_hand


class CourseSets(SphinxDirective):
    """The directive ``course-sets``: a table of the sets, with links."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        root = Path(self.env.srcdir)
        rows = []
        for path in sorted((root / RELEASE).glob("ps*/ps*.ipynb")):
            self.env.note_dependency(str(path))
            rows.append(self._row(path))
        return [table(HEAD, rows, classes=["ib-course"])]

    def _row(self, path: Path) -> list[nodes.Node]:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        checked, by_hand = points(notebook)
        return [
            self._page(path.stem, title_of(notebook)),
            nodes.Text(f"{checked:g}"),
            nodes.Text(f"{by_hand:g}"),
            self._archive(path.stem),
        ]

    def _page(self, name: str, title: str) -> nodes.Node:
        target = f"/{RELEASE}/{name}/{name}"
        return addnodes.pending_xref(
            "",
            nodes.inline("", title),
            refdomain="std",
            reftype="doc",
            reftarget=target,
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )

    def _archive(self, name: str) -> nodes.Node:
        target = f"/{RELEASE}/{name}.zip"
        return addnodes.download_reference(
            "", nodes.Text(f"{name}.zip"), reftarget=target, refdoc=self.env.docname
        )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("course-sets", CourseSets)
