"""Hidden checks: mathematics asked of a submission's functions from outside."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from interpolab.selfcheck import explain
from interpolab_course.remote import CallError, Submission
from interpolab_course.variants import Variant

Ask = Callable[[Any, SimpleNamespace, SimpleNamespace, np.random.Generator], None]


@dataclass(frozen=True)
class Check:
    """One hidden check.

    Attributes
    ----------
    title
        What it asks for, in words that the student may read.
    points
        What it is worth.
    ask
        A function of the submission, the reference, the term's parameters and a
        generator; it raises AssertionError if the answer is wrong.
    """

    title: str
    points: float
    ask: Ask


@dataclass
class Outcome:
    """What came of one check."""

    title: str
    points: float
    earned: float
    message: str = ""


@dataclass
class Marks:
    """What came of all checks of a submission.

    Attributes
    ----------
    outcomes
        By graded cell.
    errors
        What the submission's own cells said when they were run.
    ended
        Why its process was ended, if it was.
    """

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    ended: str = ""

    def earned(self, grade_id: str) -> float:
        """Return the points of one graded cell."""
        return float(sum(each.earned for each in self.outcomes.get(grade_id, [])))


def agree(
    got: Any, expected: Any, *, tolerance: float = 1e-8, what: str = "the result"
) -> None:
    """Raise AssertionError, saying in which way a value is wrong.

    Parameters
    ----------
    got, expected
        What the submission returned, and what it should have.
    tolerance
        Largest difference, relative to the largest entry of ``expected`` and never
        taken below ``tolerance`` itself.
    what
        What to call the value in the message.
    """
    problem = explain(got, expected, tolerance=tolerance)
    if problem:
        raise AssertionError(f"{what}: {problem}")


def finite(value: Any, *, what: str = "the result") -> np.ndarray:
    """Return a value as an array; AssertionError if an entry is not a finite number.

    Comparisons with NaN are false and infinity equals itself: whatever is compared
    with another answer of the same submission must pass here first.
    """
    array = np.asarray(value, dtype=float)
    require(array.size > 0, f"{what}: empty")
    require(bool(np.isfinite(array).all()), f"{what}: not finite (NaN or infinity)")
    return array


def require(condition: bool, message: str) -> None:
    """Raise AssertionError with a message if a condition does not hold."""
    if not condition:
        raise AssertionError(message)


def mark(submission: Submission | None, variant: Variant, *, ended: str = "") -> Marks:
    """Ask every check of a set; without a submission all fail for the same reason."""
    marks = Marks(ended=ended)
    for grade_id, listed in variant.hidden.CHECKS.items():
        marks.outcomes[grade_id] = []
        for check in listed:
            message = ended or "no answer"
            if submission is not None:
                message = _asked(
                    check,
                    submission,
                    variant.reference,
                    variant.values,
                    variant.rng(grade_id, check.title),
                )
            earned = 0.0 if message else check.points
            marks.outcomes[grade_id].append(
                Outcome(check.title, check.points, earned, message)
            )
    if submission is not None:
        marks.errors = dict(submission.errors)
        marks.ended = submission.reason or ended
    return marks


def _asked(
    check: Check,
    submission: Submission,
    reference: SimpleNamespace,
    parameters: SimpleNamespace,
    rng: np.random.Generator,
) -> str:
    """Return an empty text if the check passes, or what is wrong."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check.ask(submission, reference, parameters, rng)
    except CallError as error:
        return str(error) or "the function returned nothing"
    except AssertionError as error:
        return str(error) or "wrong"
    except Exception as error:  # noqa: BLE001 - what a stranger's value may cause
        return f"the result cannot be read as what was asked for ({error})"[:300]
    return ""
