"""What holds on every page: self-contained, light, readable, accessible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from visits import Visit, look, pages, slowness, times

pytestmark = pytest.mark.site

MAX_BYTES = 1_500_000
MAX_MILLISECONDS = 1_500
MAX_PAINT = 2_000
# WCAG 2.2 A and AA and axe-core's best practices; in the dark, what changes.
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "dark": ["color-contrast", "link-in-text-block", "target-size"],
}
# What passes is most of a page, and describing it most of the time.
AXE_RUN = """rules => axe.run(
  {runOnly: rules, resultTypes: ['violations', 'incomplete'], selectors: false}
).then(({violations, incomplete}) => ({violations, incomplete}))"""
# Four of five elements of a chapter are MathJax's, which are hidden from screen
# readers and have the text's color, or words of code.  Formulas become boxes of their
# size, all but some with their MathML, and a kind of word keeps its color once.
WITHOUT_REPETITION = """() => {
  const formulas = [...document.querySelectorAll('mjx-math')];
  const boxes = formulas.map(formula => formula.getBoundingClientRect());
  formulas.forEach((formula, i) => {
    formula.replaceChildren();
    Object.assign(formula.style, {
      display: 'inline-block', width: `${boxes[i].width}px`,
      height: `${boxes[i].height}px`});
  });
  [...document.querySelectorAll('mjx-assistive-mml')].slice(20)
    .forEach(copy => copy.replaceChildren('formula'));
  const known = new Set();
  for (const word of document.querySelectorAll('.highlight pre span')) {
    if (word.children.length) continue;
    if (known.has(word.className)) word.replaceWith(...word.childNodes);
    known.add(word.className);
  }
  document.querySelectorAll('.highlight pre').forEach(code => code.normalize());
}"""
STILL = """() => !document.getAnimations().some(
  each => each instanceof CSSTransition && each.playState === 'running')"""
FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20))))"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOSE = """() => [...document.querySelectorAll('article span.math')]
  .filter(formula => formula.nextSibling?.nodeType === Node.TEXT_NODE
    && /^[.,;:!?)]/.test(formula.nextSibling.data)
    && getComputedStyle(formula.parentElement).whiteSpace !== 'nowrap')
  .map(formula => formula.parentElement.textContent.slice(0, 60))"""
# Formulas that fit and scroll nevertheless; browsers under test hide the bars.
NEEDLESS = """() => [...document.querySelectorAll('article mjx-container')]
  .filter(formula => formula.clientWidth
    && getComputedStyle(formula).overflowX === 'auto'
    && formula.scrollWidth > formula.clientWidth + 1
    && formula.querySelector('mjx-math').getBoundingClientRect().width
      <= formula.clientWidth + 1)
  .map(formula => formula.textContent.slice(0, 60))"""
UNFOLD = """() => {
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  document.querySelectorAll('.toggle-hidden button.toggle-button')
    .forEach(b => b.click());
}"""
RAW_TEX = r"""() => {
  const walker = document.createTreeWalker(
    document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest('pre, code, script, style, mjx-container')) continue;
    if (/\\\(|\\\[|\\begin\{|\\(frac|sum|hat|mathbb|lVert|beta)\b|\$[^$\n]{1,80}\$/
        .test(node.textContent)) found.push(node.textContent.trim().slice(0, 80));
  }
  return found;
}"""


@dataclass
class Opened:
    """A page as it is after everything is drawn."""

    path: str
    page: Any
    visit: Visit
    weight: int
    times: tuple[float, float]


@pytest.fixture(scope="session", params=pages() or ["book/index.html"])
def opened(request, site: Path, browser, root: str) -> Iterator[Opened]:
    """Open each page once, for all the tests that only look at it."""
    visit = Visit(browser, root)
    page = visit(request.param)
    yield Opened(request.param, page, visit, visit.weight, times(page))
    visit.close()


def test_self_contained_and_without_errors(opened: Opened) -> None:
    assert opened.visit.outside == []
    assert opened.visit.failed == []
    assert opened.visit.errors == []


# Chapters are read below a path in test_chapters.
@pytest.mark.parametrize(
    "path", ["index.html", "book/ledger.html", "book/api/linear.html", "search.html"]
)
def test_works_below_a_path(browser, below: str, path: str) -> None:
    visit = Visit(browser, below)
    visit(path, settle=path != "index.html")
    visit.close()
    assert (visit.outside, visit.failed, visit.errors) == ([], [], [])


def test_mathematics_is_typeset(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate(RAW_TEX) == []
    sources = page.locator("article .math").count()
    assert page.locator("article mjx-container").count() >= sources
    assert page.locator("article mjx-merror").count() == 0
    assert page.evaluate(LOOSE) == [], "a mark may begin a line"
    # Screen readers get the same as MathML.
    assert page.locator("article mjx-assistive-mml").count() >= sources


def test_light(opened: Opened) -> None:
    assert opened.weight < MAX_BYTES


def test_fast(opened: Opened, browser, root: str) -> None:
    looks = [opened.times]
    # The machine may be busy with other pages: the best of seven looks counts.
    while not quick(looks[-1]) and len(looks) < 7:
        looks.append(look(browser, root + opened.path))
        if not quick(looks[-1]):
            slow = slowness(browser, root)
            again = look(browser, root + opened.path)
            looks.append((again[0] / slow, again[1] / slow))
    assert quick(looks[-1]), f"interactive and painted after, in milliseconds: {looks}"


def quick(times: tuple[float, float]) -> bool:
    """Say whether a look is within the budget."""
    return times[0] < MAX_MILLISECONDS and times[1] < MAX_PAINT


def test_every_image_has_text(opened: Opened) -> None:
    without = "[...document.images].filter(i => !i.alt.trim()).map(i => i.outerHTML)"
    assert opened.page.evaluate(without) == []


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_only_what_is_too_wide_scrolls_and_never_the_page(
    opened: Opened, width: int
) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.evaluate(FRAMES)
    assert opened.page.evaluate(OVERFLOW) <= 0
    assert opened.page.evaluate(NEEDLESS) == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible(opened: Opened, axe: str, mode: str) -> None:
    page = opened.page
    page.emulate_media(color_scheme=mode)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{mode}'")
    # Folded answers and solutions are part of the page.
    page.evaluate(UNFOLD)
    page.evaluate(FRAMES)
    page.wait_for_function(STILL)
    page.evaluate(WITHOUT_REPETITION)
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    result = page.evaluate(AXE_RUN, RULES[mode])
    assert [
        (violation["id"], [node["html"][:120] for node in violation["nodes"][:3]])
        for violation in result["violations"]
    ] == []
    # Text in the color of what lies behind it counts as undecided with axe-core.
    assert [
        node["html"][:120]
        for undecided in result["incomplete"]
        for node in undecided["nodes"]
        if any(c["data"] and invisible(c["data"]) for c in node["any"])
    ] == []


def invisible(data: object) -> bool:
    """Say whether a color check found the same color before and behind."""
    return isinstance(data, dict) and data.get("messageKey") == "equalRatio"
