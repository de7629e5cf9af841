"""The language between grader and submission: numbers, text and arrays, no code.

A message is a JSON header with the arrays' shapes, then their bytes.  Nothing is
unpickled, and a header cannot ask for more memory than the bytes that follow it, so
a hostile submission can send wrong values and nothing else.  The module is copied
into the sandbox and needs numpy only.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

import numpy as np

MAX_BYTES = 64 * 2**20
DTYPES = {"float64", "int64", "bool", "complex128"}


class WireError(ValueError):
    """What was sent is not a message of this language."""


def encode(value: Any) -> bytes:
    """Write a value as one message."""
    blobs: list[bytes] = []
    header = json.dumps(_pack(value, blobs, 0)).encode()
    body = struct.pack(">I", len(header)) + header + b"".join(blobs)
    if len(body) > MAX_BYTES:
        raise WireError(f"the value is too large to send ({len(body)} bytes)")
    return struct.pack(">I", len(body)) + body


def decode(body: bytes) -> Any:
    """Read the value of a message without its first length field."""
    try:
        (size,) = struct.unpack(">I", body[:4])
        header = json.loads(body[4 : 4 + size])
        value, rest = _unpack(header, memoryview(body)[4 + size :], 0)
    except WireError:
        raise
    except (struct.error, ValueError, LookupError, TypeError) as error:
        raise WireError(f"not a message: {error!r}") from None
    except (AttributeError, ArithmeticError, RecursionError) as error:
        raise WireError(f"not a message: {error!r}") from None
    if len(rest):
        raise WireError(f"{len(rest)} bytes too many")
    return value


def read(stream: BinaryIO) -> Any:
    """Read one message from a stream; EOFError where it ends."""
    (size,) = struct.unpack(">I", _exactly(stream, 4))
    if size > MAX_BYTES:
        raise WireError(f"a message of {size} bytes is not accepted")
    return decode(_exactly(stream, size))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            raise EOFError("the other side has stopped")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _pack(value: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > 20:
        raise WireError("the value is nested too deeply")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return {"f": value.hex()}
    if isinstance(value, (list, tuple)):
        kind = "t" if isinstance(value, tuple) else "l"
        return {kind: [_pack(each, blobs, depth + 1) for each in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise WireError("the keys of a dict must be text")
        return {"d": {k: _pack(v, blobs, depth + 1) for k, v in value.items()}}
    if isinstance(value, (np.ndarray, np.generic)):
        return _pack_array(np.asarray(value), blobs)
    raise WireError(
        f"a {type(value).__name__} cannot be sent; numbers, text, arrays, "
        "and lists, tuples or dicts of them can"
    )


def _pack_array(array: np.ndarray, blobs: list[bytes]) -> Any:
    kinds = {"f": "float64", "i": "int64", "u": "int64", "b": "bool", "c": "complex128"}
    if array.dtype.kind not in kinds:
        raise WireError(f"an array of dtype {array.dtype} cannot be sent")
    array = np.array(array, dtype=kinds[array.dtype.kind], order="C")
    blobs.append(array.tobytes())
    return {"a": array.dtype.name, "s": list(array.shape)}


def _unpack(packed: Any, rest: memoryview, depth: int) -> tuple[Any, memoryview]:
    if depth > 20:
        raise WireError("nested too deeply")
    if packed is None or isinstance(packed, (bool, int, str)):
        return packed, rest
    if not isinstance(packed, dict):
        raise WireError(f"unexpected {type(packed).__name__}")
    if "f" in packed:
        return float.fromhex(packed["f"]), rest
    if "a" in packed:
        return _unpack_array(packed, rest)
    if "d" in packed:
        items = {}
        for key, each in packed["d"].items():
            items[key], rest = _unpack(each, rest, depth + 1)
        return items, rest
    kind = "t" if "t" in packed else "l"
    found = []
    for each in packed[kind]:
        value, rest = _unpack(each, rest, depth + 1)
        found.append(value)
    return (tuple(found) if kind == "t" else found), rest


def _unpack_array(
    packed: dict[str, Any], rest: memoryview
) -> tuple[np.ndarray, memoryview]:
    shape = packed["s"]
    if packed["a"] not in DTYPES or not all(
        isinstance(length, int) and 0 <= length <= MAX_BYTES for length in shape
    ):
        raise WireError("not an array")
    dtype = np.dtype(packed["a"])
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size > len(rest):
        raise WireError("fewer bytes than the header promises")
    flat = np.frombuffer(rest[:size], dtype=dtype).reshape(shape).copy()
    return flat, rest[size:]
