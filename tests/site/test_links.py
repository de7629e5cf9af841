"""Every link inside the site leads somewhere; no browser needed."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.site


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        for name in ("href", "src"):
            if values.get(name):
                self.targets.append(str(values[name]))
        if tag == "img":
            self.images.append(values)


@cache
def parse(path: Path) -> _Page:
    """Read a page's links, ids and images."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken(site: Path, path: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    found = []
    for target in parse(path).targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        file = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
        if not file.is_relative_to(site.resolve()):
            found.append(f"{target} leads out of the site")
        elif not file.is_file():
            found.append(f"{target} does not exist")
        elif (
            parts.fragment
            and file.suffix == ".html"
            and unquote(parts.fragment) not in parse(file).ids
        ):
            found.append(f"{target} has no such anchor")
    return found


def test_internal_links_and_anchors(site: Path, page_path: str) -> None:
    assert broken(site, site / page_path) == []


def test_ids_are_unique(site: Path, page_path: str) -> None:
    ids = parse(site / page_path).ids
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


def test_images_have_alternative_text(site: Path, page_path: str) -> None:
    without = [
        i.get("src", "")[:80]
        for i in parse(site / page_path).images
        if not i.get("alt")
    ]
    assert without == []


def test_figures_say_what_is_seen(site: Path, page_path: str) -> None:
    figures = [
        i
        for i in parse(site / page_path).images
        if "ib-figure" in (i.get("class") or "")
    ]
    assert all(len(str(i["alt"]).split()) >= 8 for i in figures)


def test_the_first_page_leads_to_the_book(site: Path) -> None:
    assert "book/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_launch_links_name_this_notebook(site: Path) -> None:
    for path in sorted((site / "notebooks").glob("*.html")):
        targets = parse(path).targets
        notebook = f"notebooks/{path.stem}.ipynb"
        for service in ("mybinder.org", "colab.research.google.com"):
            assert any(service in t and t.endswith(notebook) for t in targets), service
        assert any(t.endswith(f"_sources/{notebook}") for t in targets)
