"""Execute the notebooks from a cold kernel and store normalized outputs.

Running it twice on one machine changes no byte: widget ids, cell ids and
metadata are derived from the notebook itself.  What a run took (wall time and
the kernel's peak memory) goes to ``book/run_times.csv``.

    python book/_tools/run_notebooks.py [NOTEBOOK ...] [--output FOLDER]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[2]
RUN_TIMES = ROOT / "book" / "run_times.csv"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
CELL_TIMEOUT = 600
# A new measurement replaces the stored one when it differs by more than this
# factor: machines are noisy, and an unchanged notebook should change no file.
NOISE = 1.5


def peak_memory(pid: int) -> float:
    """Return the peak resident memory of a process in MiB (0 where unknown)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(match.group(1)) / 1024 if match else 0.0


def execute(path: Path) -> tuple[nbformat.NotebookNode, float, float]:
    """Run a notebook in a fresh kernel; return it, its seconds and its MiB."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        store_widget_state=True,
        record_timing=False,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    start = time.perf_counter()
    client.reset_execution_trackers()
    with client.setup_kernel():
        cells = tqdm(list(enumerate(notebook.cells)), desc=path.name, unit="cell")
        for index, cell in cells:
            count = client.code_cells_executed + 1
            client.execute_cell(cell, index, execution_count=count)
        memory = peak_memory(client.km.provisioner.pid)
        client.set_widgets_metadata()
    return notebook, time.perf_counter() - start, memory


def normalize(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Make ids and metadata a function of the notebook's content."""
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name[:2]}-{number:03d}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
            if "hide-input" in cell.metadata.get("tags", []):
                # What the site folds, JupyterLab folds too.
                cell.metadata["jupyter"] = {"source_hidden": True}
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python", "file_extension": ".py"}
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat_minor = 5
    return rename_widgets(notebook, name)


def merge_streams(outputs: list[Any]) -> list[Any]:
    """Join neighboring pieces of one stream: how they arrive is an accident."""
    merged: list[Any] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if (
            last is not None
            and output.output_type == "stream" == last.output_type
            and output.name == last.name
        ):
            last.text += output.text
        else:
            merged.append(output)
    return merged


def rename_widgets(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Give widget models ids that follow the order in which pages show them."""
    widgets = notebook.metadata.get("widgets", {}).get(WIDGET_STATE)
    if not widgets:
        return notebook
    state = widgets["state"]
    order: list[str] = []

    def visit(model: str) -> None:
        if model in state and model not in order:
            order.append(model)
            for found in references(state[model]):
                visit(found)

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(WIDGET_VIEW)
            if view:
                visit(view["model_id"])
    place = {model: str(i) for i, model in enumerate(order)}

    def shape(model: str) -> str:
        text = json.dumps(state[model], sort_keys=True)
        return re.sub(r"[0-9a-f]{32}", lambda m: place.get(m[0], "?"), text)

    # Links are not part of any view; what they join tells them apart.
    for model in sorted((m for m in state if m not in place), key=shape):
        visit(model)
    new = {
        model: hashlib.sha256(f"{name}/{i}".encode()).hexdigest()[:32]
        for i, model in enumerate(order)
    }
    text = nbformat.writes(notebook)
    text = re.sub(r"[0-9a-f]{32}", lambda m: new.get(m[0], m[0]), text)
    renamed = nbformat.reads(text, as_version=4)
    models = renamed.metadata["widgets"][WIDGET_STATE]
    models["state"] = {new[model]: models["state"][new[model]] for model in order}
    return renamed


def references(model: Any) -> list[str]:
    """Return the models that a model's state names, in a fixed order."""
    return re.findall(r"IPY_MODEL_([0-9a-f]{32})", json.dumps(model, sort_keys=True))


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook in the one form that the repository keeps."""
    nbformat.validate(notebook)
    path.write_text(
        json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        encoding="utf-8",
    )


def record(name: str, seconds: float, memory: float) -> None:
    """Store a run's cost, unless it agrees with what is stored."""
    rows: dict[str, tuple[float, float]] = {}
    if RUN_TIMES.exists():
        with RUN_TIMES.open() as file:
            for row in csv.DictReader(file):
                rows[row["notebook"]] = (float(row["seconds"]), float(row["mib"]))
    old = rows.get(name)
    if old and all(
        a > 0 and b > 0 and max(a, b) / min(a, b) < NOISE
        for a, b in zip(old, (seconds, memory), strict=True)
    ):
        return
    rows[name] = (round(seconds, 1), round(memory))
    with RUN_TIMES.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["notebook", "seconds", "mib"])
        writer.writerows(
            [k, f"{s:.1f}", f"{m:.0f}"] for k, (s, m) in sorted(rows.items())
        )


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks named, or all; return 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--output", type=Path, help="write here, not in place")
    options = parser.parse_args(arguments)
    paths = options.notebooks or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    failed = []
    for path in paths:
        try:
            notebook, seconds, memory = execute(path)
        except CellExecutionError as error:
            failed.append(path.name)
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        target = options.output / path.name if options.output else path
        write(normalize(notebook, path.stem), target)
        if options.output is None:
            record(path.stem, seconds, memory)
        print(f"{path.name}: {seconds:.1f} s, {memory:.0f} MiB -> {target}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
