"""Derive what students get: notebooks without solutions, and a zip for each set."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm
from traitlets.config import Config

from interpolab_course import sets
from interpolab_course.variants import DEFAULT_TERM, Variant

STUB = (
    "# Write your code here and remove the next line.\n"
    'raise NotImplementedError("this question has no answer yet")'
)
TEXT_STUB = "*Write your answer here.*"


@dataclass(frozen=True)
class Kit:
    """What grading a set needs: the released notebook and nbgrader's records.

    Attributes
    ----------
    variant
        The set in its term.
    release
        The released notebook.
    database
        A gradebook with the set and nobody's work, as bytes.
    """

    variant: Variant
    release: NotebookNode
    database: bytes

    @property
    def questions(self) -> list[sets.Question]:
        """The graded cells."""
        return sets.questions(self.release)


def nbgrader_config(root: Path) -> Config:
    """Return nbgrader's configuration for a course folder."""
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    config.Exchange.root = str(root)
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    config.Application.log_level = logging.ERROR
    config.OverwriteCells.add_missing_cells = False
    return config


def quietly(config: Config) -> Any:
    """Return nbgrader's interface without its chatter."""
    from nbgrader.apps import NbGraderAPI  # a second's import, often not needed

    logger = logging.getLogger("interpolab_course.nbgrader")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    api = NbGraderAPI(config=config)
    api.log = logger
    return api


def derive_once(variant: Variant, cache: Path) -> Kit:
    """Derive the student version, or read it where the same was derived before."""
    folder = cache / f"{variant.name}-{variant.fingerprint[:16]}"
    release, database = folder / "release.ipynb", folder / "gradebook.db"
    if not (release.is_file() and database.is_file()):
        kit = derive(variant)
        folder.mkdir(parents=True, exist_ok=True)
        release.write_text(nbformat.writes(kit.release), encoding="utf-8")
        database.write_bytes(kit.database)
    return Kit(variant, sets.read(release), database.read_bytes())


def derive(variant: Variant) -> Kit:
    """Derive the student version of a set with nbgrader.

    Raises
    ------
    SetError
        If nbgrader refuses the author's notebook, or something that must stay
        hidden is left in the result.
    """
    name = variant.name
    with tempfile.TemporaryDirectory(prefix="interpolab-") as folder:
        root = Path(folder)
        target = root / "source" / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(variant.notebook, target)
        new_database(root / "gradebook.db")
        result = quietly(nbgrader_config(root)).generate_assignment(name, force=True)
        if not result["success"]:
            raise sets.SetError(
                f"nbgrader refuses {name}:\n{result.get('log') or result.get('error')}"
            )
        released = sets.read(root / "release" / name / f"{name}.ipynb")
        database = (root / "gradebook.db").read_bytes()
    refuse_leaks(variant, released)
    return Kit(variant, tidy(released), database)


def new_database(path: Path) -> None:
    """Start a gradebook at the version of nbgrader's tables.

    nbgrader would start a program in order to learn the version, which takes two
    seconds and fails where that program is not on the path.
    """
    import nbgrader
    from alembic.script import ScriptDirectory

    scripts = Path(nbgrader.__file__).parent / "alembic"
    head = ScriptDirectory(str(scripts)).get_current_head()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
        )
        database.execute("INSERT INTO alembic_version VALUES (?)", (head,))


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Remove what would differ from run to run."""
    for number, cell in enumerate(notebook.cells):
        cell["id"] = cell.metadata.get("nbgrader", {}).get("grade_id", f"c{number:03d}")
        cell["id"] = "".join(c if c.isalnum() or c in "-_" else "-" for c in cell["id"])
    return notebook


def refuse_leaks(variant: Variant, released: NotebookNode) -> None:
    """Raise if a line of a solution, a mark scheme or a marker is still there."""
    text = "\n".join(cell.source for cell in released.cells)
    for marker in ("BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "<<"):
        if marker in text:
            raise sets.SetError(f"{variant.name}: {marker!r} is left in the release")
    for line in secret_lines(variant.notebook):
        if line in text:
            raise sets.SetError(f"{variant.name}: a solution's line is left: {line!r}")


def secret_lines(notebook: NotebookNode) -> list[str]:
    """Return the telling lines of all solutions and mark schemes."""
    found, inside = [], False
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if "BEGIN SOLUTION" in line or "BEGIN MARK SCHEME" in line:
                inside = True
            elif "END SOLUTION" in line or "END MARK SCHEME" in line:
                inside = False
            elif inside and len(line.strip()) > 24:
                found.append(line.strip())
    return found


def write(kit: Kit, folder: Path) -> Path:
    """Write the released notebook and its zip; return the notebook's path."""
    name = kit.variant.name
    path = folder / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(kit.release, path)
    pack(path, folder / f"{name}.zip")
    return path


def pack(notebook: Path, target: Path) -> None:
    """Zip a notebook so that the same notebook always gives the same bytes."""
    info = zipfile.ZipInfo(f"{notebook.stem}/{notebook.name}", (2020, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, notebook.read_bytes())


def release_all(term: str, folder: Path, chosen: list[str] | None = None) -> list[Path]:
    """Write the student versions of all sets in a term.

    The new folder takes the old one's place only when every set is there.
    """
    written = []
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".release-") as new:
        chosen = chosen or sets.names()
        for name in tqdm(chosen, desc="deriving", unit=" sets", leave=False):
            written.append(write(derive(Variant(name, term)), Path(new)))
        (Path(new) / "term.json").write_text(json.dumps({"term": term}) + "\n")
        for path in sorted(Path(new).iterdir()):
            target = folder / path.name
            folder.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                shutil.rmtree(target)
            shutil.move(str(path), target)
    return [folder / path.parent.name / path.name for path in written]


__all__ = ["DEFAULT_TERM", "Kit", "derive", "release_all", "write"]
