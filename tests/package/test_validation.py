"""The checks that all modules share: nothing is cast or cut silently."""

import numpy as np
import pytest

from interpolab._validation import as_array, as_choice, as_times
from interpolab.asymptotics import isotropic_risk


@pytest.mark.parametrize(
    "value",
    [
        ["1", "2"],
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.array([1], dtype="timedelta64[s]"),
        [1.0, 2j],
        [[1.0], [1.0, 2.0]],
        [None, {}],
    ],
)
def test_what_is_no_number_is_not_read_as_one(value):
    with pytest.raises(ValueError, match="y must be a 1-dimensional array of real"):
        as_array("y", value, ndim=1)


def test_a_mask_is_not_forgotten():
    masked = np.ma.masked_equal([1.0, 2.0, -999.0], -999.0)
    with pytest.raises(ValueError, match="y must be .*; got masked entries"):
        as_array("y", masked, ndim=1)
    with pytest.raises(ValueError, match="aspect must be .*; got masked entries"):
        isotropic_risk(masked, signal=1.0, noise=1.0)
    # Nothing is hidden by a mask that hides nothing.
    assert as_array("y", np.ma.array([1.0, 2.0]), ndim=1).tolist() == [1.0, 2.0]


def test_the_array_is_always_a_new_one():
    given = np.ones(3)
    assert not np.shares_memory(as_array("y", given, ndim=1), given)


@pytest.mark.parametrize("value", [["a"], np.array(["a"]), np.array(["a", "b"]), {}])
def test_a_choice_is_one_value_not_several(value):
    with pytest.raises(ValueError, match="kind must be one of 'a', 'b'; got"):
        as_choice("kind", value, ["a", "b"])


@pytest.mark.parametrize("value", ["soon", ["1"], [1j], 1.0, [[1.0]], [], [np.nan]])
def test_times_that_are_none(value):
    with pytest.raises(ValueError, match="times must be"):
        as_times("times", value)


def test_times_may_be_infinite_and_must_be_whole_if_they_count():
    assert as_times("times", [0, np.inf], whole=True).tolist() == [0.0, np.inf]
    with pytest.raises(ValueError, match="times must be whole numbers"):
        as_times("times", [0.5], whole=True)
