"""Serve every script from the site itself.

No page asks another host for anything: MathJax and the widgets' manager come
from ``book/_assets`` (see ``book/_tools/fetch_assets.py``), and the theme's icon
script, half a megabyte on every page, is replaced by the book's own icons.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

BOOK = Path(__file__).resolve().parents[2]
ASSETS = BOOK / "_assets" / "site"
STATIC = BOOK / "_static"
TEMPLATES = Path(__file__).parent / "templates"

MATHJAX: dict[str, Any] = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
    "tex": {"inlineMath": [["\\(", "\\)"], ["$", "$"]]},
    "options": {"enableAssistiveMml": True},
}
"""TeX in, HTML with MathML for screen readers out, and no menu: 160 kB
compressed, where the usual bundle takes 300."""

FONT_AWESOME = re.compile(r"\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>")


def configure(app: Sphinx, config: Config) -> None:
    """Point Sphinx, the theme and MyST-NB to the site's own files."""
    if not (ASSETS / "mathjax" / "startup.js").is_file():
        raise ExtensionError(
            "the site's scripts are not installed. Run: "
            "python book/_tools/fetch_assets.py"
        )
    config.html_static_path += [str(STATIC), str(ASSETS)]
    config.templates_path.insert(0, str(TEMPLATES))
    config.mathjax_path = "mathjax/startup.js"
    options = {**(config.mathjax3_config or {}).get("options", {})}
    config.mathjax3_config = MATHJAX | {"options": options | MATHJAX["options"]}
    # book.js loads the manager that this script's address belongs to, once the
    # text stands: a browser runs no script of an unknown type.
    config.nb_ipywidgets_js = {"widgets/embed.js": {"type": "text/x-widget-manager"}}


def without_font_awesome(html: str) -> str:
    """Drop the theme's icon script from the page's head."""
    shorter, count = FONT_AWESOME.subn("", html)
    if count != 1:
        raise ExtensionError(
            f"the theme loads its icon script {count} times, not once: "
            "interpolation_book.assets must be adapted to this theme version"
        )
    return shorter


def add_filter(app: Sphinx) -> None:
    """Offer :func:`without_font_awesome` to the page template."""
    templates = getattr(app.builder, "templates", None)
    if templates is not None:
        templates.environment.filters["without_font_awesome"] = without_font_awesome


def drop_duplicates(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """List every script once."""
    seen: set[tuple[Any, ...]] = set()
    unique = []
    for script in context.get("script_files", []):
        attributes = getattr(script, "attributes", {})
        key = (getattr(script, "filename", script), attributes.get("body"))
        if key not in seen:
            seen.add(key)
            unique.append(script)
    context["script_files"] = unique


def setup(app: Sphinx) -> None:
    """Register the hooks and the book's own style and script."""
    # Jupyter Book sets it for an extension that this book leaves out.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", configure, priority=900)
    app.connect("builder-inited", add_filter, priority=900)
    app.connect("html-page-context", drop_duplicates, priority=900)
    app.add_js_file("book.js", defer="defer", priority=800)
    for number, name in enumerate(("page", "boxes", "figures", "widgets", "icons")):
        app.add_css_file(f"book-{name}.css", priority=900 + number)
    app.add_css_file("book-print.css", priority=910, media="print")
