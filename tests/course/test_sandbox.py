"""Attacks on the process that runs a submission's functions.

None may gain a point, harm the machine or another submission, or go unreported.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from interpolab_course import sandbox
from interpolab_course.limits import Limits
from interpolab_course.remote import CallError, submission
from interpolab_course.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("bubblewrap")
SMALL = Limits(
    seconds=20, call_seconds=2, memory=400 * 2**20, disk=20 * 2**20, output=2**20
)


def outcome(source, name="f", limits=SMALL):
    """Return what a function gives, or what is said of the submission."""
    try:
        with submission([{"name": "q1", "source": source}], Sandbox(limits)) as loaded:
            try:
                return loaded.call(name)
            except CallError as error:
                return f"{error}; {loaded.errors.get('q1', '')}"
    except CallError as error:
        return str(error)


def test_an_honest_function_is_called():
    cells = [{"name": "q1", "source": "import numpy as np\ndef f(x): return 2 * x"}]
    with submission(cells, Sandbox(SMALL)) as loaded:
        assert np.array_equal(loaded.f(np.arange(3.0)), [0, 2, 4])
        assert loaded.f(x=2) == 4
        assert loaded.reason == ""


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("while True: pass", "took longer than 2 s"),
        ("import os\nos._exit(0)", "the program ended by itself"),
        ("raise SystemExit", "SystemExit"),
        ("raise ValueError('early')", "ValueError: early"),
        ("x = []\nwhile True: x.append(bytearray(10**7))", "more memory"),
        ("while True: print('x' * 10**6)", "printed more"),
        ("import os\nwhile True: os.write(1, b'x' * 10**6)", "printed more"),
        ("def f(:", "SyntaxError"),
        ("import socket\nsocket.create_connection(('1.1.1.1', 80), 1)", "unreachable"),
        ("open('big', 'wb').write(b'0' * 10**8)", "OSError"),
        ("import signal, os\nos.kill(os.getppid(), signal.SIGKILL)", "not permitted"),
    ],
)
def test_each_attack_is_reported_for_what_it_is(attack, said):
    assert said in outcome(attack)


BOMB = """
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
        n += 1
except OSError as error:
    said = str(error)
def f(): return [n, said]
"""


def test_a_fork_bomb_is_ended():
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    assert "more processes" in outcome(source)


def test_even_unwatched_a_fork_bomb_is_bounded(monkeypatch):
    monkeypatch.setattr(sandbox.Running, "_watching", lambda self: None)
    count, said = outcome(BOMB, limits=Limits(seconds=20, processes=40))
    assert count < 40
    assert "unavailable" in said


def test_forked_processes_do_not_count_what_they_share():
    source = (
        "import os, time\nlarge = b'x' * (200 * 2**20)\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n        time.sleep(60)\n"
        "time.sleep(1)\n"
        "def f(): return 1\n"
    )
    limits = Limits(seconds=20, call_seconds=10, memory=500 * 2**20)
    assert outcome(source, limits=limits) == 1


def test_an_alarm_that_is_ignored_is_ended_from_outside():
    source = (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "def f():\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "    while True: pass\n"
    )
    limits = Limits(seconds=4, call_seconds=1)
    assert "longer than it may" in outcome(source, limits=limits)


def test_a_submission_sees_no_sources_and_writes_nowhere(tmp_path):
    root = Path(__file__).resolve().parents[2]
    source = f"""
import os
from pathlib import Path

def f():
    seen = []
    for path in ({str(root / "course")!r}, {str(root / "tests")!r}, "/home",
                 {str(tmp_path)!r}, "/etc/passwd", "/etc/shadow", "/kit"):
        if os.path.isfile(path):
            seen.append(path)
        for folder, _, files in os.walk(path):
            seen += [os.path.join(folder, name) for name in files]
    return seen

def g():
    found = []
    for folder in ("/", "/usr", "/inside", {str(root)!r}, {str(root / "utils")!r}):
        try:
            (Path(folder) / "written").write_text("x")
            found.append(folder)
        except OSError:
            pass
    return found

def h():
    return sorted(int(p) for p in os.listdir("/proc") if p.isdigit())
"""
    cells = [{"name": "q1", "source": source}]
    with submission(cells, Sandbox(SMALL)) as loaded:
        assert loaded.f() == []
        assert loaded.g() == []
        assert len(loaded.h()) <= 3
    assert not (root / "written").exists()


def test_an_environment_below_tmp_is_seen(tmp_path, monkeypatch):
    """The scratch folders are laid under what a submission needs, not over it."""
    below = Path("/tmp") / tmp_path.name / "site-packages"
    below.mkdir(parents=True)
    try:
        (below / "needed.py").write_text("VALUE = 7")
        paths = [*sandbox.visible_paths(), below]
        monkeypatch.setattr(sandbox, "visible_paths", lambda: paths)
        source = (
            f"import sys, os\nsys.path.insert(0, {str(below)!r})\n"
            "import needed\nopen('/tmp/mine', 'w').write('x')\n"
            "def f(): return needed.VALUE"
        )
        assert outcome(source) == 7
    finally:
        shutil.rmtree(below.parent)


def test_forged_answers_are_only_values():
    """A submission that writes to the answer pipe itself can send wrong values."""
    source = (
        "import os\n"
        "for fd in range(3, 20):\n"
        "    try: os.write(fd, b'\\x00\\x00\\x00\\x08\\x00\\x00\\x00\\x04null')\n"
        "    except OSError: pass\n"
        "def f(): return 1\n"
    )
    assert outcome(source) != 1


def test_arguments_that_are_changed_are_noticed():
    source = "def f(x):\n    x[0] = 7\n    return x"
    cells = [{"name": "q1", "source": source}]
    expected = pytest.raises(CallError, match="changes its arguments")
    with submission(cells, Sandbox(SMALL)) as loaded, expected:
        loaded.f(np.zeros(2))


def test_objects_do_not_come_out():
    assert "cannot be sent" in outcome("class A: pass\ndef f(): return A()")


def test_sandboxes_of_two_graders_never_share_a_user(monkeypatch):
    seen = set()
    for process in range(700, 708):
        monkeypatch.setattr(sandbox.os, "getpid", lambda number=process: number)
        seen |= {Sandbox(slot=slot).user for slot in range(16)}
    assert len(seen) == 8 * 16
    assert min(seen) >= 61000
