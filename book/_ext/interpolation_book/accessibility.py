"""Mend what the theme's pages lack for keyboards and screen readers.

The templates in ``templates/`` shadow the theme's components of the same name.
What the theme or MyST-NB write elsewhere is corrected here, when the page is
written; what only exists once a widget is drawn is mended by ``book.js``.
"""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

CONTENT_IDS = (["proof-content"], ["exercise-content"], ["solution-content"])
CORRECTIONS = (
    # The corner of a data frame heads nothing.
    ("<th></th>", "<td></td>"),
    ('<th class="head"><p></p></th>', "<td></td>"),
    # The label would hide the words "Show the code" from screen readers.
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    # The role is deprecated, and a list must hold list items.
    ('role="doc-biblioentry"', 'role="listitem"'),
)


def unique_ids(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take away the one id that all statements share, and all exercises."""
    for section in doctree.findall(nodes.section):
        if section["ids"] in CONTENT_IDS:
            section["ids"] = []


def named_toggles(html: Any) -> str:
    """Name the arrows that unfold a part of the table of contents."""
    soup = BeautifulSoup(str(html), "html.parser")
    for summary in soup.find_all("summary"):
        item = summary.find_parent("li")
        link = item.find("a") if item else None
        title = link.get_text(strip=True) if link else "this part"
        summary["aria-label"] = f"Pages of {title}"
    return str(soup)


def mend_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Correct the page's body and wrap the theme's contents function."""
    if "body" in context:
        for wrong, right in CORRECTIONS:
            context["body"] = context["body"].replace(wrong, right)
    generate = context.get("generate_toctree_html")
    if generate is not None:
        context["generate_toctree_html"] = lambda *args, **kwargs: named_toggles(
            generate(*args, **kwargs)
        )


def setup(app: Sphinx) -> None:
    """Connect the hooks; the templates are found by their names."""
    app.connect("doctree-resolved", unique_ids)
    app.connect("html-page-context", mend_page, priority=900)
