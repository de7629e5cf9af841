"""Seeded, parallel, cached and resumable Monte Carlo sweeps."""

from __future__ import annotations

import copy
import dataclasses
import functools
import importlib.metadata
import itertools
import json
import os
import pickle
import reprlib
import sys
import traceback
import uuid
import warnings
from collections.abc import (
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import joblib
import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController
from tqdm.auto import tqdm

from interpolab._fingerprint import Fingerprint, digest, plain
from interpolab._validation import RandomSource, as_choice, as_generator, as_integer

__all__ = ["sweep"]

Grid: TypeAlias = Mapping[str, Iterable[Any]] | Sequence[Mapping[str, Iterable[Any]]]
"""Names with the values they run through, or several of such mappings."""

Result: TypeAlias = dict[str, bool | int | float]
"""What one cell yields: numbers by name."""


def sweep(
    function: Callable[..., Any],
    grid: Grid,
    *,
    repeats: int,
    rng: RandomSource,
    n_jobs: int | None = -1,
    cache: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    r"""Evaluate a random function on a grid of parameters, repeatedly.

    .. math:: Y_{\theta, r} = f(\theta;\, \xi_{\theta, r}), \qquad
              \xi_{\theta, r} = \mathrm{generator}\bigl(h(s, \theta, r)\bigr),
              \qquad \theta \in \Theta, \quad r = 0, \dots, R - 1,

    where :math:`f` is ``function``, :math:`\Theta` the product of the grid's
    values, :math:`R` is ``repeats``, :math:`s` the root seed given as ``rng``
    and :math:`h` a cryptographic hash.  A pair :math:`(\theta, r)` is a *cell*.
    Its random stream depends on nothing but :math:`s`, the content of
    :math:`\theta` and :math:`r`: not on the number of processes, the order of
    evaluation, or what else is in the grid.  Two functions swept with one seed
    over one grid see the same streams, which makes their comparison paired.

    Parameters
    ----------
    function : callable
        Called as ``function(**parameters, rng=generator)`` with a
        ``numpy.random.Generator``.  Returns a number, or a flat mapping from
        names to numbers.  NaN and infinities are results like any other.
    grid : mapping or sequence of mappings
        Parameter names with sequences of values.  All combinations are
        evaluated, the last name varying fastest; of several mappings, one
        after the other.  Numpy scalars are passed on as Python's numbers.
    repeats : int
        Number :math:`R` of independent repeats of each combination, at least 1.
    rng : int or numpy.random.Generator
        Root seed :math:`s`.  A generator contributes one draw of 128 bits.
    n_jobs : int or None, default=-1
        Number of processes, as in ``joblib.Parallel``; -1 is all cores, and
        None leaves it to ``joblib.parallel_config``.
    cache : path-like, optional
        Folder that keeps each cell's result, created if missing.
    progress : bool, default=True
        Whether to show a progress bar, on the standard error stream.

    Returns
    -------
    pandas.DataFrame
        A tidy table in the grid's order, one row for each cell: the
        parameters, ``repeat``, and the results (``value`` if ``function``
        returns plain numbers).  What a cell does not have is NaN.

    Raises
    ------
    ValueError
        If an argument is not as described; if ``grid`` has no cell, lists a
        combination twice, or names a parameter ``rng`` or ``repeat``; if
        ``function`` returns anything but numbers, or names a result like a
        parameter; or if a parameter, or with a ``cache`` a value that
        ``function`` reads, cannot be told from another by its content.
    RuntimeError
        If ``function`` raises: the message names the cell, the cause is the
        function's own error.  What is finished stays in the cache.

    Notes
    -----
    **Cache.** Each finished cell is written at once, to a file of its own and
    in one step.  A sweep that was interrupted, or killed, therefore resumes
    where it stopped, and a larger grid computes only what is new.  The key of a
    cell is a hash of the parameters, the repeat, the root seed, the version of
    this package and the function: its source and byte code, its defaults,
    closure and partial arguments, and the global names it reads, with functions
    of its own module followed.  Code in other modules is known by name only:
    take a new folder after changing it.  A generator as ``rng`` moves on with
    every call, so that a second call finds nothing in the cache; pass an
    integer, or a generator made anew.

    **Threads.** BLAS and OpenMP run on one thread within a cell: a sum must not
    depend on how many processes share the machine.

    **Streams.** Numbers, strings, containers and arrays as parameters give the
    same stream everywhere; callables count by name.  Other objects are
    identified by their pickled state, which may differ between library versions.

    **Moving to a Dask cluster.** No line of the sweep changes::

        import joblib
        from dask.distributed import Client

        client = Client("scheduler-address:8786")
        with joblib.parallel_config("dask"):
            table = sweep(function, grid, repeats=100, rng=0, cache="results")

    This package must be installed on the workers, in the same version.  Results
    are written by the workers if they see the cache's folder, and otherwise by
    the process that calls ``sweep``; give an absolute path if they share it.

    Examples
    --------
    The mean of :math:`n` normal draws has standard deviation
    :math:`1 / \sqrt n`:

    >>> def mean_of_draws(n, rng):
    ...     return rng.standard_normal(n).mean()
    >>> table = sweep(mean_of_draws, {"n": [4, 100]}, repeats=1000, rng=0,
    ...               n_jobs=1, progress=False)
    >>> table.columns.to_list(), len(table)
    (['n', 'repeat', 'value'], 2000)
    >>> table.groupby("n")["value"].std().round(1).to_dict()
    {4: 0.5, 100: 0.1}
    """
    if not callable(function):
        raise ValueError(f"function must be callable; got {function!r}.")
    repeats = as_integer("repeats", repeats, low=1)
    shown = as_choice("progress", progress, [True, False])
    if n_jobs is not None and as_integer("n_jobs", n_jobs) == 0:
        raise ValueError("n_jobs must be an integer other than 0, or None; got 0.")
    combinations = _combinations(grid)
    folder = _cache_folder(cache)
    cells = _cells(function, combinations, repeats, _root_entropy(rng), folder)
    recalled = ((cell.position, _recall(cell)) for cell in cells)
    results = {position: result for position, result in recalled if result is not None}
    pending = [cell for cell in cells if cell.position not in results]
    bar = tqdm(
        total=len(cells),
        initial=len(results),
        desc=getattr(function, "__name__", "sweep"),
        unit="cell",
        disable=not shown,
    )
    with bar:
        for cell, result in _computed(function, pending, n_jobs):
            if _recall(cell) is None:  # the worker could not write to our folder
                _store(cell, result)
            results[cell.position] = result
            bar.update()
    return _table(cells, [results[cell.position] for cell in cells])


# ---------------------------------------------------------------- cells


@dataclasses.dataclass(frozen=True)
class _Cell:
    """One evaluation: what, with which stream, and where its result is kept."""

    position: int
    parameters: dict[str, Any]
    repeat: int
    seed: int
    key: str
    path: Path | None

    def __str__(self) -> str:
        pairs = {**self.parameters, "repeat": self.repeat}.items()
        return ", ".join(f"{name}={reprlib.repr(value)}" for name, value in pairs)


def _combinations(grid: Grid) -> list[dict[str, Any]]:
    """Return every combination of parameters, in the grid's order."""
    grids = [grid] if isinstance(grid, Mapping) else grid
    if isinstance(grids, str | bytes) or not isinstance(grids, Sequence):
        raise ValueError(f"grid must be a mapping or a list of them; got {grid!r}.")
    combinations: list[dict[str, Any]] = []
    for one in grids:
        if not isinstance(one, Mapping) or not one:
            raise ValueError(
                f"grid must map parameter names to sequences of values; got {one!r}."
            )
        axes = [_axis(name, values) for name, values in one.items()]
        rows = itertools.product(*axes)
        combinations += [dict(zip(one, row, strict=True)) for row in rows]
    if not combinations:
        raise ValueError("grid must hold at least one cell; got an empty list.")
    return combinations


def _axis(name: Any, values: Any) -> list[Any]:
    """Return the values of one parameter."""
    if not isinstance(name, str) or name in ("rng", "repeat"):
        raise ValueError(
            "grid must name its parameters by strings other than 'rng' and 'repeat'; "
            f"got {name!r}."
        )
    unordered = isinstance(values, str | bytes | Mapping | Set)
    if unordered or not isinstance(values, Iterable):
        raise ValueError(
            f"grid must give a sequence of values for {name!r}; got {values!r}."
        )
    listed = [plain(value) for value in values]
    if not listed:
        raise ValueError(f"grid must give at least one value for {name!r}; got none.")
    return listed


def _root_entropy(rng: RandomSource) -> int:
    """Return the root seed: the integer itself, or 128 bits of a generator."""
    generator = as_generator(rng)
    if isinstance(rng, np.random.Generator):
        return int.from_bytes(generator.bytes(16), "little")
    return int(rng)


def _cells(
    function: Callable[..., Any],
    combinations: list[dict[str, Any]],
    repeats: int,
    root: int,
    folder: Path | None,
) -> list[_Cell]:
    """Return all cells, each with its seed and the key of its result."""
    by_name, by_code = Fingerprint(None), Fingerprint(function)
    # Without a cache a function may depend on what no fingerprint can be made of.
    identity = by_code(function) if folder is not None else None
    origin = digest([_version(), identity])
    cells: list[_Cell] = []
    known: set[str] = set()
    for parameters in combinations:
        content = digest(by_code(parameters))
        if content in known:
            raise ValueError(
                "grid must not list a combination twice, its draws would be the "
                f"same and not independent; got {parameters} again."
            )
        known.add(content)
        named = by_name(parameters)
        for repeat in range(repeats):
            key = digest(["result", origin, content, repeat, root])
            cells.append(
                _Cell(
                    position=len(cells),
                    parameters=parameters,
                    repeat=repeat,
                    seed=int(digest(["stream", root, named, repeat]), 16),
                    key=key,
                    path=folder / f"{key}.json" if folder is not None else None,
                )
            )
    return cells


def _table(cells: list[_Cell], results: list[Result]) -> pd.DataFrame:
    """Return the tidy table of all cells."""
    inputs = dict.fromkeys(name for cell in cells for name in cell.parameters)
    outputs = dict.fromkeys(name for result in results for name in result)
    if clash := sorted(inputs.keys() & outputs.keys()):
        raise ValueError(
            f"function must not name a result like a parameter; got {clash}."
        )
    columns: dict[str, pd.Series] = {}
    for name in inputs:
        values = [cell.parameters.get(name, np.nan) for cell in cells]
        columns[name] = _series(values)
    columns["repeat"] = pd.Series([cell.repeat for cell in cells])
    for name in outputs:
        columns[name] = _series([result.get(name, np.nan) for result in results])
    return pd.DataFrame(columns)


def _series(values: list[Any]) -> pd.Series:
    """Return a column, typed where no value is changed by it."""
    column = pd.Series(values, dtype=object)
    # pandas would turn None, a legitimate value, into NaN.
    return column if any(v is None for v in values) else column.infer_objects()


# ---------------------------------------------------------------- evaluation


class _Failure:
    """A cell's error, to be raised by the process that called ``sweep``."""

    def __init__(
        self, kind: type[Exception], message: str, cause: Exception | None = None
    ) -> None:
        self.kind, self.message, self.cause = kind, message, cause

    def __reduce__(self) -> tuple[Any, ...]:
        # A traceback cannot leave its process, and not every exception can.
        cause = self.cause
        if cause is not None:
            trace = "".join(traceback.format_exception(cause))
            try:
                cause = pickle.loads(pickle.dumps(cause))
            except Exception:
                cause = RuntimeError(f"{type(self.cause).__name__}: {self.cause}")
            cause.add_note(f"In the worker:\n{trace}")
        return _Failure, (self.kind, self.message, cause)


def _computed(
    function: Callable[..., Any], cells: list[_Cell], n_jobs: int | None
) -> Iterator[tuple[_Cell, Result]]:
    """Yield cells with their results as they are finished."""
    if not cells:
        return
    by_position = {cell.position: cell for cell in cells}
    try:
        parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:
        # The backend "multiprocessing" cannot hand on a cell when it is finished.
        # Workers store it all the same; only the progress bar comes late.
        parallel = joblib.Parallel(n_jobs=n_jobs)
    # The limit is set here too, and first: threads of one process share it, and
    # each restores what it found.
    with _one_thread():
        outcomes = parallel(joblib.delayed(_evaluate)(function, cell) for cell in cells)
        with _closing(outcomes):
            for position, outcome in outcomes:
                if isinstance(outcome, _Failure):
                    raise outcome.kind(outcome.message) from outcome.cause
                yield by_position[position], outcome


@contextmanager
def _closing(outcomes: Iterable[Any]) -> Iterator[None]:
    """Cancel what is still to be evaluated when the block is left."""
    try:
        yield
    finally:
        with warnings.catch_warnings():
            # joblib advises against leaving early; an error leaves no choice.
            warnings.filterwarnings("ignore", r"\d+ tasks (which .*)?have been")
            if isinstance(outcomes, Generator):
                outcomes.close()


def _evaluate(
    function: Callable[..., Any], cell: _Cell
) -> tuple[int, Result | _Failure]:
    """Evaluate and store one cell; this runs in the worker."""
    try:
        with _one_thread():
            # A copy, because a function that changes its argument must not
            # change the cells after it.
            parameters = copy.deepcopy(cell.parameters)
            value = function(**parameters, rng=np.random.default_rng(cell.seed))
    except Exception as error:
        message = f"The cell {cell} raised {type(error).__name__}: {error}"
        return cell.position, _Failure(RuntimeError, message, error)
    try:
        result = _as_result(value, cell)
    except ValueError as error:
        return cell.position, _Failure(ValueError, str(error))
    with suppress(OSError):  # the calling process writes what a worker cannot
        _store(cell, result)
    return cell.position, result


def _as_result(value: Any, cell: _Cell) -> Result:
    """Return a cell's numbers by name."""
    named = value if isinstance(value, Mapping) else {"value": value}
    result: Result = {}
    for name, entry in named.items():
        if isinstance(entry, np.generic) or (
            isinstance(entry, np.ndarray) and entry.ndim == 0
        ):
            entry = entry.item()
        if not isinstance(name, str) or type(entry) not in (bool, int, float):
            raise ValueError(
                "function must return a number or a flat mapping of names to numbers; "
                f"got {reprlib.repr(value)} in the cell {cell}."
            )
        result[name] = entry
    clash = result.keys() & {*cell.parameters, "repeat"}
    if clash or not result:
        raise ValueError(
            "function must return at least one number, under names that are not "
            f"parameters; got {reprlib.repr(value)} in the cell {cell}."
        )
    return result


def _one_thread() -> AbstractContextManager[Any]:
    """Limit BLAS and OpenMP to one thread."""
    return _thread_pools(len(sys.modules)).limit(limits=1)


@functools.lru_cache(maxsize=1)
def _thread_pools(n_modules: int) -> ThreadpoolController:
    """Return the loaded thread pools; more can be loaded only by an import."""
    return ThreadpoolController()


# ---------------------------------------------------------------- cache


def _cache_folder(cache: str | os.PathLike[str] | None) -> Path | None:
    """Return the cache's folder, made if it is missing."""
    if cache is None:
        return None
    try:
        folder = Path(cache).expanduser().absolute()
        folder.mkdir(parents=True, exist_ok=True)
    except (TypeError, FileExistsError, NotADirectoryError):
        raise ValueError(f"cache must be a folder's path; got {cache!r}.") from None
    return folder


def _store(cell: _Cell, result: Result) -> None:
    """Write a cell's result in one step: whole or not at all."""
    if cell.path is None:
        return
    shown = {name: reprlib.repr(value) for name, value in cell.parameters.items()}
    record = {
        "key": cell.key,
        "parameters": shown,
        "repeat": cell.repeat,
        "result": result,
    }
    cell.path.parent.mkdir(parents=True, exist_ok=True)
    temporary = cell.path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        # Python writes the shortest decimal that reads back as the same
        # float, and NaN and infinities by name.
        temporary.write_text(json.dumps(record), encoding="utf-8")
        os.replace(temporary, cell.path)
    finally:
        temporary.unlink(missing_ok=True)


def _recall(cell: _Cell) -> Result | None:
    """Return a cell's stored result, or None if there is no sound one."""
    if cell.path is None:
        return None
    try:
        record = json.loads(cell.path.read_text(encoding="utf-8"))
        if record["key"] != cell.key:
            return None
        return _as_result(dict(record["result"]), cell)
    except (OSError, ValueError, TypeError, LookupError):
        return None


def _version() -> str:
    """Return this package's version."""
    try:
        return importlib.metadata.version("interpolab")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
