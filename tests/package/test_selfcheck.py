"""selfcheck: the words say what is wrong, and nothing wrong passes."""

import numpy as np
import pytest

from interpolab.selfcheck import check, explain


@pytest.mark.parametrize(
    ("got", "expected", "word"),
    [
        (None, 1.0, "returns nothing"),
        ("text", 1.0, "not a number"),
        ([1.0, 2.0, 3.0], [1.0, 2.0], "shape"),
        (np.ones((2, 3)), np.ones((3, 2)), "transposed"),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 3.0], [2.0, 4.0]], "transposed"),
        ([-1.0, 2.0], [1.0, -2.0], "sign"),
        ([60.0, -120.0], [1.0, -2.0], "60 times"),
        ([np.nan, 1.0], [0.0, 1.0], "finite"),
        ([1.0, 2.5], [1.0, 2.0], "off by up to 0.5 at index (1,)"),
        (3.0, 2.0, "off by up to 1"),
    ],
)
def test_each_mistake_has_its_word(got, expected, word):
    assert word in explain(got, expected)


def test_right_answers_pass_at_the_edge_of_the_tolerance():
    # The tolerance is relative to the largest expected entry, and to 1 below it.
    assert explain([100.0, 1e-6], [100.0, 0.0], tolerance=1e-8) == ""
    assert explain([100.0, 1.1e-6], [100.0, 0.0], tolerance=1e-8) != ""
    assert explain(1e-9, 0.0) == ""
    assert explain([], []) == ""


def test_what_is_infinite_where_it_should_be_passes():
    assert explain([np.inf, 1.0], [np.inf, 1.0]) == ""
    assert explain([np.inf, 1.0], [-np.inf, 1.0]) != ""


def test_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="tolerance"):
        explain(1.0, 1.0, tolerance=-1.0)


def test_an_unfilled_stub_gets_a_friendly_line():
    def slope(x):
        raise NotImplementedError

    with pytest.raises(AssertionError, match="not answered yet; write `slope`"):
        check("Question 1", slope, 1.0, expected=2.0)


def test_an_error_of_the_reader_is_named():
    def slope(x):
        return x / 0

    with pytest.raises(AssertionError, match="stops with ZeroDivisionError"):
        check("Question 1", slope, 1.0, expected=2.0)
