"""The first page's live figure, and what no page may say."""

from __future__ import annotations

from pathlib import Path

import pytest
from visits import Visit

pytestmark = pytest.mark.site


def test_live_figure_follows_the_keyboard(visit: Visit) -> None:
    page = visit("book/index.html")
    slider = page.locator("#ib-live-size")
    figure = page.locator(".ib-live")
    sentences, curves = set(), set()
    slider.focus()
    for _ in range(3):
        sentences.add(figure.locator("figcaption").inner_text())
        curves.add(figure.locator(".ib-fit").get_attribute("d"))
        page.keyboard.press("ArrowRight")
    assert len(sentences) == len(curves) == 3
    assert "parameters" in slider.get_attribute("aria-valuetext")


def test_live_figure_peaks_at_the_threshold(visit: Visit) -> None:
    page = visit("book/index.html")
    states = page.evaluate(
        "JSON.parse(document.querySelector('.ib-live-states').textContent)"
    )
    # SVG counts downwards: the highest point has the least ordinate.
    worst = min(states, key=lambda state: state["at"][1])
    assert worst["size"] == 12


def test_pages_name_no_place_of_the_machine_that_built_them(site: Path) -> None:
    root = str(Path(__file__).resolve().parents[2])
    for path in site.rglob("*.html"):
        assert root not in path.read_text(encoding="utf-8"), path
