"""Number figures, theorems, exercises and equations within their chapter.

Sphinx counts through the whole book, or within numbered table-of-contents
entries; a chapter's number here is the one in its file name, so the first
figure of ``07_three_factors`` is Fig. 7.1 whatever else the book holds.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

CHAPTER = re.compile(r"notebooks/(\d+)_")


def number_by_chapter(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Renumber what Sphinx has numbered."""
    outside: dict[str, int] = {}
    for docname, by_type in env.toc_fignumbers.items():
        match = CHAPTER.match(docname)
        for kind, numbers in by_type.items():
            count = 0 if match else outside.get(kind, 0)
            for identifier in numbers:
                count += 1
                numbers[identifier] = (
                    (int(match.group(1)), count) if match else (count,)
                )
            if not match:
                outside[kind] = count
    return []


def setup(app: Sphinx) -> None:
    """Run after Sphinx's own numbering."""
    app.connect("env-get-updated", number_by_chapter, priority=900)
