"""The table of what each notebook takes: seconds from a cold kernel, and memory."""

from __future__ import annotations

import csv
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from interpolation_book.tables import table

TIMES = "book/run_times.csv"
HEAD = ("notebook", "seconds", "memory in MiB")


class RunTimes(SphinxDirective):
    """The directive ``run-times``: one row for each chapter of the book."""

    def run(self) -> list[nodes.Node]:
        """Build the table from the stored measurements."""
        path = Path(self.env.srcdir) / TIMES
        self.env.note_dependency(str(path))
        stored = read(path)
        rows = []
        for docname in sorted(self.env.found_docs):
            measured = stored.get(docname.removeprefix("notebooks/"))
            if docname.startswith("notebooks/") and measured:
                rows.append([self._link(docname), *map(nodes.Text, measured)])
        if not rows:
            return [nodes.paragraph("", "No run has been recorded yet.")]
        return [table(HEAD, rows, classes=["ib-run-times"], numeric=(1, 2))]

    def _link(self, docname: str) -> nodes.Node:
        name = docname.removeprefix("notebooks/")
        text, _ = self.state.inline_text(f"[{name}](/{docname}.ipynb)", self.lineno)
        return nodes.inline("", "", *text)


def read(path: Path) -> dict[str, tuple[str, str]]:
    """Return seconds and MiB for each notebook."""
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        return {r["notebook"]: (r["seconds"], r["mib"]) for r in csv.DictReader(file)}


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("run-times", RunTimes)
