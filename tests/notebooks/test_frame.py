"""Every chapter has the frame that readers rely on, and nothing they would miss."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
FRAME = [
    "Predict",
    "Setup",
    "Break it",
    "Explore",
    "Exercises",
    "Summary",
    "Sources and further reading",
]
MAX_CELL_LINES, MAX_BYTES = 25, 2_000_000
PLACEHOLDER = re.compile(r"\b(TODO|FIXME|lorem ipsum|being written)\b", re.IGNORECASE)


def text(source):
    return "".join(source) if isinstance(source, list) else source


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def chapter(request):
    return request.param, json.loads(request.param.read_text(encoding="utf-8"))


def prose(notebook):
    cells = (c for c in notebook["cells"] if c["cell_type"] == "markdown")
    return "\n\n".join(text(cell["source"]) for cell in cells)


def code_cells(notebook):
    cells = (c for c in notebook["cells"] if c["cell_type"] == "code")
    return [cell for cell in cells if text(cell["source"]).strip()]


def test_there_are_chapters_and_all_are_in_the_contents():
    contents = (ROOT / "_toc.yml").read_text()
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        assert f"notebooks/{path.stem}" in contents


def test_sections_come_in_the_frame_s_order(chapter):
    path, notebook = chapter
    headings = re.findall(r"^(#{1,2}) (.+)$", prose(notebook), flags=re.M)
    assert headings[0][0] == "#"
    assert headings[0][1].startswith(f"{int(path.name[:2])}. ")
    sections = [title.strip() for level, title in headings if level == "##"]
    frame = [title for title in sections if title in FRAME]
    assert frame == FRAME
    assert sections.index("Setup") < len(sections) - 6, "no body between the frame"


def test_opening_box_says_what_a_reader_needs(chapter):
    _, notebook = chapter
    opening = prose(notebook).split("## Predict")[0]
    for promise in ("You will do", "You will learn", "You need", "Time"):
        assert promise in opening


def test_cells_are_short_and_were_executed_in_order(chapter):
    _, notebook = chapter
    counts = []
    for cell in code_cells(notebook):
        source = text(cell["source"])
        assert source.count("\n") < MAX_CELL_LINES, source[:60]
        counts.append(cell["execution_count"])
    assert counts == list(range(1, len(counts) + 1))


def test_outputs_hold_no_errors_and_no_noise(chapter):
    _, notebook = chapter
    for cell in code_cells(notebook):
        expected = "raises-exception" in cell["metadata"].get("tags", [])
        for output in cell["outputs"]:
            assert output["output_type"] != "error" or expected
            assert output.get("name") != "stderr", text(output["text"])[:80]


def test_every_figure_has_a_caption_a_name_and_a_description(chapter):
    _, notebook = chapter
    words = prose(notebook)
    found = 0
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if "image/png" not in output.get("data", {}):
                continue
            found += 1
            described = output["metadata"]["image/png"]
            assert len(described["alt"].split()) >= 12, described["alt"]
            assert re.search(r"\d", described["alt"]), "no number in the description"
            assert output["metadata"]["csv"].count("\n") > 1
            figure = cell["metadata"]["mystnb"]["figure"]
            assert len(figure["caption"].split()) >= 8
            assert figure["name"] in words, f"{figure['name']} is never referred to"
    assert found >= 3


def test_exercises_have_solutions_and_one_checks_itself(chapter):
    _, notebook = chapter
    words = prose(notebook)
    exercises = re.findall(r"\{exercise\}[^\n]*\n:label: (\S+)", words)
    solutions = re.findall(r"\{solution\} (\S+)", words)
    assert 3 <= len(exercises) <= 5
    assert sorted(exercises) == sorted(solutions)
    after = [
        text(cell["source"])
        for cell in notebook["cells"][heading(notebook, "## Exercises") :]
        if cell["cell_type"] == "code"
    ]
    assert any("assert" in source or "check" in source for source in after)


def heading(notebook, title):
    return next(
        i for i, c in enumerate(notebook["cells"]) if title in text(c["source"])
    )


def test_predictions_explain_every_wrong_answer(chapter):
    _, notebook = chapter
    pages = [
        text(output["data"]["text/html"])
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        if "ib-predict" in text(output.get("data", {}).get("text/html", ""))
    ]
    assert 1 <= len(pages) <= 4
    for page in pages:
        remarks = re.findall(r"</b> (.+?)</p></details>", page)
        assert len(remarks) >= 2
        assert all(len(remark.split()) >= 6 for remark in remarks)


def test_explorers_have_state_and_size_is_bounded(chapter):
    path, notebook = chapter
    assert path.stat().st_size < MAX_BYTES
    widgets = notebook["metadata"]["widgets"]
    state = widgets["application/vnd.jupyter.widget-state+json"]["state"]
    models = {model["model_name"] for model in state.values()}
    assert {"SelectionSliderModel", "StackModel", "LinkModel"} <= models


def test_metadata_is_normalized(chapter):
    path, notebook = chapter
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert ids == [f"{path.stem[:2]}-{i:03d}" for i in range(len(ids))]
    assert not any("execution" in cell["metadata"] for cell in notebook["cells"])


def test_nothing_is_left_unwritten(chapter):
    _, notebook = chapter
    assert not PLACEHOLDER.search(prose(notebook))


def test_run_times_are_recorded_and_within_budget(chapter):
    path, _ = chapter
    rows = (ROOT / "book" / "run_times.csv").read_text().splitlines()[1:]
    times = {row.split(",")[0]: row.split(",")[1:] for row in rows}
    seconds, mib = map(float, times[path.stem])
    assert seconds < 30
    assert mib < 1024


@pytest.mark.parametrize("page", sorted((ROOT / "book").glob("*.md")), ids=str)
def test_no_page_is_a_placeholder(page):
    assert not PLACEHOLDER.search(page.read_text())


def test_the_contents_list_every_page():
    def files(node):
        if isinstance(node, dict):
            found = [node[key] for key in ("file", "root") if key in node]
            return found + [f for child in node.values() for f in files(child)]
        if isinstance(node, list):
            return [f for child in node for f in files(child)]
        return []

    listed = set(files(yaml.safe_load((ROOT / "_toc.yml").read_text())))
    pages = {f"book/{path.stem}" for path in (ROOT / "book").glob("*.md")}
    assert pages <= listed
