"""Make an executed submission safe to look at.

Whoever grades by hand opens it in a browser that may also run programs on the
grader's machine, and nbgrader's formgrader shows HTML as it finds it.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from nbformat import NotebookNode

TAG = re.compile(r"<(?=[A-Za-z/!?])")
LINK = re.compile(r"\](?=[(:\[])")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
PICTURES = ("image/png", "image/jpeg")


def inert(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without anything that a browser would run.

    Of outputs text and pictures are kept.  In written answers every ``<`` that could
    begin a tag and every ``]`` that could belong to a link gets a space behind it,
    which changes neither formulas nor sentences.
    """
    found = copy.deepcopy(notebook)
    for cell in found.cells:
        if cell.cell_type != "code":
            cell.source = LINK.sub("] ", TAG.sub("< ", cell.source))
        for output in cell.get("outputs", []):
            if "data" in output:
                output["data"] = _kept(output["data"])
                output["metadata"] = {}
    return found


def _kept(data: dict[str, Any]) -> dict[str, Any]:
    kept = {"text/plain": _text(data.get("text/plain", ""))}
    for kind in PICTURES:
        picture = _text(data.get(kind, ""))
        if picture and BASE64.fullmatch(picture):
            kept[kind] = picture
    return kept


def _text(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
