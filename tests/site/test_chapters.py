"""What a reader does in a chapter: move, play, answer, unfold, download."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from visits import Visit, pages, slowness

pytestmark = pytest.mark.site

SHOWN = """() => [...document.querySelectorAll('.ib-frame img')]
  .filter(i => i.offsetParent !== null).map(i => i.src.length + i.alt)"""
CHANGED = f"before => String(({SHOWN})()) !== String(before)"
MAX_STEP = 50
# From the key to the frame after the one in which the new picture is decoded; a
# picture that never comes ends the wait.
WATCH = """() => {
  const visible = () => [...document.querySelectorAll('.ib-frame img')]
    .find(image => image.offsetParent !== null);
  const before = visible().alt;
  window.ibStep = new Promise(done => {
    const begin = () => {
      const start = performance.now();
      const look = () => {
        const image = visible(), now = performance.now() - start;
        if (now > 3000) return done(now);
        if (!image || image.alt === before) return requestAnimationFrame(look);
        image.decode().then(() => requestAnimationFrame(() =>
          done(performance.now() - start)));
      };
      look();
    };
    addEventListener('keydown', begin, {once: true, capture: true});
  });
}"""

CHAPTERS = [Path(page).stem for page in pages() if page.startswith("notebooks/")]


@pytest.fixture(scope="module", params=CHAPTERS or ["07_three_factors"])
def chapter(request, site: Path) -> str:
    """Return each chapter with an explorer in turn."""
    path = f"notebooks/{request.param}.html"
    if not (site / path).is_file():
        pytest.fail(f"{path} is not part of the site.")
    return path


@pytest.fixture(scope="module")
def shelf() -> Iterator[dict[str, Any]]:
    """Keep the page of the chapter that was read last."""
    kept: dict[str, Any] = {}
    yield kept
    for visiting, _ in kept.values():
        visiting.close()


@pytest.fixture
def visit(browser, below: str, shelf: dict[str, Any]) -> Callable[[str], Any]:
    """Return a function that gives a chapter's page, opened once for its tests.

    The site is served below a path, as project pages are.  A chapter is heavy; its
    tests compare before and after, so they can share a page.
    """

    def opened(path: str) -> Any:
        if path not in shelf:
            while shelf:
                shelf.popitem()[1][0].close()
            visiting = Visit(browser, below)
            shelf[path] = (visiting, visiting(path))
        return shelf[path][1]

    return opened


def test_slider_by_keyboard(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    handle = page.locator(".ib-slider .noUi-handle").first
    before, value = page.evaluate(SHOWN), handle.get_attribute("aria-valuetext")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(CHANGED, arg=before)
    assert handle.get_attribute("aria-valuetext") != value


def test_slider_by_mouse(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    slider = page.locator(".ib-slider .noUi-base").first
    slider.scroll_into_view_if_needed()
    before = page.evaluate(SHOWN)
    box = slider.bounding_box()
    handle = page.locator(".ib-slider .noUi-handle").first.bounding_box()
    # Another test may have left the handle anywhere: go to the far end.
    place = (handle["x"] + handle["width"] / 2 - box["x"]) / box["width"]
    share = 0.1 if place > 0.5 else 0.9
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_function(CHANGED, arg=before)


def test_slider_is_named_and_its_change_announced(
    visit: Callable[[str], Any], chapter: str
) -> None:
    page = visit(chapter)
    handle = page.locator(".ib-slider .noUi-handle").first
    label = page.locator(".ib-slider .widget-label").first.inner_text()
    assert handle.get_attribute("aria-label") == label.strip()
    handle.focus()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(500)
    live = page.locator(".ib-explorer .ib-announce").first
    captions = page.locator(".ib-explorer").first.locator(".ib-frame figcaption")
    shown = [c.inner_text() for c in captions.all() if c.is_visible()]
    assert live.text_content() in shown


def test_play_advances_and_stops(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    handle = page.locator(".ib-slider .noUi-handle").first
    row = page.locator(".ib-controls").first
    # From the left end there is somewhere to go.
    handle.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    before = page.evaluate(SHOWN)
    row.get_by_role("button", name="Play").click()
    page.wait_for_function(CHANGED, arg=before)
    row.get_by_role("button", name="Stop").click()
    page.wait_for_timeout(300)
    still = page.evaluate(SHOWN)
    page.wait_for_timeout(1000)  # a step takes 600
    assert page.evaluate(SHOWN) == still


def test_nothing_plays_under_reduced_motion(
    visit: Callable[[str], Any], chapter: str
) -> None:
    page = visit(chapter)
    assert page.locator(".ib-play").first.is_visible()
    page.emulate_media(reduced_motion="reduce")
    assert not page.locator(".ib-play").first.is_visible()
    page.emulate_media(reduced_motion="no-preference")


def test_what_needs_a_kernel_is_hidden(
    visit: Callable[[str], Any], chapter: str
) -> None:
    page = visit(chapter)
    assert not any(e.is_visible() for e in page.locator(".ib-needs-kernel").all())


def test_quiz_tells_right_from_wrong(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    quiz = page.locator(".ib-predict").first
    wrong = quiz.locator(".ib-wrong").first
    right = quiz.locator(".ib-right").first
    assert not wrong.locator("p").is_visible()
    wrong.locator("summary").click()
    assert wrong.locator("p").inner_text().startswith("✗ Not so.") or (
        "Not so." in wrong.locator("p").inner_text()
    )
    right.locator("summary").focus()
    page.keyboard.press("Enter")
    assert "Right." in right.locator("p").inner_text()


def test_solution_unfolds(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    solution = page.locator("div.solution.dropdown").first
    content = solution.locator(
        ":scope > section, :scope > p:not(.admonition-title)"
    ).first
    assert not content.is_visible()
    solution.locator("button.toggle-button").click()
    content.wait_for(state="visible")


def test_code_of_figures_unfolds(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    fold = page.locator("details.above-input").first
    assert not fold.locator("pre").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator("pre").first.is_visible()


def test_claims_are_rows_that_lead_to_the_ledger(
    visit: Callable[[str], Any], chapter: str
) -> None:
    page = visit(chapter)
    rows = page.locator(".ib-claim")
    assert rows.count() >= 1
    assert "holds" in rows.first.locator(".ib-claim-verdict").inner_text()
    claim = rows.first.get_attribute("id").removeprefix("claim-")
    rows.first.locator("a").click()
    page.wait_for_url("**/ledger.html*")
    row = page.locator(f"#ledger-{claim}")
    row.get_by_role("link").first.click()
    page.wait_for_url(f"**/{chapter}#claim-{claim}")


def test_figures_offer_their_data(visit: Callable[[str], Any], chapter: str) -> None:
    page = visit(chapter)
    links = page.locator(".ib-figure-links")
    assert links.count() >= 1
    with page.expect_download() as download:
        links.first.get_by_text("Data (CSV)").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("panel,series")
    assert len(lines) > 2


def test_figures_stay_opaque_in_the_dark(
    visit: Callable[[str], Any], chapter: str
) -> None:
    page = visit(chapter)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    ground = "e => getComputedStyle(e).backgroundColor"
    assert page.locator("body").evaluate(ground) != "rgb(255, 255, 255)"
    figure = page.locator("img.ib-figure").first
    assert figure.evaluate(ground) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="light")


def test_a_chapter_prints(visit: Callable[[str], Any], chapter: str) -> None:
    paper = visit(chapter).pdf(format="A4", print_background=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert paper.startswith(b"%PDF")
    assert 5 <= sheets <= 80


def step(page) -> float:
    """Press a key on the first slider; return the milliseconds to the new picture."""
    page.evaluate(WATCH)
    page.keyboard.press("ArrowRight")
    return page.evaluate("window.ibStep")


def test_a_figure_follows_the_slider_at_once(
    visit: Callable[[str], Any], chapter: str, browser, root: str
) -> None:
    page = visit(chapter)
    handle = page.locator(".ib-slider .noUi-handle").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    medians: list[float] = []
    for _ in range(4):  # the other worker's pages share the machine
        slow = slowness(browser, root) if medians else 1.0
        medians.append(statistics.median(step(page) for _ in range(3)) / slow)
        if medians[-1] < MAX_STEP:
            return
        page.keyboard.press("Home")
        page.wait_for_timeout(700)
    pytest.fail(f"a step takes, in milliseconds: {medians}")


def test_all_this_works_below_a_path(
    visit: Callable[[str], Any], chapter: str, shelf: dict[str, Any]
) -> None:
    visit(chapter)
    visiting, _ = shelf[chapter]
    assert (visiting.outside, visiting.failed, visiting.errors) == ([], [], [])
