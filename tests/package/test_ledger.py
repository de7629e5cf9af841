"""Claim checks: they hold, fail and read back as they should."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interpolab.ledger import ClaimError, Entry, check, parse

finite = st.floats(-1e8, 1e8)


def test_a_claim_that_holds_prints_one_line(capsys):
    check("7.1", predicted=1.0, measured=1.04, tolerance=0.1)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    entry = parse(printed)
    assert entry == Entry("7.1", "1.00", "1.04", "0.1", "holds")


@pytest.mark.parametrize(
    ("relation", "measured", "holds"),
    [
        ("equal", 1.1, True),
        ("equal", 1.11, False),
        ("equal", 0.85, False),
        ("at least", 5.0, True),
        ("at least", 0.85, False),
        ("at most", -5.0, True),
        ("at most", 1.11, False),
    ],
)
def test_relations(relation, measured, holds):
    def run():
        check("1.1", predicted=1, measured=measured, tolerance=0.1, relation=relation)

    if holds:
        run()
    else:
        with pytest.raises(ClaimError, match="FAILS"):
            run()


def test_a_failure_is_an_assertion_error():
    with pytest.raises(AssertionError):
        check("1.1", predicted=0, measured=1, tolerance=0.5)


def test_every_entry_of_a_vector_counts():
    check("2.1", predicted=[1, 2, 3], measured=[1, 2, 3], tolerance=0)
    with pytest.raises(ClaimError):
        check("2.1", predicted=[1, 2, 3], measured=[1, 2, 4], tolerance=0.5)


def test_a_tolerance_too_wide_for_its_rival_is_refused():
    with pytest.raises(ClaimError, match="does not rule the rival out"):
        check("1.1", predicted=1, measured=1.1, tolerance=0.5, rival=("wrong", 1.4))
    # The measured value must not confirm the rival either.
    with pytest.raises(ClaimError, match="does not rule the rival out"):
        check("1.1", predicted=1, measured=1.4, tolerance=0.5, rival=("wrong", 1.6))
    with pytest.raises(ClaimError, match="does not rule the rival out"):
        check(
            "1.1",
            predicted=0.9,
            measured=1,
            tolerance=0,
            relation="at least",
            rival=("wrong", 0.95),
        )


def test_rounding_errors_are_shown_alike_on_every_machine(capsys):
    check("7.1", predicted=0, measured=2.3e-14, tolerance=1e-12)
    check("7.1", predicted=0, measured=7.9e-15, tolerance=1e-12)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert parse(first).measured == "0"


@given(finite, st.floats(-1, 1), st.floats(1e-9, 1e3), st.text("ab ", max_size=9))
def test_lines_read_back(p, share, tau, note):
    assume(p == 0 or tau < abs(p))
    entry = capture(p, p + 0.999 * share * tau, tau, " ".join(note.split()))
    assert entry is not None
    assert entry.holds
    # What is shown is what was measured, to a tenth of the tolerance.
    shown = float(entry.measured)
    unit = tau if tau <= 1e-6 else 0.1 * tau
    assert abs(shown - (p + 0.999 * share * tau)) <= unit + 1e-8 * abs(p)


def capture(p, m, tau, note):
    from contextlib import redirect_stdout
    from io import StringIO

    out = StringIO()
    with redirect_stdout(out):
        check("3.2b", predicted=p, measured=m, tolerance=tau, note=note)
    return parse(out.getvalue())


def test_full_line_reads_back(capsys):
    check(
        "8.2",
        predicted=[0.2, 0.2],
        measured=[0.05, 0.1],
        tolerance=0,
        relation="at most",
        rival=("small singular values do not matter", 1.0),
        note="ratio of medians",
    )
    line = capsys.readouterr().out.strip()
    entry = parse(line)
    assert str(entry) == line
    assert entry.predicted.startswith("≤ 0.2")
    assert entry.rival == "1 (small singular values do not matter)"
    assert entry.note == "ratio of medians"


@pytest.mark.parametrize("line", ["", "Claim", "Claim 7.1 | predicted 1", "x | y"])
def test_other_lines_are_not_claims(line):
    assert parse(line) is None


BAD_INPUT = [
    ({"claim": "seven"}, "claim must be a number such as"),
    ({"claim": 7.1}, "claim must be a number such as"),
    ({"measured": np.nan}, "measured must be a finite number"),
    ({"predicted": np.inf}, "predicted must be a finite number"),
    ({"tolerance": -1.0}, "tolerance must be non-negative"),
    ({"predicted": [1, 2], "measured": [1, 2, 3]}, "predicted must have 1 or 3"),
    ({"measured": [[1.0]]}, "measured must be a finite number or a vector"),
    ({"relation": "near"}, "relation must be one of"),
    ({"note": "a | b"}, "note must be one line"),
    ({"note": "a\nb"}, "note must be one line"),
    ({"note": 3}, "note must be one line"),
    ({"measured": "1.0"}, "measured must be a finite number"),
    ({"measured": 1j}, "measured must be a finite number"),
    ({"measured": []}, "measured must be a finite number"),
    ({"rival": 3.0}, "rival must be a name and a value"),
    ({"rival": ("two", [1.0, 2.0])}, "rival must have 1 or 1 entries"),
    ({"rival": ("none", np.nan)}, "rival must be a finite number"),
    ({"rival": (2.0, 3.0)}, "rival's name must be"),
]


@pytest.mark.parametrize(("change", "message"), BAD_INPUT)
def test_bad_input_names_the_argument(change, message):
    given = {"claim": "1.1", "predicted": 1.0, "measured": 1.0, "tolerance": 0.1}
    arguments = given | change
    with pytest.raises(ValueError, match=message):
        check(arguments.pop("claim"), **arguments)


def test_a_bar_in_a_rivals_name_is_refused_because_the_line_could_not_be_read():
    with pytest.raises(ValueError, match="rival's name must be one line"):
        check("7.1", predicted=0, measured=0, tolerance=1, rival=("|x|", 5))


@pytest.mark.parametrize("relation", ["equal", "at least", "at most"])
@pytest.mark.parametrize("tolerance", [1.0, 100.0, [1.0, 3.0, 2.0]])
def test_a_tolerance_that_could_not_fail_is_refused(relation, tolerance):
    given = {"predicted": 1.0, "measured": 1.0, "relation": relation}
    with pytest.raises(ValueError, match="tolerance must be smaller than the predic"):
        check("1.1", **given, tolerance=tolerance)


def test_one_tolerance_may_serve_small_and_large_predictions(capsys):
    check("1.1", predicted=[0.1, 20.0], measured=[0.3, 19.5], tolerance=1.0)
    assert parse(capsys.readouterr().out).holds


def test_a_wide_tolerance_may_stand_if_it_rules_a_rival_out(capsys):
    check("1.1", predicted=0.1, measured=0.2, tolerance=0.2, rival=("a tenth more", 1))
    assert parse(capsys.readouterr().out).holds
