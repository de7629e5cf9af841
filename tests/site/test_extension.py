"""The parts of the book's Sphinx extension that need no build."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
pytest.importorskip("sphinx")


@pytest.fixture(scope="module", autouse=True)
def extension():
    """Put the extension on the path for these tests."""
    sys.path.insert(0, str(BOOK / "_ext"))
    yield
    sys.path.remove(str(BOOK / "_ext"))


def test_claims_are_ordered_by_chapter_and_place() -> None:
    from interpolation_book.ledger_page import is_main, place

    claims = ["10.1", "7.10", "7.2b", "7.2"]
    assert sorted(claims, key=place) == ["7.2", "7.2b", "7.10", "10.1"]
    assert [is_main(claim) for claim in claims] == [True, True, False, True]


def test_summary_names_what_fails() -> None:
    from interpolab.ledger import Entry
    from interpolation_book.ledger_page import summary

    good = Entry("7.1", "0", "0", "1e-9", "holds")
    part = Entry("7.1b", "0", "0", "1e-9", "holds")
    bad = Entry("7.2", "0", "9", "1", "FAILS")
    assert summary([("a", good), ("a", part)]) == (
        "1 claim and 1 supporting check from 1 chapter. All hold."
    )
    assert summary([("a", good), ("b", bad)]).endswith("Not holding: 7.2.")


def test_numbers_start_with_the_chapter() -> None:
    from interpolation_book.numbering import number_by_chapter

    numbers = {
        "book/index": {"figure": {"x": (1,)}},
        "notebooks/07_three_factors": {"figure": {"a": (2,), "b": (3,)}},
        "notebooks/10_implicit_bias": {"figure": {"c": (4,)}, "theorem": {"t": (1,)}},
    }
    number_by_chapter(None, SimpleNamespace(toc_fignumbers=numbers))
    assert numbers["notebooks/07_three_factors"]["figure"] == {"a": (7, 1), "b": (7, 2)}
    assert numbers["notebooks/10_implicit_bias"]["theorem"] == {"t": (10, 1)}
    assert numbers["book/index"]["figure"] == {"x": (1,)}


def test_tolerance_has_a_sign_only_where_it_is_two_sided() -> None:
    from interpolab.ledger import Entry
    from interpolation_book.claims import anchor, both_ways

    assert both_ways(Entry("7.1", "0.5", "0.5", "0.1", "holds")) == "± 0.1"
    assert both_ways(Entry("7.1", "≥ 0.5", "0.6", "0.1", "holds")) == "0.1"
    assert anchor("7.2b") == "claim-7-2b"


def test_icon_script_is_dropped_exactly_once() -> None:
    from sphinx.errors import ExtensionError

    from interpolation_book.assets import without_font_awesome

    script = '<script defer src="_static/scripts/fontawesome.js?digest=1"></script>'
    assert without_font_awesome(f"<a>\n{script}</a>") == "<a></a>"
    with pytest.raises(ExtensionError, match="theme version"):
        without_font_awesome("<a></a>")


def test_the_pages_ask_no_other_host() -> None:
    for path in sorted((BOOK / "_static").glob("book*")):
        text = path.read_text(encoding="utf-8")
        # The name of the SVG language is no address.
        assert "http" not in text.replace("http://www.w3.org/2000/svg", ""), path.name
