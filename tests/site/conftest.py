"""A real browser on the built site."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from site_server import serve
from visits import SITE, Visit, pages

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "book" / "_assets" / "test" / "axe" / "axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(sentence: str) -> None:
    """Skip with one sentence; where everything must be there, fail."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``page`` on every page of the book."""
    if "page_path" in metafunc.fixturenames:
        # One test that says what is missing where nothing is built.
        metafunc.parametrize("page_path", pages() or ["book/index.html"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests on one worker, but spread the pages over all of them."""
    for item in items:
        asked = getattr(item, "callspec", None)
        named = asked.params if asked else {}
        page = named.get("page_path") or named.get("chapter") or item.path.name
        item.add_marker(pytest.mark.xdist_group(str(page)))


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built site."""
    if not (SITE / "index.html").is_file():
        missing("The site is not built: run `make book`.")
    return SITE


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the accessibility checker's script."""
    if not AXE.is_file():
        missing("axe-core is not installed: run `python book/_tools/fetch_assets.py`.")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def root(site: Path) -> Iterator[str]:
    """Serve the site at the root of a host."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def below(site: Path) -> Iterator[str]:
    """Serve the site below a path, as project pages are."""
    with serve(site, "/interpolation-book/") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Start Chromium once."""
    path = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if not path:
        missing("No browser: install Chromium, or name it in the variable CHROMIUM.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed: `pip install -r requirements.txt`.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, root: str) -> Iterator[Visit]:
    """Return a fresh visit to the site: ``visit(page, mode=..., width=...)``."""
    visiting = Visit(browser, root)
    yield visiting
    visiting.close()
