"""The ledger: every claim is checked once, holds, and could have failed."""

import json
import re
from pathlib import Path

import pytest
import yaml

from interpolab import ledger

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
CLAIMS = yaml.safe_load((ROOT / "book" / "claims.yml").read_text(encoding="utf-8"))


def entries(path):
    """Return the claim checks in a notebook's stored outputs."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output.get("name") == "stdout":
                lines = "".join(output["text"]).splitlines()
                found += [e for e in map(ledger.parse, lines) if e is not None]
    return found


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def chapter(request):
    return request.param


def test_claims_are_numbered_in_order_and_stated_once():
    numbers = [tuple(map(int, claim["id"].split("."))) for claim in CLAIMS]
    assert numbers == sorted(set(numbers))
    for chapter_number in {number[0] for number in numbers}:
        parts = [part for first, part in numbers if first == chapter_number]
        assert parts == list(range(1, len(parts) + 1))
    assert all(len(claim["statement"].split()) >= 5 for claim in CLAIMS)


def test_sources_are_in_the_bibliography():
    bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{([^,]+),", bibliography, flags=re.M))
    assert {claim["source"] for claim in CLAIMS if "source" in claim} <= keys


def test_every_claim_of_a_chapter_is_checked_exactly_once(chapter):
    number = int(chapter.name[:2])
    stated = [c["id"] for c in CLAIMS if c["id"].split(".")[0] == str(number)]
    checked = [entry.claim for entry in entries(chapter)]
    main = [claim for claim in checked if claim[-1].isdigit()]
    assert sorted(main) == sorted(stated)
    assert len(set(checked)) == len(checked), "a supporting check appears twice"
    for claim in checked:
        assert claim.rstrip("abcdefghijklmnopqrstuvwxyz") in stated


def test_every_check_holds(chapter):
    assert all(entry.holds for entry in entries(chapter))


def test_every_claim_rules_a_rival_out(chapter):
    for entry in entries(chapter):
        if entry.claim[-1].isdigit():
            assert entry.rival, f"claim {entry.claim} could not fail"


def test_tolerances_are_narrower_than_what_they_judge(chapter):
    # A tolerance as wide as the prediction itself could hardly fail; where zero
    # is predicted, the rival (above) sets the scale.
    for entry in entries(chapter):
        if entry.predicted[0] in "≥≤":
            continue
        predicted = list(map(float, entry.predicted.split(", ")))
        tolerance = list(map(float, entry.tolerance.split(", ")))
        for p in predicted:
            assert p == 0 or min(tolerance) < abs(p), entry


def test_a_claim_that_fails_stops_its_notebook(tmp_path):
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    source = (
        "from interpolab import ledger\n"
        "ledger.check('7.1', predicted=0, measured=1, tolerance=0.1)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(CellExecutionError, match="FAILS"):
        NotebookClient(notebook, kernel_name="python3").execute()
