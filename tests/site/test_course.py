"""The course on the site: what students get, and nothing that must stay hidden."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.site
ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "course" / "source").glob("ps*/ps*.ipynb"))
TEXT = {".html", ".js", ".ipynb", ".txt", ".md", ".json", ".css", ".py", ".inv"}


@pytest.fixture(scope="module")
def published(site: Path) -> dict[str, str]:
    """Return the text of every file of the site, zips unpacked."""
    found = {}
    for path in site.rglob("*"):
        if path.suffix in TEXT and path.is_file():
            found[str(path)] = path.read_text(encoding="utf-8", errors="replace")
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    found[f"{path}!{name}"] = archive.read(name).decode()
    return found


@pytest.mark.skipif(not SOURCES, reason="the sources are kept private")
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_solution_and_no_rubric_is_published(
    source: Path, published: dict[str, str]
) -> None:
    sys.path.insert(0, str(ROOT / "course"))
    try:
        from interpolab_course.release import secret_lines
        from interpolab_course.sets import read
    finally:
        sys.path.pop(0)
    hidden = ROOT / "course" / "hidden" / f"{source.stem}.py"
    telling = [
        line.strip()
        for line in hidden.read_text(encoding="utf-8").splitlines()
        if "agree(" in line and len(line.strip()) > 40
    ]
    secrets = secret_lines(read(source)) + telling
    assert len(secrets) > 20
    # JSON and HTML write some characters differently: compare what they share.
    # A line that a chapter has too, such as an import, is no secret.
    plain = [s for s in secrets if s.isascii() and not set(s) & set("\"'<>&\\")]
    chapters = "".join(p.read_text() for p in (ROOT / "notebooks").glob("*.ipynb"))
    plain = [secret for secret in plain if secret not in chapters]
    assert len(plain) > 10
    leaks = [
        (path, secret)
        for path, text in published.items()
        for secret in plain
        if secret in text
    ]
    assert not leaks


def test_every_set_has_a_page_and_a_zip(site: Path) -> None:
    released = sorted((ROOT / "course" / "release").glob("ps*/ps*.ipynb"))
    assert released
    page = (site / "book" / "course.html").read_text(encoding="utf-8")
    for path in released:
        name = path.stem
        assert (site / "course" / "release" / name / f"{name}.html").is_file()
        assert f"release/{name}/{name}.html" in page
        assert list((site / "_downloads").rglob(f"{name}.zip"))
