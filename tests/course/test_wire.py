"""The wire carries values and nothing else."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from interpolab_course import wire

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(),
    lambda each: (
        st.lists(each, max_size=4)
        | st.tuples(each, each)
        | st.dictionaries(st.text(max_size=5), each, max_size=4)
    ),
    max_leaves=12,
)


def there_and_back(value):
    return wire.decode(wire.encode(value)[4:])


@given(plain)
def test_values_come_back(value):
    assert repr(there_and_back(value)) == repr(value)


@given(arrays(np.float64, array_shapes(min_dims=0, max_dims=3, max_side=5)))
def test_arrays_come_back_bit_for_bit(array):
    back = there_and_back({"a": array})["a"]
    assert back.shape == array.shape
    assert back.tobytes() == np.ascontiguousarray(array).tobytes()


@given(st.binary(max_size=200))
def test_noise_is_refused_and_never_executed(noise):
    with contextlib.suppress(wire.WireError):
        wire.decode(noise)


@pytest.mark.parametrize(
    "header",
    [
        b'{"a": "float64", "s": [1000000000000]}',
        b'{"a": "object", "s": [1]}',
        b'{"a": "float64", "s": [-1]}',
        b'{"a": "float64", "s": ["x"]}',
        b'{"l": 3}',
        b'{"d": [1]}',
        b'{"nothing": 1}',
        b"[" * 3000,
    ],
)
def test_headers_that_lie_are_refused(header):
    with pytest.raises(wire.WireError):
        wire.decode(len(header).to_bytes(4, "big") + header + b"12345678")


@pytest.mark.parametrize("value", [object(), {1: 2}, {1, 2}, np.array(["a"]), len])
def test_what_is_not_a_value_cannot_be_sent(value):
    with pytest.raises(wire.WireError):
        wire.encode(value)
