"""Open a page as a reader would, and record everything it asks for."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"

WEIGHTS: dict[str, int] = {}
TEXT = (".html", ".js", ".css", ".svg", ".json", ".txt")
# The widgets' manager validates its state with a library that remarks on the
# schema's style.
HARMLESS = ("strict mode: use allowUnionTypes",)


LOADED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
PAINTED = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => done(Infinity), 3000);
})"""
# Two idle cores made the landing page interactive in 395 to 673 ms, five looks.
QUIET_MILLISECONDS = 500.0


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
        Requests to other hosts; the browser is started so that it finds none.
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
        self.pending: set[Any] = set()
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
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfinished", self._done)
        page.on("requestfailed", self._done)
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
        quiet = 0
        while quiet < 3:  # nothing was on its way three times running
            page.wait_for_timeout(40)
            quiet = 0 if self.pending else quiet + 1

    def close(self) -> None:
        """Close every page of this visit."""
        for context in self.contexts:
            context.close()

    def _request(self, request: Any) -> None:
        self.pending.add(request)
        if not request.url.startswith((self.root, "data:", "blob:")):
            self.outside.append(request.url)

    def _done(self, request: Any) -> None:
        self.pending.discard(request)

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")
        self.weight += self._weight(response)

    def _weight(self, response: Any) -> int:
        """Return the bytes of an answer; the files do not change between visits."""
        if response.url not in WEIGHTS:
            try:
                body = response.body()
            except Exception:  # noqa: BLE001 - redirects and aborted requests have none
                return 0
            text = response.url.split("?")[0].endswith(TEXT)
            WEIGHTS[response.url] = len(gzip.compress(body, 6) if text else body)
        return WEIGHTS[response.url]

    def _console(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            self.errors.append(message.text)


def times(page: Any) -> tuple[float, float]:
    """Return when a page was interactive and when its largest part was painted."""
    return page.evaluate(LOADED), page.evaluate(PAINTED)


def look(browser: Any, address: str) -> tuple[float, float]:
    """Return a page's times in milliseconds, with nobody listening to its requests."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address, wait_until="load")
    found = times(page)
    context.close()
    return found


def slowness(browser: Any, root: str) -> float:
    """Return how many times slower than two idle cores this machine is now, at least 1.

    Other pages and other programs may share it.
    """
    return max(1.0, look(browser, root + "book/index.html")[0] / QUIET_MILLISECONDS)
