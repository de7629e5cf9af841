"""Sweeps: the same numbers in any order, in any number of processes, after a kill."""

from __future__ import annotations

import functools
import itertools
import json
import math
import os
import signal
import struct
import subprocess
import sys
import time
import types
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib.parallel import register_parallel_backend
from pandas.testing import assert_frame_equal
from scipy import stats

from interpolab import experiments
from interpolab._fingerprint import Fingerprint
from interpolab.experiments import sweep

quiet = functools.partial(sweep, n_jobs=1, progress=False)

# Worker processes cannot import this file by name, so functions that travel to
# them are defined inside of tests.


def fails(i: int, rng: np.random.Generator) -> float:
    raise ZeroDivisionError("nothing to divide by")


def uniform(rng: np.random.Generator, **parameters: Any) -> float:
    return rng.random()


def counted(log: Path) -> types.FunctionType:
    """Return a function that leaves a line for each call."""

    def draw(i: int, rng: np.random.Generator) -> float:
        with open(log, "a") as file:
            file.write(f"{i}\n")
        return i + rng.random()

    return draw


def calls(log: Path) -> int:
    return len(lines(log))


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


# ---------------------------------------------------------------- the table


def test_rows_are_in_the_grids_order():
    grid = {"b": [2, 1], "a": ["x", "y", "z"]}
    table = quiet(lambda a, b, rng: {"u": b, "v": a == "x"}, grid, repeats=2, rng=0)
    assert table.columns.to_list() == ["b", "a", "repeat", "u", "v"]
    rows = list(itertools.product([2, 1], ["x", "y", "z"], range(2)))
    assert list(zip(table["b"], table["a"], table["repeat"], strict=True)) == rows
    assert table["u"].to_list() == [b for b, _, _ in rows]
    assert table["v"].dtype == bool
    assert table.index.to_list() == list(range(12))


def test_several_grids_leave_gaps():
    grids = [{"n": [1, 2]}, {"n": [1], "cutoff": [None, 0.5]}]
    table = quiet(lambda n, rng, cutoff=0: n, grids, repeats=1, rng=0)
    assert table["n"].to_list() == [1, 2, 1, 1]
    assert table["value"].dtype == np.int64
    missing, also, none, half = table["cutoff"]
    assert math.isnan(missing)
    assert math.isnan(also)
    assert none is None
    assert half == 0.5


def test_kinds_of_results():
    returned = {
        "int": 3,
        "float": 0.1,
        "bool": True,
        "huge": 2**100,
        "numpy int": np.int32(3),
        "numpy float": np.float64(0.1),
        "numpy bool": np.bool_(False),
        "scalar array": np.array(0.25),
        "nan": np.nan,
        "infinite": -np.inf,
    }
    table = quiet(lambda i, rng: returned, {"i": [0]}, repeats=1, rng=0)
    for name, entry in returned.items():
        np.testing.assert_equal(table[name][0], entry)
    assert table["int"].dtype == np.int64
    assert table["float"].dtype == np.float64
    assert table["bool"].dtype == bool


def test_parameters_of_any_kind():
    values = [None, 1, 1.0, True, "1", (1, 2), [1, 2], {"a": 1}, np.arange(3), np.sin]
    table = quiet(uniform, {"p": values}, repeats=1, rng=0)
    assert all(a is b for a, b in zip(table["p"], values, strict=True))
    assert table["value"].nunique() == len(values)


def test_mean_and_spread_are_those_of_the_function():
    # sqrt(n) times the mean of n normals is normal, whatever n: 1500 cells of
    # three sizes together are one sample.
    table = quiet(
        lambda n, rng: math.sqrt(n) * rng.standard_normal(n).mean(),
        {"n": [1, 4, 25]},
        repeats=500,
        rng=1,
    )
    assert stats.kstest(table["value"], "norm").pvalue > 1e-4


# ---------------------------------------------------------------- streams

