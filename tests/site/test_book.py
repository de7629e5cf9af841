"""Search, color mode, navigation and the ledger."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from visits import Visit

pytestmark = pytest.mark.site
LEDGER = "book/ledger.html"


def test_search_finds_a_term(visit: Visit) -> None:
    page = visit("search.html?q=interpolation", settle=False)
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a").count() >= 1
    assert (visit.outside, visit.failed, visit.errors) == ([], [], [])


def test_search_opens_by_keyboard_and_leads_to_results(visit: Visit) -> None:
    page = visit("book/index.html")
    page.keyboard.press("Control+k")
    field = page.locator("#pst-search-dialog input[type=search]")
    field.wait_for(state="visible")
    field.fill("ledger")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=ledger*")
    page.wait_for_selector("#search-results li a")


def test_color_mode_switches_and_is_remembered(visit: Visit) -> None:
    page = visit("book/index.html")
    html = page.locator("html")
    seen = set()
    for _ in range(3):
        page.get_by_role("button", name="Color mode").click()
        seen.add(html.get_attribute("data-theme"))
        if html.get_attribute("data-mode") == "dark":
            break
    assert "dark" in seen
    page.reload()
    assert html.get_attribute("data-theme") == "dark"


def test_contents_open_on_a_small_screen(visit: Visit) -> None:
    page = visit("book/how_to_use.html", width=390)
    contents = page.locator("nav.bd-links").first
    assert not contents.is_visible()
    page.locator(".bd-header-article button.primary-toggle").click()
    contents.wait_for(state="visible")
    page.get_by_role("link", name="The ledger of claims").first.click()
    page.wait_for_url("**/ledger.html")


def test_ledger_lists_every_check_of_the_chapters(visit: Visit, site: Path) -> None:
    page = visit(LEDGER)
    listed = page.locator("table.ib-ledger tbody tr").evaluate_all(
        "rows => rows.map(row => row.id.replace('ledger-', 'claim-'))"
    )
    in_chapters = [
        identifier
        for path in sorted((site / "notebooks").glob("*.html"))
        for identifier in _claim_ids(path)
    ]
    assert sorted(listed) == sorted(in_chapters)
    assert page.locator("table.ib-ledger tbody td:nth-child(2):empty").count() == 0


def _claim_ids(path: Path) -> list[str]:
    return re.findall(r'class="ib-claim [^"]*" id="([^"]+)"', path.read_text())


def test_ledger_sorts(visit: Visit) -> None:
    page = visit(LEDGER)
    head = page.locator("table.ib-ledger th", has_text="claim").first
    claims = "rows => rows.map(row => row.cells[0].textContent.trim())"
    rows = page.locator("table.ib-ledger tbody tr")
    assert head.get_attribute("aria-sort") == "ascending"
    up = rows.evaluate_all(claims)
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert rows.evaluate_all(claims) == up[::-1]
    tolerance = page.locator("table.ib-ledger th", has_text="tolerance")
    tolerance.get_by_role("button").click()
    assert tolerance.get_attribute("aria-sort") == "ascending"
    assert head.get_attribute("aria-sort") is None


def test_ledger_filters(visit: Visit) -> None:
    page = visit(LEDGER)
    rows = page.locator("table.ib-ledger tbody tr:visible")
    total = rows.count()
    page.get_by_label("Chapter").select_option("7")
    chapter = rows.count()
    assert 0 < chapter < total
    page.get_by_label("Words or numbers").fill("no claim says this")
    assert rows.count() == 0
    assert page.locator(".ib-filter output").inner_text().startswith("0 of ")


def test_ledger_counts_on_the_first_page(visit: Visit) -> None:
    page = visit(LEDGER)
    summary = page.locator("p.ib-ledger-summary").inner_text()
    assert "All hold." in summary
    number = summary.split()[0]
    assert number in visit("book/index.html").locator("article").inner_text()


def test_print_hides_what_cannot_be_clicked(visit: Visit) -> None:
    page = visit("notebooks/07_three_factors.html")
    page.emulate_media(media="print")
    for hidden in (".bd-sidebar-primary", ".bd-header-article", ".ib-controls"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("article h1").first.is_visible()
    assert page.locator("img.ib-figure").first.is_visible()
