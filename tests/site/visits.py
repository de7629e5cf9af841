"""Open a page as a reader would, and record everything it asks for."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"

TEXT = (".html", ".js", ".css", ".svg", ".json", ".txt")
# The widgets' manager validates its state with a library that remarks on the
# schema's style.
HARMLESS = ("strict mode: use allowUnionTypes",)


LOADED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
# A landing page that is interactive this early leaves the budgets as they are.  The
# number is chosen, not measured: an idle but slow machine took 630 to 930.
QUIET_MILLISECONDS = 450.0


def pages(folder: Path = SITE) -> list[str]:
    """Return the pages of the book, relative to the site's root."""
    found = [
        path.relative_to(folder).as_posix()
        for part in ("book", "notebooks", "course")
        for path in folder.glob(f"{part}/**/*.html")
    ]
    return sorted(found) + ["search.html"] * bool(found)


class Visit:
    """One reader's browser.

    Attributes
    ----------
    outside : list of str
        Requests to other hosts; they are refused.
    failed : list of str
        Answers with an error status.
    errors : list of str
        Errors on the console and uncaught exceptions.
    weight : int
        Bytes received, text compressed as a server would send it.
    """

    def __init__(self, browser: Any, root: str) -> None:
        self.browser, self.root = browser, root
        self.contexts: list[Any] = []
        self.outside: list[str] = []
        self.failed: list[str] = []
        self.errors: list[str] = []
        self.weight = 0

    def __call__(
        self,
        path: str,
        *,
        mode: str = "light",
        width: int = 1280,
        motion: str = "no-preference",
        settle: bool = True,
    ) -> Any:
        """Open a page and wait until mathematics and widgets are drawn."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=mode,
            reduced_motion=motion,
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.route("**/*", self._route)
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.goto(self.root + path, wait_until="load")
        if settle:
            self.settle(page)
        return page

    def settle(self, page: Any) -> None:
        """Wait for what the scripts draw."""
        page.wait_for_function("!window.MathJax || !!window.MathJax.startup?.promise")
        page.evaluate("window.MathJax && window.MathJax.startup.promise")
        views = 'script[type^="application/vnd.jupyter.widget-view"]'
        if page.locator(views).count():
            page.wait_for_selector(".ib-slider .noUi-handle[aria-valuetext]")
        page.wait_for_load_state("networkidle")

    def close(self) -> None:
        """Close every page of this visit."""
        for context in self.contexts:
            context.close()

    def _route(self, route: Any) -> None:
        url = route.request.url
        if url.startswith((self.root, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")
        try:
            body = response.body()
        except Exception:  # noqa: BLE001 - redirects and aborted requests have none
            return
        name = response.url.split("?")[0]
        self.weight += len(gzip.compress(body, 6) if name.endswith(TEXT) else body)

    def _console(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            self.errors.append(message.text)


def slowness(browser: Any, root: str) -> float:
    """Return how many times slower than a quiet machine this one is now, at least 1.

    Budgets are in units of the landing page, opened at the same time: other pages
    and other programs may share the machine.
    """
    visit = Visit(browser, root)
    ready = visit("book/index.html", settle=False).evaluate(LOADED)
    visit.close()
    return max(1.0, ready / QUIET_MILLISECONDS)