numbers = st.lists(st.integers(-3, 3), min_size=1, max_size=4, unique=True)


@settings(max_examples=50)
@given(numbers, numbers, st.integers(1, 3), st.integers(0, 2**70), st.randoms())
def test_a_cell_does_not_depend_on_the_rest_of_the_grid(a, b, repeats, seed, random):
    grid = {"a": a, "b": b}
    keys = ["a", "b", "repeat"]
    table = quiet(uniform, grid, repeats=repeats, rng=seed)
    names = random.sample(["a", "b"], 2)
    part = {name: random.sample(grid[name], len(grid[name])) for name in names}
    part["a"] = part["a"][: random.randint(1, len(a))]
    fewer = quiet(uniform, part, repeats=random.randint(1, repeats), rng=seed)
    merged = fewer.merge(table, on=keys, validate="one_to_one")
    assert len(merged) == len(fewer)
    assert (merged["value_x"] == merged["value_y"]).all()


def test_streams_are_independent():
    table = quiet(uniform, {"i": range(40)}, repeats=50, rng=3)
    draws = table["value"].to_numpy()
    assert len(set(draws)) == draws.size
    assert stats.kstest(draws, "uniform").pvalue > 1e-4
    # Correlation of 2000 neighbors: five standard deviations of 1/sqrt(2000).
    neighbors = np.corrcoef(draws[:-1], draws[1:])[0, 1]
    assert abs(neighbors) < 5 / math.sqrt(draws.size)
    other = quiet(uniform, {"i": range(40)}, repeats=50, rng=4)["value"]
    assert not set(draws) & set(other)


def test_equal_content_is_an_equal_cell():
    plain = quiet(uniform, {"n": [1, 2], "t": [0.5]}, repeats=2, rng=0)
    numpy = quiet(
        uniform, {"n": np.array([1, 2]), "t": np.array([0.5])}, repeats=2, rng=0
    )
    assert_frame_equal(plain, numpy)
    columns = np.arange(6.0).reshape(3, 2)
    rows = quiet(uniform, {"x": list(columns)}, repeats=1, rng=0)
    # The same arrays, laid out differently in memory.
    fortran = quiet(uniform, {"x": list(np.asfortranarray(columns))}, repeats=1, rng=0)
    assert rows["value"].to_list() == fortran["value"].to_list()
    different = quiet(uniform, {"n": [1.0, 2.0], "t": [0.5]}, repeats=2, rng=0)
    assert not set(plain["value"]) & set(different["value"])


def test_two_functions_share_their_streams():
    first = quiet(uniform, {"n": range(3)}, repeats=2, rng=0)
    second = quiet(lambda n, rng: -rng.random(), {"n": range(3)}, repeats=2, rng=0)
    assert (first["value"] == -second["value"]).all()


def test_a_generator_contributes_one_draw():
    generator, twin = np.random.default_rng(5), np.random.default_rng(5)
    first = quiet(uniform, {"i": range(5)}, repeats=2, rng=generator)
    root = int.from_bytes(twin.bytes(16), "little")
    assert_frame_equal(first, quiet(uniform, {"i": range(5)}, repeats=2, rng=root))
    assert generator.random() == twin.random(), "more than one draw was taken"
    second = quiet(uniform, {"i": range(5)}, repeats=2, rng=generator)
    assert not set(first["value"]) & set(second["value"])


def test_global_state_is_not_touched():
    before = np.random.get_state()  # noqa: NPY002
    quiet(uniform, {"i": [1]}, repeats=2, rng=0)
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(b, a) for b, a in zip(before, after, strict=True))


# ---------------------------------------------------------------- processes


