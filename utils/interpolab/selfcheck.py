"""Say *how* an answer is wrong: its shape, its sign, a factor, or its value.

The problem sets' visible checks and the chapters' exercises use this module, and the
grader uses the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["check", "explain"]


def check(
    question: str,
    function: Callable[..., Any],
    *arguments: Any,
    expected: ArrayLike,
    tolerance: float = 1e-8,
) -> None:
    r"""Call a function and compare what it returns with the expected value.

    It passes if

    .. math::

        \max_i |a_i - b_i| \le \tau \, \max(1, \max_i |b_i|),

    for the returned :math:`a`, the expected :math:`b` of the same shape and the
    tolerance :math:`\tau`.

    Parameters
    ----------
    question : str
        What the message calls the question, such as ``"Question 2"``.
    function : callable
        The reader's function.
    *arguments
        What to call it with.
    expected : array_like
        The right value.
    tolerance : float, optional
        Largest accepted difference, relative to the largest expected entry, or to
        one if that is smaller.

    Raises
    ------
    AssertionError
        If the function is not written yet, raises an error, or returns something
        else.  The message says which, and for a wrong value whether the shape, the
        sign, a constant factor or the value itself is wrong.

    See Also
    --------
    explain : The same words without the call.

    Examples
    --------
    >>> check("Question 1", lambda x: 2 * x, 3.0, expected=6.0)
    Question 1: passed.
    >>> check("Question 1", lambda x: -2 * x, 3.0, expected=6.0)
    Traceback (most recent call last):
    AssertionError: Question 1: the sign is wrong
    """
    name = getattr(function, "__name__", "the function")
    try:
        value = function(*arguments)
    except NotImplementedError:
        raise AssertionError(
            f"{question}: not answered yet; write `{name}` above, then run this cell"
        ) from None
    except Exception as error:
        raise AssertionError(
            f"{question}: `{name}` stops with {type(error).__name__}: {error}"
        ) from error
    problem = explain(value, expected, tolerance=tolerance)
    if problem:
        raise AssertionError(f"{question}: {problem}")
    print(f"{question}: passed.")


def explain(got: Any, expected: ArrayLike, *, tolerance: float = 1e-8) -> str:
    r"""Say how a value differs from the expected one; empty if it does not.

    Two values agree if :math:`\max_i |a_i - b_i| \le \tau \max(1, \max_i |b_i|)`.

    Parameters
    ----------
    got : object
        The value in question.
    expected : array_like
        The right value.
    tolerance : float, optional
        The :math:`\tau` of the formula.

    Returns
    -------
    str
        Empty if the values agree, otherwise one sentence without a full stop.  A
        constant factor is named only if it explains the difference to 1e-6.

    Raises
    ------
    ValueError
        If ``tolerance`` is negative.

    Examples
    --------
    >>> explain([1.0, 2.0], [1.0, 2.0])
    ''
    >>> explain([[1.0, 2.0]], [1.0, 2.0])
    'the shape is (1, 2), expected (2,)'
    >>> explain([2.0, 4.0], [1.0, 2.0])
    'the result is 2 times what it should be'
    """
    if tolerance < 0:
        raise ValueError(f"tolerance must be at least 0; got {tolerance!r}")
    right = np.asarray(expected)
    if got is None:
        return "the function returns nothing; does it end with `return`?"
    try:
        value = np.asarray(got)
        value = value.astype(complex if value.dtype.kind == "c" else float)
    except (TypeError, ValueError):
        return f"the result is a {type(got).__name__}, not a number or an array"
    if value.shape != right.shape:
        return _about_shapes(value, right, tolerance)
    if not np.all(np.isfinite(value)) and np.all(np.isfinite(right)):
        return "the result has entries that are not finite (NaN or infinity)"
    if _agree(value, right, tolerance):
        return ""
    return _about_values(value, right, tolerance)


def _agree(value: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    if right.size == 0:
        return True
    with np.errstate(invalid="ignore"):
        same = np.isclose(value, right, rtol=0, atol=0, equal_nan=True)
        differences = np.where(same, 0.0, np.abs(value - right))
    finite = np.abs(right[np.isfinite(right)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    return bool(differences.max() <= tolerance * scale)


def _about_shapes(value: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    words = f"the shape is {value.shape}, expected {right.shape}"
    if value.ndim == 2 and value.T.shape == right.shape:
        words += "; is it transposed?"
    return words


def _about_values(value: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    if _agree(-value, right, tolerance):
        return "the sign is wrong"
    square = value.ndim == 2 and value.shape[0] == value.shape[1]
    if square and _agree(value.T, right, tolerance):
        return "the result is transposed"
    factor = _factor(value, right)
    if factor is not None:
        return f"the result is {factor:.6g} times what it should be"
    worst = int(np.argmax(np.abs(value - right)))
    where = np.unravel_index(worst, right.shape) if right.ndim else ()
    place = f" at index {tuple(int(i) for i in where)}" if where else ""
    gap = float(np.abs(value - right).max())
    return f"the shape is right, the value is not: off by up to {gap:.3g}{place}"


def _factor(value: np.ndarray, right: np.ndarray) -> float | None:
    """Return the one factor between two arrays, if there is one."""
    if right.size < 2 or np.iscomplexobj(value):
        return None  # one number is a multiple of every other
    if not np.any(right) or not np.any(value):
        return None
    if not (np.all(np.isfinite(value)) and np.all(np.isfinite(right))):
        return None
    factor = float(np.vdot(right, value) / np.vdot(right, right))
    error = float(np.abs(value - factor * right).max())
    return factor if error <= 1e-6 * float(np.abs(value).max()) else None
