"""Executing a notebook twice on one machine changes no byte."""

import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, str(ROOT / "book" / "_tools" / "run_notebooks.py")]


def quickest():
    with (ROOT / "book" / "run_times.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["seconds"]))
    return ROOT / "notebooks" / f"{rows[0]['notebook']}.ipynb"


def test_two_cold_runs_agree_to_the_byte(tmp_path):
    path = quickest()
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        command = [*RUN, str(path), "--output", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "cell" in done.stderr, "progress is shown"
        written.append((tmp_path / name / path.name).read_bytes())
    assert written[0] == written[1]


def test_a_failing_cell_is_reported_and_nothing_is_written(tmp_path):
    import nbformat

    bad = tmp_path / "99_bad.ipynb"
    cells = [nbformat.v4.new_code_cell("1 / 0")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), bad)
    before = bad.read_bytes()
    done = subprocess.run([*RUN, str(bad)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert bad.read_bytes() == before