def test_number_of_processes_changes_nothing():
    def norms(n: int, rng: np.random.Generator) -> dict[str, float]:
        import os

        import numpy as np
        from threadpoolctl import threadpool_info

        A = rng.standard_normal((n, n))
        # Sums over 300 terms whose rounding depends on how BLAS divides them.
        return {
            "norm": float(np.linalg.norm(A @ A)),
            "eigenvalue": float(np.linalg.eigvalsh(A @ A.T)[0]),
            "threads": max(pool["num_threads"] for pool in threadpool_info()),
            "process": os.getpid(),
        }

    grid = {"n": [2, 150, 300]}
    tables = [
        sweep(norms, grid, repeats=6, rng=0, n_jobs=n_jobs, progress=False)
        for n_jobs in (1, 2)
    ]
    serial, parallel = (table.drop(columns="process") for table in tables)
    assert_frame_equal(serial, parallel, check_exact=True)
    assert (serial["threads"] == 1).all()
    assert set(tables[0]["process"]) == {os.getpid()}
    assert os.getpid() not in set(tables[1]["process"])


def test_threads_of_blas_come_back():
    from threadpoolctl import threadpool_info

    def product(i: int, rng: np.random.Generator) -> float:
        A = rng.standard_normal((100, 100))
        return float((A @ A)[0, 0])

    before = threadpool_info()
    serial = quiet(product, {"i": range(20)}, repeats=3, rng=0)
    assert threadpool_info() == before
    with joblib.parallel_config("threading"):
        threads = sweep(
            product, {"i": range(20)}, repeats=3, rng=0, n_jobs=2, progress=False
        )
    assert threadpool_info() == before
    assert_frame_equal(serial, threads, check_exact=True)


def test_a_chosen_backend_is_used():
    def process(i: int, rng: np.random.Generator) -> int:
        import os

        return os.getpid()

    with joblib.parallel_config("threading"):
        table = sweep(process, {"i": range(4)}, repeats=1, rng=0, progress=False)
    assert set(table["value"]) == {os.getpid()}


def test_a_registered_backend_is_used():
    # What a cluster's backend does: it is registered, configured, handed tasks.
    from joblib._parallel_backends import ThreadingBackend

    submitted = []

    class Cluster(ThreadingBackend):
        def submit(self, func: Any, callback: Any = None) -> Any:
            submitted.append(func)
            return super().submit(func, callback)

    register_parallel_backend("a cluster", Cluster)
    with joblib.parallel_config("a cluster"):
        moved = sweep(
            uniform, {"i": range(6)}, repeats=2, rng=0, n_jobs=2, progress=False
        )
    assert submitted
    assert_frame_equal(moved, quiet(uniform, {"i": range(6)}, repeats=2, rng=0))


def test_a_backend_that_yields_nothing_before_the_end(tmp_path):
    from joblib._parallel_backends import ThreadingBackend

    class AllAtOnce(ThreadingBackend):  # as joblib's "multiprocessing", which forks
        supports_return_generator = False

    register_parallel_backend("all at once", AllAtOnce)
    calls = {"i": range(4)}
    with joblib.parallel_config("all at once", n_jobs=2):
        moved = sweep(
            uniform,
            calls,
            repeats=2,
            rng=0,
            n_jobs=None,
            cache=tmp_path,
            progress=False,
        )
        with pytest.raises(RuntimeError, match="The cell i=0, repeat=0 raised"):
            sweep(fails, {"i": [0]}, repeats=1, rng=0, n_jobs=None, progress=False)
    assert len(list(tmp_path.glob("*.json"))) == 8
    assert_frame_equal(moved, quiet(uniform, calls, repeats=2, rng=0))


def test_a_function_cannot_change_its_neighbors():
    def spoil(p: list[int], rng: np.random.Generator) -> int:
        p.append(0)
        return len(p)

    given_list = [1, 2]
    table = quiet(spoil, {"p": [given_list]}, repeats=3, rng=0)
    assert table["value"].to_list() == [3, 3, 3]
    assert given_list == [1, 2]


