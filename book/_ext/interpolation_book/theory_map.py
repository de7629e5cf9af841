"""The take-home map: phenomena and theories, joined by what is known."""

from __future__ import annotations

import textwrap
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

MAP = "book/map.yml"
PAGE = "book/take_home_map"
STATUSES = {
    "proved": "proved",
    "observed": "observed",
    "conjectured": "conjectured",
    "fails": "fails here",
}
WIDTH, BOX, STEP, TOP = 760, 46, 58, 8
LEFT, RIGHT = (0, 300), (500, 260)


class TheoryMap(SphinxDirective):
    """The directive ``theory-map``: the drawing, then what each line stands for."""

    def run(self) -> list[nodes.Node]:
        """Draw the map and write its entries."""
        path = Path(self.env.srcdir) / MAP
        self.env.note_dependency(str(path))
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
        complain(listed)
        picture = nodes.raw("", drawing(listed), format="html")
        theories = listed["theories"]
        entries = [
            self._entry(
                phenomenon["id"],
                phenomenon["title"],
                [
                    (link, f"**{theories[link['theory']]}.** {link['says']} Claims")
                    for link in phenomenon["links"]
                ],
            )
            for phenomenon in listed["phenomena"]
        ]
        return [picture, *entries]

    def _entry(
        self, name: str, title: str, lines: list[tuple[dict[str, Any], str]]
    ) -> nodes.Node:
        entry = nodes.container(classes=["ib-map-entry"], ids=[name], names=[name])
        self.state.document.note_explicit_target(entry)
        entry += nodes.rubric("", title, **{"heading-level": 3})
        written = [self._line(link, words) for link, words in lines]
        entry += self.parse_text_to_nodes("\n".join(written))
        return entry

    def _line(self, link: dict[str, Any], words: str) -> str:
        claims = ", ".join(f"{{claim}}`{number}`" for number in link["claims"])
        status = link["status"]
        return (
            f"- [{STATUSES[status]}]{{.ib-status .ib-status-{status}}} "
            f"{' '.join(words.split())} {claims}."
        )


class TheoryList(TheoryMap):
    """The directive ``theory-list``: the map's lines again, by theory."""

    def run(self) -> list[nodes.Node]:
        """Write each theory's entry."""
        listed = yaml.safe_load((Path(self.env.srcdir) / MAP).read_text("utf-8"))
        return [
            self._entry(
                f"theory-{name}",
                title,
                [
                    (link, f"[{phenomenon['title']}](#{phenomenon['id']}): claims")
                    for phenomenon in listed["phenomena"]
                    for link in phenomenon["links"]
                    if link["theory"] == name
                ],
            )
            for name, title in listed["theories"].items()
        ]


def complain(listed: dict[str, Any]) -> None:
    """Refuse a map that names what it does not define."""
    for phenomenon in listed["phenomena"]:
        for link in phenomenon["links"]:
            where = f"{MAP}: {phenomenon['id']!r}"
            if link["theory"] not in listed["theories"]:
                raise ValueError(f"{where} names no theory of the map: {link}")
            if link["status"] not in STATUSES:
                raise ValueError(f"{where}: status is one of {list(STATUSES)}: {link}")
            if not link["claims"]:
                raise ValueError(f"{where} has a link without claims: {link}")


def drawing(listed: dict[str, Any]) -> str:
    """Draw phenomena on the left, theories on the right, and the lines between."""
    phenomena, theories = listed["phenomena"], listed["theories"]
    height = 2 * TOP + STEP * len(phenomena) - (STEP - BOX)
    gap = (height - 2 * TOP - BOX) / max(len(theories) - 1, 1)
    at = {name: TOP + i * gap for i, name in enumerate(theories)}
    lines, boxes = [], []
    for i, phenomenon in enumerate(phenomena):
        top = TOP + i * STEP
        boxes.append(box(LEFT, top, phenomenon["title"], "#" + phenomenon["id"]))
        lines += [line(top, at[each["theory"]], each) for each in joined(phenomenon)]
    boxes += [box(RIGHT, at[t], theories[t], f"#theory-{t}") for t in theories]
    return (
        '<div class="ib-map" tabindex="0" role="group" '
        'aria-label="Map: phenomena, theories and what joins them">'
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="group" '
        'aria-label="Phenomena on the left, theories on the right; '
        'the list below says the same">'
        f"{''.join(lines)}{''.join(boxes)}</svg>{key()}</div>"
    )


def joined(phenomenon: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one line for each theory, with the strongest of its statuses."""
    order = list(STATUSES)
    best: dict[str, dict[str, Any]] = {}
    for link in phenomenon["links"]:
        known = best.get(link["theory"])
        if known is None or order.index(link["status"]) < order.index(known["status"]):
            best[link["theory"]] = link
    return list(best.values())


def line(top: float, other: float, link: dict[str, Any]) -> str:
    """Draw one line from a phenomenon to a theory."""
    start, stop = LEFT[0] + LEFT[1], RIGHT[0]
    middle, y0, y1 = (start + stop) / 2, top + BOX / 2, other + BOX / 2
    return (
        f'<path class="ib-map-line ib-status-{link["status"]}" '
        f'd="M{start} {y0:.0f} C{middle:.0f} {y0:.0f} {middle:.0f} {y1:.0f} '
        f'{stop} {y1:.0f}"/>'
    )


def box(column: tuple[int, int], top: float, title: str, href: str) -> str:
    """Draw one box with its title on one or two lines, linked to its entry."""
    left, width = column
    words = textwrap.wrap(title, width // 8) or [title]
    first = top + BOX / 2 + 5 - 9 * (len(words) - 1)
    spans = "".join(
        f'<tspan x="{left + 12}" y="{first + 18 * i:.0f}">{escape(row)}</tspan>'
        for i, row in enumerate(words)
    )
    drawn = (
        f'<rect x="{left + 1}" y="{top:.0f}" width="{width - 2}" '
        f'height="{BOX}" rx="5"/>'
        f"<text>{spans}</text>"
    )
    kind = "ib-map-box ib-map-theory" if column is RIGHT else "ib-map-box"
    return f'<a class="{kind}" href="{href}">{drawn}</a>'


def key() -> str:
    """Say what the lines mean."""
    items = "".join(
        '<li><svg viewBox="0 0 40 8" aria-hidden="true">'
        f'<path class="ib-map-line ib-status-{status}" d="M0 4 L40 4"/></svg>'
        f"{escape(words)}</li>"
        for status, words in STATUSES.items()
    )
    return f'<ul class="ib-map-key">{items}</ul>'


def add_style(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the map's style on its page only."""
    if pagename == PAGE:
        app.add_css_file("book-map.css", priority=905)


def setup(app: Sphinx) -> None:
    """Register the directives and the style."""
    app.connect("html-page-context", add_style)
    app.add_directive("theory-map", TheoryMap)
    app.add_directive("theory-list", TheoryList)
