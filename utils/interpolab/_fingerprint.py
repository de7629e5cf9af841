"""What a computation depends on, described so that equal content agrees.

A cached result may be used again when the function, everything it reads and its
arguments are what they were.  :class:`Fingerprint` turns all of that into nested
lists of strings; :func:`digest` hashes them.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import inspect
import json
import reprlib
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import joblib
import numpy as np


def plain(value: Any) -> Any:
    """Turn a numpy scalar into Python's number: equal content, equal cell."""
    return value.item() if isinstance(value, np.generic) else value


def digest(content: Any) -> str:
    """Return the SHA-256 of nested lists of strings and numbers."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class Fingerprint:
    """Describe values by nested lists that agree when the contents agree.

    With a ``root`` function, functions and classes of its module and of
    ``__main__`` are described by their code, and so is whatever no name leads
    to (lambdas, closures).  Without one, by name.
    """

    def __init__(self, root: Callable[..., Any] | None) -> None:
        while isinstance(root, functools.partial):
            root = root.func
        self._by_code = root is not None
        self._own_modules = {"__main__", getattr(root, "__module__", None)}
        self._seen: dict[int, Any] = {}

    def __call__(self, value: Any) -> Any:
        value = plain(value)
        kind = type(value).__qualname__
        if value is None or isinstance(value, bool | str | range | type(Ellipsis)):
            return [kind, str(value)]
        if type(value) in (int, float, complex, bytes):
            return [kind, repr(value)]
        if isinstance(value, ModuleType):
            return [kind, value.__name__]
        if type(value) in (list, tuple):
            return [kind, [self(item) for item in value]]
        if type(value) in (set, frozenset):
            return [kind, sorted(digest(self(item)) for item in value)]
        if type(value) is dict:
            pairs = [[self(key), self(item)] for key, item in value.items()]
            return [kind, sorted(pairs, key=digest)]
        if type(value) in (np.ndarray, np.memmap):
            return self._array(value)
        if isinstance(value, functools.partial):
            return [kind, self(value.func), self(value.args), self(value.keywords)]
        if isinstance(value, MethodType):
            return [kind, self(value.__func__), self(value.__self__)]
        if isinstance(value, FunctionType | type):
            return self._definition(value)
        return self._object(value)

    def _array(self, value: np.ndarray) -> Any:
        """Describe an array by its type, its shape and its bytes."""
        if value.dtype.hasobject:
            return ["array", value.shape, [self(item) for item in value.flat]]
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return ["array", str(value.dtype), value.shape, content]

    def _object(self, value: Any) -> Any:
        """Describe any other object by its class and its state."""
        definition = self(type(value))
        if isinstance(getattr(value, "__wrapped__", None), FunctionType):
            return [definition, self(value.__wrapped__)]  # as lru_cache makes them
        if dataclasses.is_dataclass(value):
            fields = [field.name for field in dataclasses.fields(value)]
            return [definition, [[name, self(getattr(value, name))] for name in fields]]
        try:
            return [definition, joblib.hash(value, hash_name="sha1")]
        except Exception as error:
            raise ValueError(
                "The cells of a sweep must be told apart by the content of what they "
                f"depend on; got {reprlib.repr(value)}, which cannot be pickled "
                f"({type(error).__name__}: {error})."
            ) from None

    def _definition(self, value: FunctionType | type) -> Any:
        """Describe a function or a class, by its code or by its name."""
        name = [type(value).__name__, value.__module__, value.__qualname__]
        importable = "<" not in value.__qualname__
        if not self._by_code or (
            importable and value.__module__ not in self._own_modules
        ):
            return name
        if id(value) not in self._seen:
            self._seen[id(value)] = name  # ends the recursion of recursive code
            if isinstance(value, FunctionType):
                self._seen[id(value)] = [name, self._body(value)]
            else:
                self._seen[id(value)] = [name, self._members(value)]
        return self._seen[id(value)]

    def _body(self, function: FunctionType) -> Any:
        """Describe all that a function's results depend on."""
        # The source alone would mislead: two lambdas may share a line, and a
        # file may have been edited since it was imported.
        source = None
        if function.__name__ != "<lambda>":
            with suppress(OSError, TypeError, SyntaxError, IndexError):
                source = inspect.getsource(function)
        known = function.__globals__
        read = sorted(_globals_read(function.__code__) & known.keys())
        return [
            source,
            self._code(function.__code__),
            self(function.__defaults__),
            self(function.__kwdefaults__),
            [self(contents) for contents in _closure(function)],
            [[name, self(known[name])] for name in read],
        ]

    def _members(self, cls: type) -> Any:
        """Describe a class by its bases and by what it defines."""
        simple = (bool, int, float, str, tuple)
        members = {name: _unwrapped(member) for name, member in vars(cls).items()}
        defined = [
            [name, self(member)]
            for name, member in sorted(members.items())
            if isinstance(member, FunctionType)
            or (isinstance(member, simple) and not name.startswith("__"))
        ]
        return [[self(base) for base in cls.__bases__], defined]

    def _code(self, code: CodeType) -> Any:
        """Describe byte code, without the lines that it stands on."""
        constants = [
            self._code(constant) if isinstance(constant, CodeType) else self(constant)
            for constant in code.co_consts
        ]
        names = [code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars]
        return [code.co_code.hex(), names, constants]


def _unwrapped(member: Any) -> Any:
    """Return the function in a static or class method or a property."""
    for attribute in ("__func__", "fget", "func"):
        member = getattr(member, attribute, member)
    return member


def _globals_read(code: CodeType) -> set[str]:
    """Return the global names that a function and those within it read."""
    names = {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname.startswith(("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT"))
    }
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return names.union(*(_globals_read(constant) for constant in inner))


def _closure(function: FunctionType) -> list[Any]:
    """Return the contents of a function's closure; a cell may be empty yet."""
    contents = []
    for cell in function.__closure__ or ():
        try:
            contents.append(cell.cell_contents)
        except ValueError:
            contents.append(Ellipsis)
    return contents
