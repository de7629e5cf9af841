"""Let nbgrader execute one submission; send the executed notebook to the parent."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

# Checking notebooks' JSON needs no grammar of web addresses, and building one takes
# as long as all other imports together.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
sys.path.insert(0, str(Path(__file__).parent))
import confine  # noqa: E402
import wire  # noqa: E402


def main() -> None:
    """Confine the process, build a course of one, autograde, answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--user", type=int, required=True)
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--disk", type=int, required=True)
    parser.add_argument("--cell-seconds", type=int, required=True)
    parser.add_argument("--unsafe", action="store_true")
    options = parser.parse_args()
    # The kernel's own choice draws figures into the notebook.
    os.environ.pop("MPLBACKEND", None)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if not options.unsafe:
        confine.confine(
            user=options.user, processes=options.processes, disk=options.disk
        )
    try:
        answer = autograded(options.name, options.kit, options.cell_seconds)
    except Exception:  # noqa: BLE001 - the parent decides what it means
        answer = {"error": traceback.format_exc()[-2000:]}
    answers.write(wire.encode(answer))
    answers.flush()


def autograded(name: str, kit: Path, cell_seconds: int) -> dict[str, str]:
    """Return the executed notebook's text, or nbgrader's complaint."""
    root = Path.cwd() / "course"
    for folder in (f"source/{name}", f"submitted/student/{name}"):
        (root / folder).mkdir(parents=True)
    submitted = root / f"submitted/student/{name}/{name}.ipynb"
    shutil.copyfile(kit / f"{name}.ipynb", submitted)
    shutil.copyfile(kit / "gradebook.db", root / "gradebook.db")
    api = nbgrader_api(root, cell_seconds)
    result = api.autograde(name, "student", force=True, create=True)
    executed = root / f"autograded/student/{name}/{name}.ipynb"
    if not executed.is_file():
        return {"error": str(result.get("log") or result.get("error"))[-2000:]}
    return {"notebook": executed.read_text(encoding="utf-8")}


def nbgrader_api(root: Path, cell_seconds: int) -> Any:
    """Return nbgrader's interface for the course of one."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    config.Exchange.root = str(root)
    config.Execute.timeout = cell_seconds
    config.Execute.interrupt_on_timeout = True
    config.Execute.startup_timeout = 60
    config.LimitOutput.max_lines = 1000
    config.LimitOutput.max_traceback = 50
    config.Application.log_level = logging.ERROR
    return NbGraderAPI(config=config)


if __name__ == "__main__":
    main()