@pytest.mark.parametrize("progress", [True, False])
def test_progress_is_one_bar_on_stderr(progress, capsys):
    sweep(uniform, {"i": range(3)}, repeats=2, rng=0, n_jobs=1, progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("6/6" in err) == progress
    assert err.count("\n") == progress


# ---------------------------------------------------------------- cache


def test_what_is_cached_is_not_computed_again(tmp_path):
    log, cache = tmp_path / "log", tmp_path / "new" / "cache"
    run = functools.partial(quiet, counted(log), rng=0, cache=cache)
    first = run({"i": range(4)}, repeats=2)
    assert calls(log) == 8
    assert_frame_equal(run({"i": range(4)}, repeats=2), first, check_exact=True)
    assert calls(log) == 8
    # More repeats and more values: only what is new is computed.
    larger = run({"i": [7, 3, 2, 1, 0]}, repeats=3)
    assert calls(log) == 8 + 4 + 3
    without = quiet(
        counted(tmp_path / "other"), {"i": [7, 3, 2, 1, 0]}, repeats=3, rng=0
    )
    assert_frame_equal(larger, without, check_exact=True)
    run({"i": range(4)}, repeats=2, rng=1)
    assert calls(log) == 15 + 8, "another seed is another sweep"
    assert len(list(cache.iterdir())) == 23, "one file for each cell, nothing else"


def test_generator_and_cache(tmp_path):
    log = tmp_path / "log"
    run = functools.partial(
        quiet, counted(log), {"i": [1]}, repeats=2, cache=tmp_path / "cache"
    )
    first = run(rng=np.random.default_rng(0))
    assert_frame_equal(first, run(rng=np.random.default_rng(0)))
    assert calls(log) == 2


def test_workers_fill_the_cache(tmp_path):
    run = functools.partial(
        sweep,
        counted(tmp_path / "log"),
        {"i": range(10)},
        repeats=2,
        rng=0,
        cache=tmp_path / "cache",
        progress=False,
    )
    parallel = run(n_jobs=2)
    assert_frame_equal(run(n_jobs=1), parallel, check_exact=True)
    assert calls(tmp_path / "log") == 20


@settings(max_examples=100)
@given(st.lists(st.floats(), min_size=1, max_size=5), st.integers())
def test_numbers_come_back_from_the_cache_bit_by_bit(tmp_path_factory, floats, integer):
    cache = tmp_path_factory.mktemp("cache")
    results = {f"x{i}": x for i, x in enumerate(floats)} | {"i": integer}
    for _ in range(2):
        table = quiet(lambda p, rng: results, {"p": [0]}, repeats=1, rng=0, cache=cache)
        for name, x in results.items():
            back = table[name].to_list()[0]
            assert type(back) is type(x)
            if name == "i":
                assert back == x
            else:
                # Which of the many NaN it is means nothing; all else does.
                assert struct.pack("d", back) == struct.pack("d", x) or (
                    math.isnan(back) and math.isnan(x)
                )


def damage(content: str) -> dict[str, bytes]:
    record = json.loads(content)
    return {
        "empty": b"",
        "cut": content[: len(content) // 2].encode(),
        "cut at the end": content[:-1].encode(),
        "zeros": b"\0" * len(content),
        "not text": b"\xff\xfe\x00\x80",
        "not a record": b"[1, 2]",
        "another cell's": json.dumps(record | {"key": "0" * 64}).encode(),
        "no result": json.dumps(record | {"result": {}}).encode(),
        "text for a number": json.dumps(record | {"result": {"value": "1"}}).encode(),
    }


def test_unsound_files_are_computed_again(tmp_path):
    log, cache = tmp_path / "log", tmp_path / "cache"
    run = functools.partial(
        quiet, counted(log), {"i": [1, 2]}, repeats=1, rng=0, cache=cache
    )
    sound = run()
    path, _ = sorted(cache.iterdir())
    content = path.read_text()
    for expected, damaged in enumerate(damage(content).values(), start=3):
        path.write_bytes(damaged)
        assert_frame_equal(run(), sound, check_exact=True)
        assert calls(log) == expected, damaged
        assert path.read_text() == content, "not repaired"


def in_notebook(source: str, **names: Any) -> Any:
    """Return ``f`` as a notebook's cell defines it, with its global names."""
    namespace = {"__name__": "__main__", "np": np, "functools": functools, **names}
    exec(source, namespace)
    return namespace["f"]


def shifted(shift: Any) -> Any:
    return lambda i, rng: i + shift


def with_default(shift: Any) -> Any:
    def function(i: int, rng: np.random.Generator, shift: Any = shift) -> Any:
        return i + shift

    return function


def with_keyword(shift: Any) -> Any:
    def function(i: int, rng: np.random.Generator, *, shift: Any = shift) -> Any:
        return i + shift

    return function


class Shift:
    def __init__(self, shift: Any) -> None:
        self.shift = shift

    def __call__(self, i: int, rng: np.random.Generator) -> Any:
        return i + self.shift

    def method(self, i: int, rng: np.random.Generator) -> Any:
        return i + self.shift


def plus(shift: Any, i: int, rng: np.random.Generator) -> Any:
    return i + shift


ONE_LINE = [lambda i, rng: i + 1, lambda i, rng: i + 2]

PAIRS = {
    "closure": (shifted(1), shifted(2)),
    "default": (with_default(1), with_default(2)),
    "keyword default": (with_keyword(1), with_keyword(2)),
    "partial": (functools.partial(plus, 1), functools.partial(plus, 2)),
    "partial keyword": (
        functools.partial(with_default(0), shift=1),
        functools.partial(with_default(0), shift=2),
    ),
    "method": (Shift(1).method, Shift(2).method),
    "callable object": (Shift(1), Shift(2)),
    "lambdas on a line": tuple(ONE_LINE),
    "code": tuple(
        in_notebook(f"def f(i, rng):\n    return i + {shift}") for shift in (1, 2)
    ),
    "inner code": tuple(
        in_notebook(f"def f(i, rng):\n    return (lambda: i + {shift})()")
        for shift in (1, 2)
    ),
    "global": tuple(
        in_notebook("def f(i, rng):\n    return i + shift", shift=shift)
        for shift in (1, 2)
    ),
    "global read by a comprehension": tuple(
        in_notebook("def f(i, rng):\n    return sum(i + s for s in shift)", shift=shift)
        for shift in ([1], [2])
    ),
    "global array": tuple(
        in_notebook("def f(i, rng):\n    return i + data.sum()", data=np.array(data))
        for data in ([1, 0], [1, 1])
    ),
    "helper": tuple(
        in_notebook(
            f"def helper(i):\n    return i + {shift}\n"
            "def f(i, rng):\n    return helper(i)"
        )
        for shift in (1, 2)
    ),
    "cached helper": tuple(
        in_notebook(
            f"@functools.lru_cache\ndef helper(i):\n    return i + {shift}\n"
            "def f(i, rng):\n    return helper(i)"
        )
        for shift in (1, 2)
    ),
    "helper's method": tuple(
        in_notebook(
            "class Model:\n    @property\n"
            f"    def size(self):\n        return {shift}\n"
            "def f(i, rng):\n    return i + Model().size"
        )
        for shift in (1, 2)
    ),
    "class constant": tuple(
        in_notebook(
            f"class Model:\n    size = {shift}\n"
            "def f(i, rng):\n    return i + Model.size"
        )
        for shift in (1, 2)
    ),
    "wrapped": tuple(
        in_notebook(
            "def twice(g):\n    @functools.wraps(g)\n"
            f"    def wrapper(*a, **k):\n        return {shift} + g(*a, **k)\n"
            "    return wrapper\n@twice\ndef f(i, rng):\n    return i"
        )
        for shift in (1, 2)
    ),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_a_changed_function_is_computed_again(kind, tmp_path):
    for shift, function in enumerate(PAIRS[kind], start=1):
        table = quiet(function, {"i": [0]}, repeats=1, rng=0, cache=tmp_path)
        assert table["value"][0] == shift
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("kind", PAIRS)
def test_identity_of_a_function_is_stable(kind):
    function, _ = PAIRS[kind]
    assert Fingerprint(function)(function) == Fingerprint(function)(function)


def test_identity_does_not_depend_on_the_process(tmp_path):
    # Sets are ordered by hashes that each process salts anew.
    script = tmp_path / "script.py"
    script.write_text(
        "import functools\n"
        "from interpolab.experiments import sweep\n"
        "names = {'alpha', 'beta', 'gamma', 'delta'}\n"
        "def even(i): return i == 0 or odd(i - 1)\n"
        "def odd(i): return i != 0 and even(i - 1)\n"
        "def f(i, rng, options=frozenset(names)):\n"
        "    return {'n': len(names | options), 'e': even(i), 'x': rng.random(),\n"
        "            'k': 'a' in {'a', 'b', 'c', 'd'}}\n"
        f"sweep(f, {{'i': [2]}}, repeats=3, rng=0, n_jobs=1, cache={str(tmp_path)!r},\n"
        "      progress=False)\n"
    )
    for salt in ("1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": salt}
        subprocess.run([sys.executable, script], check=True, env=environment)
    assert len(list(tmp_path.glob("*.json"))) == 3


def test_the_line_around_a_lambda_does_not_matter(tmp_path):
    # Else a larger grid, written on the same line, would find an empty cache.
    keys = set()
    for name, grid in (("a", "[1]"), ("b", "[1, 2]")):
        source = f"use(lambda i, rng: i + 1, {grid})"
        path = tmp_path / f"{name}.py"
        path.write_text(source)
        caught: list[Any] = []
        names = {"use": lambda f, grid, into=caught: into.append(f)}
        exec(compile(source, str(path), "exec"), names | {"__name__": "__main__"})
        keys.add(json.dumps(Fingerprint(caught[0])(caught[0])))
    assert len(keys) == 1


def test_another_version_is_computed_again(tmp_path, monkeypatch):
    log = tmp_path / "log"
    for version in ("1.0", "1.1"):
        monkeypatch.setattr(experiments, "_version", lambda v=version: v)
        quiet(counted(log), {"i": [1]}, repeats=1, rng=0, cache=tmp_path / "cache")
    assert calls(log) == 2


def test_a_value_that_has_no_content_is_refused(tmp_path):
    with open(tmp_path / "file", "w") as file:
        quiet(lambda i, rng: file.fileno(), {"i": [1]}, repeats=1, rng=0)
        with pytest.raises(ValueError, match="cannot be pickled"):
            quiet(
                lambda i, rng: file.fileno(),
                {"i": [1]},
                repeats=1,
                rng=0,
                cache=tmp_path / "cache",
            )


def test_the_caller_writes_what_workers_cannot(tmp_path, monkeypatch):
    # As on a cluster whose workers do not see the caller's disk.
    log = tmp_path / "log"
    store, failed = experiments._store, []

    def store_of_a_far_worker(cell, result):
        if not failed:
            failed.append(cell)
            raise PermissionError("a disk that is not there")
        store(cell, result)

    monkeypatch.setattr(experiments, "_store", store_of_a_far_worker)
    run = functools.partial(
        quiet, counted(log), {"i": [1]}, repeats=1, rng=0, cache=tmp_path / "cache"
    )
    first = run()
    assert failed
    assert_frame_equal(run(), first, check_exact=True)
    assert calls(log) == 1


SCRIPT = """
import os, sys, time
from interpolab.experiments import sweep

cache, log, n_jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])

def trial(n, rng):
    time.sleep(0.05)
    draw = rng.random()
    with open(log, "a") as file:
        file.write(f"{os.getpid()} {draw!r}\\n")
    return draw

if __name__ == "__main__":
    table = sweep(trial, {"n": range(10)}, repeats=3, rng=7, n_jobs=n_jobs,
                  cache=cache, progress=False)
    print(*(repr(float(x)) for x in table["value"]))
"""


def kill_rest(leader: int, workers: set[int]) -> None:
    """Kill workers, and let joblib's resource tracker tidy up after them."""
    for worker in workers - {leader}:
        os.kill(worker, signal.SIGKILL)
    with suppress(ProcessLookupError):  # raised once nothing of the group is left
        for _ in range(500):
            os.killpg(leader, 0)
            time.sleep(0.01)
        os.killpg(leader, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX process groups")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_killed_sweep_resumes(n_jobs, tmp_path):
    script, log, cache = (tmp_path / name for name in ("script.py", "log", "cache"))
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(cache), str(log), str(n_jobs)]
    environment = os.environ | {"JOBLIB_TEMP_FOLDER": str(tmp_path)}
    process = subprocess.Popen(
        command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while calls(log) < 8:
        assert process.poll() is None, "finished before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    assert process.wait(timeout=60) == -signal.SIGKILL
    kill_rest(process.pid, {int(line.split()[0]) for line in lines(log)})
    finished = [
        repr(json.loads(path.read_text())["result"]["value"])
        for path in cache.glob("*.json")
    ]
    started = {line.split()[1] for line in lines(log)}
    # Every file is whole; what was begun but not finished is at most one cell
    # for each process.
    assert 8 - n_jobs <= len(finished) <= len(started) < 30
    resumed = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    made = Counter(line.split()[1] for line in lines(log))
    assert all(made[draw] == 1 for draw in finished), "a finished cell ran twice"
    assert made.total() <= 30 + n_jobs
    again = quiet(uniform, {"n": range(10)}, repeats=3, rng=7)
    assert resumed.stdout.split() == [repr(float(x)) for x in again["value"]]
    assert len(list(cache.glob("*.json"))) == 30


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_failing_cell_is_named_and_the_others_are_kept(n_jobs, tmp_path):
    log, cache, broken = (tmp_path / name for name in ("log", "cache", "broken"))

    def trial(n: int, alpha: float, rng: np.random.Generator) -> float:
        if n == 9 and broken.exists():
            raise ZeroDivisionError("nothing to divide by")
        with open(log, "a") as file:
            file.write("call\n")
        return n * rng.random()

    run = functools.partial(
        sweep,
        trial,
        {"n": range(10), "alpha": [0.5]},
        repeats=1,
        rng=0,
        n_jobs=n_jobs,
        cache=cache,
        progress=False,
    )
    broken.touch()
    with pytest.raises(RuntimeError, match="ZeroDivisionError: nothing") as caught:
        run()
    assert "n=9, alpha=0.5, repeat=0" in str(caught.value)
    cause = caught.value.__cause__
    assert isinstance(cause, ZeroDivisionError)
    if n_jobs > 1:
        assert "in trial" in cause.__notes__[0], "where it happened is lost"
    kept = len(list(cache.glob("*.json")))
    assert kept == 9 if n_jobs == 1 else kept > 0
    before = calls(log)
    broken.unlink()
    assert len(run()) == 10
    assert calls(log) == before + 10 - kept


def test_an_early_error_is_the_only_one():
    # joblib warns of the cells that it cancels, and warnings are errors here.
    def trial(n: int, rng: np.random.Generator) -> float:
        import time

        if n == 0:
            raise ZeroDivisionError
        time.sleep(0.2)
        return 0.0

    with pytest.raises(RuntimeError, match="n=0"):
        sweep(trial, {"n": range(20)}, repeats=1, rng=0, n_jobs=2, progress=False)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_that_cannot_travel(n_jobs):
    def trial(n: int, rng: np.random.Generator) -> float:
        class OddError(Exception):
            def __init__(self, first: int, second: int) -> None:
                super().__init__("odd")

        raise OddError(1, 2)

    with pytest.raises(RuntimeError, match="n=1, repeat=0 raised OddError: odd"):
        sweep(trial, {"n": [1]}, repeats=1, rng=0, n_jobs=n_jobs, progress=False)


def test_interrupting_keeps_what_is_finished(tmp_path):
    def trial(n: int, rng: np.random.Generator) -> int:
        if n == 3:
            raise KeyboardInterrupt
        return n

    with pytest.raises(KeyboardInterrupt):
        quiet(trial, {"n": range(6)}, repeats=1, rng=0, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("grid", "named"),
    [
        ({}, "grid must map"),
        ([], "at least one cell"),
        ([{}], "grid must map"),
        ([["n", [1]]], "grid must map"),
        ({"n": []}, "at least one value for 'n'"),
        ({"n": 3}, "sequence of values for 'n'; got 3"),
        ({"n": "abc"}, "sequence of values for 'n'"),
        ({"n": {1, 2}}, "sequence of values for 'n'"),
        ({"rng": [1]}, "'rng'"),
        ({"repeat": [1]}, "'repeat'"),
        ({1: [1]}, "got 1"),
        (5, "grid must be a mapping"),
        ("n", "grid must be a mapping"),
        ({"n": [1, 1]}, "twice"),
        ([{"n": [1, 2]}, {"n": np.array([2])}], "twice"),
    ],
)
def test_bad_grids(grid, named):
    with pytest.raises(ValueError, match=named):
        quiet(uniform, grid, repeats=1, rng=0)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"function": 3}, "function must be callable"),
        ({"repeats": 0}, "repeats must be an integer at least 1"),
        ({"repeats": 1.5}, "repeats"),
        ({"rng": -1}, "rng must"),
        ({"rng": None}, "rng must"),
        ({"rng": 0.5}, "rng must"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": "2"}, "n_jobs"),
        ({"progress": "yes"}, "progress must be"),
        ({"cache": 3}, "cache must be a folder"),
        ({"cache": __file__}, "cache must be a folder"),
        ({"cache": __file__ + "/below"}, "cache must be a folder"),
    ],
)
def test_bad_arguments(changed, named):
    arguments = {"function": uniform, "grid": {"n": [1]}, "repeats": 1, "rng": 0}
    with pytest.raises(ValueError, match=named):
        quiet(**{**arguments, **changed})


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "text",
        1j,
        [1.0],
        np.zeros(2),
        {},
        {"a": "text"},
        {"a": {"b": 1}},
        {1: 1.0},
        {"n": 1.0},
        {"repeat": 1.0},
    ],
    ids=repr,
)
def test_bad_results(returned, tmp_path):
    with pytest.raises(ValueError, match="function must return .* n=1, repeat=0"):
        quiet(lambda n, rng: returned, {"n": [1]}, repeats=1, rng=0, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_result_named_like_a_parameter_of_another_grid():
    with pytest.raises(ValueError, match="like a parameter; got \\['m'\\]"):
        quiet(
            lambda rng, n=0, m=0: {"m": 1} if n else {"v": 1},
            [{"n": [1]}, {"m": [1]}],
            repeats=1,
            rng=0,
        )


def test_bad_results_travel_from_the_workers():
    with pytest.raises(ValueError, match="function must return .* n=1, repeat=0"):
        sweep(lambda n, rng: "text", {"n": [1]}, repeats=1, rng=0, progress=False)


def test_no_jobs_leaves_the_choice_to_joblib():
    with joblib.parallel_config(n_jobs=1):
        table = sweep(
            uniform, {"i": range(3)}, repeats=1, rng=0, n_jobs=None, progress=False
        )
    assert isinstance(table, pd.DataFrame)
    assert_frame_equal(table, quiet(uniform, {"i": range(3)}, repeats=1, rng=0))
