"""Read what the notebooks have stored: cells, outputs and their metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from sphinx.environment import BuildEnvironment

from interpolab.ledger import Entry, parse


def notebook_path(env: BuildEnvironment, docname: str) -> Path | None:
    """Return the notebook behind a page, or None if it is no notebook."""
    path = Path(env.doc2path(docname))
    return path if path.suffix == ".ipynb" else None


def cells(path: Path) -> list[dict[str, Any]]:
    """Return a notebook's cells."""
    return _cells(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _cells(path: Path, _: int) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(value: str | list[str]) -> str:
    """Return a notebook's text, which may be stored as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def chapters(env: BuildEnvironment) -> list[str]:
    """Return the notebooks that are part of the book, in order."""
    return sorted(d for d in env.found_docs if d.startswith("notebooks/"))


def claim_entries(path: Path) -> Iterator[Entry]:
    """Yield the claim checks that a notebook's stored outputs hold."""
    for cell in cells(path):
        for output in cell.get("outputs", []):
            if output.get("output_type") == "stream":
                for line in text(output["text"]).splitlines():
                    entry = parse(line)
                    if entry is not None:
                        yield entry
