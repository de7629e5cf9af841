"""The environment that Binder builds, and a chapter read and run in it.

The environment is built as repo2docker builds it: pip in the repository's root,
then ``binder/postBuild``.  It is kept below ``_build/binder-env`` until a file
that it is made from changes.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import nbformat
import pytest

pytestmark = pytest.mark.site

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "binder" / "requirements.txt"
TOKEN = "loopback"
# Where JupyterLab shows a Markdown cell.
TEXT = ".jp-MarkdownCell .myst"
HEAVY = {
    *("jupyter-book", "sphinx", "myst-nb", "myst-parser", "docutils", "numpydoc"),
    *("sphinx-book-theme", "sphinx-proof", "sphinx-exercise", "sphinx-design"),
    *("pytest", "pytest-xdist", "nbval", "playwright", "hypothesis", "ruff", "mypy"),
}
CELLS = """() => jupyterapp.shell.currentWidget.content.model.toJSON().cells
  .filter(cell => cell.cell_type === 'code').map(cell => ({
    count: cell.execution_count,
    errors: cell.outputs.filter(o => o.output_type === 'error')
      .map(o => `${o.ename}: ${o.evalue}`)}))"""
FOLDED = """() => jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => (cell.model.getMetadata('tags') || []).includes('hide-input'))
  .map(cell => cell.inputHidden)"""
RENDERED = """() => [...document.querySelectorAll('.jp-MarkdownCell')]
  .every(cell => cell.querySelector('.myst')?.textContent)"""
RUN = """() => { window.finished = null;
  jupyterapp.commands.execute('notebook:run-all-cells')
    .then(good => { window.finished = good; }, () => { window.finished = false; }) }"""


def missing(sentence: str) -> NoReturn:
    """Skip with one sentence; where everything must be there, fail."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def pinned(text: str) -> dict[str, str]:
    """Return the pins of a requirements file that hold for Binder's Python."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)(?: *;([^\\\n]*))?", text, re.M)
    return {
        name.lower(): version
        for name, version, condition in found
        if ">= '3.12'" not in condition
    }


# -- The environment ----------------------------------------------------------


def reader(home: Path, environment: Path) -> dict[str, str]:
    """Return the variables of a reader who has nothing but the environment."""
    ours = ("JUPYTER", "IPYTHON", "PYTHON", "XDG_", "VIRTUAL_ENV")
    variables = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    variables["HOME"] = str(home)
    variables["PATH"] = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # Data that are at hand already are not downloaded again.
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    variables["XDG_CACHE_HOME"] = str(cache)
    if data := os.environ.get("INTERPOLAB_DATA"):
        variables["INTERPOLAB_DATA"] = str(Path(data).expanduser().resolve())
    return variables


@pytest.fixture(scope="module")
def environment() -> Path:
    """Build the environment, or return the one built from the same files."""
    folder = ROOT / "_build"
    folder.mkdir(exist_ok=True)
    # Of several test workers one builds, and the others wait for it.
    with (folder / "binder-env.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return built()


def built() -> Path:
    """Build the environment if it is not there."""
    files = (REQUIREMENTS, ROOT / "binder" / "postBuild", ROOT / "pyproject.toml")
    made_from = [path.read_bytes() for path in files]
    key = hashlib.sha256(b"\0".join([*made_from, sys.version.encode()])).hexdigest()
    folder = ROOT / "_build" / "binder-env" / key[:12]
    complete = folder / "complete"
    if complete.is_file():
        return folder
    shutil.rmtree(folder.parent, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = ["-m", "pip", "install", "-r", "binder/requirements.txt"]
    done = subprocess.run(
        [str(folder / "bin" / "python"), *install],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    unreachable = re.search(r"connection broken|name resolution", done.stderr)
    if done.returncode != 0 and unreachable:
        missing("No network: the Binder environment cannot be installed.")
    assert done.returncode == 0, done.stderr[-3000:]
    complete.touch()
    return folder


@pytest.fixture(scope="module")
def image(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home as in the image: a copy of the book after postBuild."""
    home = tmp_path_factory.mktemp("image")
    for part in ("binder", "notebooks"):
        shutil.copytree(ROOT / part, home / part)
    shutil.copytree(ROOT / "course" / "release", home / "course" / "release")
    (home / "book").mkdir()
    for file in (ROOT / "book").iterdir():
        if file.suffix in (".md", ".bib"):
            shutil.copy(file, home / "book")
    done = subprocess.run(
        [str(home / "binder" / "postBuild")],
        cwd=home,
        env=reader(home, environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def test_environment_holds_what_running_needs_and_no_more(environment: Path) -> None:
    ask = (
        "import importlib.metadata as m, json, interpolab; print(json.dumps([inter"
        "polab.__file__, {d.name.lower(): d.version for d in m.distributions()}]))"
    )
    python = str(environment / "bin" / "python")
    said = subprocess.run([python, "-c", ask], capture_output=True, check=True).stdout
    where, installed = json.loads(said)
    assert Path(where).is_relative_to(ROOT / "utils"), "the package is the repository's"
    assert not HEAVY & {name.replace("_", "-") for name in installed}
    assert {"jupyterlab", "ipywidgets", "matplotlib"} <= installed.keys()


def test_pins_are_those_of_the_lock_file() -> None:
    lock = pinned((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    pins = pinned(REQUIREMENTS.read_text(encoding="utf-8"))
    assert {"numpy", "scipy", "scikit-learn", "jupyterlab"} <= pins.keys()
    assert pins == {name: lock[name] for name in pins}, (
        "binder/requirements.txt must pin the versions of requirements.lock"
    )


# -- What postBuild makes of the chapters --------------------------------------

BIBLIOGRAPHY = r"""
@article{one, author = {Lugosi, G{\'a}bor}, title = {A {B}, c}, year = 2001}
@misc{two, author={Gy{\"o}rfi, L. and Krzy\.zak, A.}, title={T}, year={2002},
  eprint = {1234.5678}}
@book{three, author = "A, B and C, D and E, F", title = "U", year = "2003"}
"""


def edition_of(folder: Path, **chapters: list[Any]) -> dict[str, list[Any]]:
    """Rewrite chapters with a bibliography of three; return their cells."""
    (folder / "book").mkdir(exist_ok=True)
    (folder / "book" / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (folder / "notebooks").mkdir(exist_ok=True)
    for name, cells in chapters.items():
        notebook = nbformat.v4.new_notebook(cells=cells)
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
    script = ROOT / "binder" / "lab_edition.py"
    written = []
    for _ in range(2):
        subprocess.run([sys.executable, str(script)], cwd=folder, check=True)
        paths = sorted((folder / "notebooks").glob("*.ipynb"))
        written.append({path.stem: path.read_text("utf-8") for path in paths})
    assert written[0] == written[1], "a second time changes nothing"
    return {name: nbformat.reads(t, 4).cells for name, t in written[0].items()}


def figure(name: str) -> Any:
    settings = {"figure": {"name": name, "caption": "After {cite:p}`one`.\n"}}
    metadata = {"mystnb": settings, "tags": ["hide-input"]}
    return nbformat.v4.new_code_cell("draw()", metadata=metadata)


def test_citations_and_figures_get_names_and_numbers(tmp_path: Path) -> None:
    words = nbformat.v4.new_markdown_cell(
        "{cite:t}`two`, {cite:t}`three`, {cite:p}`one,three`, {cite:t}`unknown`, "
        "{numref}`fig-b`, {numref}`Panel %s <fig-a>`, {eq}`here`\n\n$$ x $$ (here)"
    )
    cells = edition_of(tmp_path, **{"01_x": [figure("fig-a"), figure("fig-b"), words]})[
        "01_x"
    ]
    assert [cell.cell_type[:2] for cell in cells] == [
        "co",
        "ma",
        "co",
        "ma",
        "ma",
        "ma",
    ]
    assert cells[1].source == "**Figure 1.** After (Lugosi, 2001)."
    assert cells[4].source.startswith(
        "Györfi and Krzyżak (2002), A et al. (2003), (Lugosi, 2001; A et al., 2003),"
        " {cite:t}`unknown`, Figure 2, Panel 1, {eq}`here`"
    )
    assert "Gábor Lugosi. *A B, c*. 2001." in cells[5].source
    assert "[arXiv 1234.5678](https://arxiv.org/abs/1234.5678), 2002" in cells[5].source
    assert cells[0].metadata.jupyter.source_hidden


def test_labels_of_other_chapters_become_links(tmp_path: Path) -> None:
    theorem = nbformat.v4.new_markdown_cell(
        "```{prf:theorem} Title\n:class: x\n:label: thm-1\nText.\n```\n{prf:ref}`thm-1`"
    )
    there = nbformat.v4.new_markdown_cell("{prf:ref}`thm-1` and {numref}`fig-a`")
    cells = edition_of(
        tmp_path, **{"01_x": [theorem, figure("fig-a")], "02_y": [there]}
    )
    assert cells["01_x"][0].source.endswith("{prf:ref}`thm-1`"), "JupyterLab knows it"
    link = "[Chapter 1](01_x.ipynb)"
    assert cells["02_y"][0].source == f"Theorem of {link} and Figure 1 of {link}"


# -- JupyterLab in a browser -----------------------------------------------------


def chapter(folder: Path) -> str:
    """Return the quickest chapter that draws values in between."""
    named = {
        path.name
        for path in folder.glob("*.ipynb")
        if "between=True" in path.read_text(encoding="utf-8")
    }
    assert named, "no chapter has an explorer that a kernel draws for"
    with (ROOT / "book" / "run_times.csv").open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["seconds"]))
    timed = [name for row in rows if (name := f"{row['notebook']}.ipynb") in named]
    return timed[0] if timed else min(named)


@contextmanager
def jupyterlab(environment: Path, home: Path) -> Iterator[str]:
    """Serve JupyterLab on a free port; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--expose-app-in-browser"]
    options += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    options += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    log = home / "jupyterlab.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [str(environment / "bin" / "jupyter"), "lab", *options],
            cwd=home,
            env=reader(home, environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}/"
        answer_of(server, address, log)
        yield address
    finally:
        end(server)


def answer_of(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while True:
        assert server.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        try:
            urllib.request.urlopen(f"{address}api", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.1)


def end(server: subprocess.Popen[bytes]) -> None:
    """Stop the server, which stops its kernels; insist if it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None:
            os.killpg(server.pid, number)
        try:
            server.wait(timeout=20)
            return
        except subprocess.TimeoutExpired:
            continue


class Reading:
    """A chapter open in JupyterLab, and everything the browser asked for."""

    def __init__(self, browser: Any, address: str, name: str) -> None:
        self.address = address
        self.outside: list[str] = []
        self.unresolved: list[str] = []
        self.context = browser.new_context(viewport={"width": 1300, "height": 1000})
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.route("**/*", self._route)
        self.page.on("websocket", lambda socket: self._seen(socket.url))
        self.page.on("console", self._console)
        self.page.goto(f"{address}lab/tree/notebooks/{name}?token={TOKEN}")
        self.page.wait_for_selector(f"{TEXT} h1", timeout=60_000)
        self.page.wait_for_function(RENDERED, timeout=60_000)
        kernel = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
        self.page.wait_for_selector(kernel, timeout=60_000)

    def run_all(self) -> None:
        """Run every cell and wait for the last."""
        self.page.evaluate(RUN)
        # The limit on a chapter is 30 seconds; a busy machine may need thrice that.
        self.page.wait_for_function("window.finished !== null", timeout=120_000)

    def explorer(self) -> Any:
        """Return the first explorer that has a field for values in between."""
        kernel = self.page.locator(".ib-needs-kernel")
        found = self.page.locator(".ib-explorer").filter(has=kernel).first
        found.scroll_into_view_if_needed()
        return found

    def close(self) -> None:
        """Close the page; requests still under way are let go."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.context.close()

    def _seen(self, url: str) -> bool:
        ours = self.address.split("://")[1]
        if url.startswith(("data:", "blob:")) or url.split("://")[1].startswith(ours):
            return True
        self.outside.append(url)
        return False

    def _route(self, route: Any) -> None:
        if self._seen(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _console(self, message: Any) -> None:
        if "target was not found" in message.text:
            self.unresolved.extend(message.text.splitlines())


@pytest.fixture(scope="module")
def reading(browser: Any, environment: Path, image: Path) -> Iterator[Reading]:
    """Open a chapter in JupyterLab, as the launch button does."""
    # Off the screen, cells are else not in the page; a test wants to see them all.
    plugin = image / ".jupyter/lab/user-settings/@jupyterlab/notebook-extension"
    plugin.mkdir(parents=True)
    settings = json.dumps({"windowingMode": "none"})
    (plugin / "tracker.jupyterlab-settings").write_text(settings, encoding="utf-8")
    with jupyterlab(environment, image) as address:
        opened = Reading(browser, address, chapter(image / "notebooks"))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def after_running(reading: Reading) -> Reading:
    """Run the chapter."""
    reading.run_all()
    if any("DataUnavailable" in error for error in errors(reading)):
        missing("No data: set INTERPOLAB_DATA to the folder that holds the data sets.")
    return reading


def errors(reading: Reading) -> list[str]:
    """Return what the cells raised."""
    return [error for cell in reading.page.evaluate(CELLS) for error in cell["errors"]]


def shown(explorer: Any) -> str:
    """Return the picture that the sliders show."""
    pictures = explorer.locator(".ib-frame img:visible")
    return str(pictures.last.get_attribute("src"))


def slide(reading: Reading) -> None:
    """Move a slider by keyboard and see the picture change."""
    explorer = reading.explorer()
    before = shown(explorer)
    handle = explorer.locator(".noUi-handle").first
    handle.focus()
    last = handle.get_attribute("aria-valuenow") == handle.get_attribute(
        "aria-valuemax"
    )
    reading.page.keyboard.press("ArrowLeft" if last else "ArrowRight")
    deadline = time.monotonic() + 5
    while shown(explorer) == before:
        assert time.monotonic() < deadline, "the picture does not follow the slider"
        reading.page.wait_for_timeout(50)
    assert shown(explorer).startswith("data:image/svg+xml,")


def test_opens_without_a_question(reading: Reading) -> None:
    assert reading.page.locator(".jp-Dialog, .Toastify__toast").count() == 0


def test_boxes_theorems_and_exercises_render(reading: Reading) -> None:
    page = reading.page
    for kind in ("chapter", "claim", "status"):
        page.wait_for_selector(f"{TEXT} aside.myst-admonition.{kind}")
    for title in ("Theorem 1", "Exercise 1", "Solution to Exercise 1"):
        page.locator(TEXT, has_text=title).first.wait_for()
    raw = page.locator(TEXT).filter(has_text=re.compile(r"(```|:::)\{|\{[a-z:]+\}`"))
    assert raw.all_inner_texts() == []
    assert page.locator(f"{TEXT} .katex").count() >= 10
    assert page.locator(".katex-error").all_inner_texts() == []


def test_every_reference_is_resolved(reading: Reading) -> None:
    assert reading.unresolved == []
    missed = reading.page.locator("[title='Cross Reference Not Found']")
    assert missed.all_inner_texts() == []


def test_code_that_only_plots_is_folded(reading: Reading) -> None:
    folded = reading.page.evaluate(FOLDED)
    assert len(folded) >= 1
    assert all(folded)


def test_proofs_and_solutions_are_closed_and_open(reading: Reading) -> None:
    closed = reading.page.locator(f"{TEXT} details")
    assert closed.count() >= 2
    assert not any(closed.evaluate_all("all => all.map(one => one.open)"))
    closed.first.locator("summary").click()
    assert closed.first.evaluate("one => one.open")
    assert closed.first.inner_text().count("\n") >= 1


def test_an_answer_looks_like_a_choice_and_opens_its_remark(reading: Reading) -> None:
    answer = reading.page.locator(".ib-option").first
    summary = answer.locator("summary")
    marker = "one => getComputedStyle(one).listStyleType"
    assert summary.evaluate(marker) == "disclosure-closed"
    assert not answer.locator("[role=status]").is_visible()
    summary.click()
    answer.locator("[role=status]").wait_for(state="visible")


def test_stored_explorer_moves_before_anything_has_run(reading: Reading) -> None:
    slide(reading)


def test_pages_of_the_book_open_rendered(reading: Reading) -> None:
    page = reading.page
    chapter_tab = page.locator(".lm-TabBar-tab", has_text=".ipynb").first
    page.evaluate(
        "jupyterapp.commands.execute('docmanager:open', {path: 'book/notation.md'})"
        ".then(() => null)"
    )
    page.wait_for_selector(".jp-MarkdownViewer h1")
    chapter_tab.click()
    page.wait_for_selector(".jp-MarkdownCell h1:visible")


def test_every_cell_runs(after_running: Reading) -> None:
    cells = after_running.page.evaluate(CELLS)
    assert errors(after_running) == []
    assert after_running.page.evaluate("window.finished") is True
    assert [cell["count"] for cell in cells] == list(range(1, len(cells) + 1))


def test_slider_moves_the_picture_after_running(after_running: Reading) -> None:
    slide(after_running)


def test_kernel_draws_a_value_in_between(after_running: Reading) -> None:
    explorer = after_running.explorer()
    field = explorer.locator(".ib-needs-kernel input").first
    low, high = (float(field.get_attribute(name) or 0) for name in ("min", "max"))
    # The golden section of an interval is no round number of the sliders.
    value = low + 0.382 * (high - low)
    field.fill(str(round(value) if high - low > 10 else round(value, 4)))
    field.press("Enter")
    drawn = explorer.locator(".ib-needs-kernel .ib-frame img")
    drawn.wait_for(state="visible")
    assert str(drawn.get_attribute("src")).startswith("data:image/svg+xml,")
    assert drawn.get_attribute("alt")
    stored = explorer.locator(".ib-frame img").evaluate_all(
        "all => all.map(i => i.src)"
    )
    assert stored.count(drawn.evaluate("image => image.src")) == 1


def test_validate_says_which_question_has_no_answer(reading: Reading) -> None:
    page = reading.context.new_page()
    page.set_default_timeout(30_000)
    sets = sorted((ROOT / "course" / "release").glob("ps*/ps*.ipynb"))
    where = sets[0].relative_to(ROOT)
    page.goto(f"{reading.address}lab/workspaces/auto-course/tree/{where}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    page.get_by_role("button", name="Validate").first.click()
    dialog = page.locator(".jp-Dialog").last
    dialog.get_by_text("not answered yet").first.wait_for(timeout=90_000)
    page.close()


def test_nothing_is_asked_of_another_host(after_running: Reading) -> None:
    assert after_running.outside == []
