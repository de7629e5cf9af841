"""A real browser on the built site."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

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
    # There is no other host than this one.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
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


PAGE = re.compile(r"((?:book|notebooks|course)/[^\]]+?|search)\.html|\[(\d\d_\w+)\]")


class ByPage(LoadScopeScheduling):
    """Give all tests that look at one page to one worker, which opens it once.

    Tests of no particular page stay together by file.
    """

    def _split_scope(self, nodeid: str) -> str:
        match = PAGE.search(nodeid)
        if match is None:
            return nodeid.split("::")[0]
        return match[1] or f"notebooks/{match[2]}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPage:
    """Spread the pages over the workers."""
    return ByPage(config, log)


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
