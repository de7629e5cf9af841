"""Claim checks: the predicted value, the measured one, and a verdict.

A chapter's claim is a number that a theory predicts and an experiment
measures.  :func:`check` compares the two, prints one line and raises if the
claim does not hold, so a notebook that runs to its end has kept its promises.
The line is rounded to what the tolerance can tell apart, so that it is the same
on every machine; :func:`parse` reads it back, and the book's ledger page is
built from the lines stored in the notebooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from interpolab._validation import FloatArray, as_array, as_choice

__all__ = ["ClaimError", "Entry", "Relation", "check", "parse"]

Relation: TypeAlias = Literal["equal", "at least", "at most"]
"""How a measured value may lie to the predicted one."""

ROUNDING_TOLERANCE = 1e-6
"""Tolerances up to this guard against rounding error, whose digits vary between
machines: values are then shown to the tolerance's own decade only."""

_SIGN = {"equal": "", "at least": "≥ ", "at most": "≤ "}
_CLAIM = re.compile(r"\d{1,2}\.\d{1,2}[a-z]?")
_LINE = re.compile(
    r"Claim (?P<claim>\d{1,2}\.\d{1,2}[a-z]?)"
    r" \| predicted (?P<predicted>[^|]+)"
    r" \| measured (?P<measured>[^|]+)"
    r" \| tolerance (?P<tolerance>[^|]+)"
    r" \| (?P<verdict>holds|FAILS)"
    r"(?: \| rules out (?P<rival>[^|]+))?"
    r"(?: \| (?P<note>[^|]+))?"
)


class ClaimError(AssertionError):
    """A claim does not hold, or its tolerance could not tell it from a rival."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, as it is printed.

    Attributes
    ----------
    claim : str
        Number of the claim, such as ``"7.1"``; a letter marks a supporting
        check (``"7.1b"``).
    predicted, measured, tolerance : str
        The values, rounded, several separated by commas.
    verdict : str
        ``"holds"`` or ``"FAILS"``.
    rival : str
        What a wrong theory would have given, and its name; may be empty.
    note : str
        A remark; may be empty.
    """

    claim: str
    predicted: str
    measured: str
    tolerance: str
    verdict: str
    rival: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the claim holds."""
        return self.verdict == "holds"

    def __str__(self) -> str:
        parts = [
            f"Claim {self.claim}",
            f"predicted {self.predicted}",
            f"measured {self.measured}",
            f"tolerance {self.tolerance}",
            self.verdict,
        ]
        if self.rival:
            parts.append(f"rules out {self.rival}")
        if self.note:
            parts.append(self.note)
        return " | ".join(parts)


def parse(line: str) -> Entry | None:
    """Read back a line that :func:`check` printed.

    Parameters
    ----------
    line : str
        One line of text.

    Returns
    -------
    Entry or None
        The entry, or None if the line is not a claim check.

    Examples
    --------
    >>> entry = parse("Claim 7.2 | predicted 0 | measured 0 | tolerance 1e-9 | holds")
    >>> entry.claim, entry.holds
    ('7.2', True)
    >>> parse("something else") is None
    True
    """
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    return Entry(**{k: v for k, v in match.groupdict().items() if v is not None})


def check(
    claim: str,
    *,
    predicted: ArrayLike,
    measured: ArrayLike,
    tolerance: ArrayLike,
    note: str = "",
    relation: Relation = "equal",
    rival: tuple[str, ArrayLike] | None = None,
) -> None:
    r"""Compare a measured value with the predicted one, and say so in one line.

    The claim holds if, for every entry,

    .. math::

        |m - p| \le \tau, \qquad m \ge p - \tau \qquad\text{or}\qquad
        m \le p + \tau

    for the relations ``"equal"``, ``"at least"`` and ``"at most"``, with
    :math:`p` the predicted value, :math:`m` the measured one and :math:`\tau`
    the tolerance.

    Parameters
    ----------
    claim : str
        Number of the claim: ``"7.1"``, or ``"7.1b"`` for a supporting check.
    predicted, measured : float or array_like, shape (k,)
        The two values, or ``k`` of each; a scalar stands for all ``k``.
    tolerance : float or array_like, shape (k,)
        Largest deviation allowed, absolute, non-negative.
    note : str, optional
        A remark of a few words, without the character ``|``.
    relation : {"equal", "at least", "at most"}
        How the measured value may lie to the predicted one.
    rival : tuple of (str, float or array_like), optional
        A wrong theory's name and the value that it predicts.  The check fails
        as well if that value would have passed in the place of the measured
        one, or (for ``"equal"``) if the measurement would have confirmed it:
        such a tolerance could not tell the theories apart.

    Raises
    ------
    ClaimError
        If the claim does not hold, or the rival is not ruled out.
    ValueError
        If the claim is no claim number, a value is not finite, the tolerance
        is negative, or as large as every predicted value (other than 0) without
        a rival that it rules out, the lengths differ, or a text has more than one
        line or a bar, which separates the parts of the line.

    Examples
    --------
    >>> check("7.2", predicted=0.75, measured=0.7468, tolerance=0.03,
    ...       rival=("bias falls as 1/N", 0.05))
    Claim 7.2 | predicted 0.750 | measured 0.747 | tolerance 0.03 | holds | rules out 0.05 (bias falls as 1/N)
    >>> check("7.2", predicted=0.75, measured=0.5, tolerance=0.03)
    Traceback (most recent call last):
        ...
    interpolab.ledger.ClaimError: Claim 7.2 | predicted 0.750 | measured 0.500 | tolerance 0.03 | FAILS
    """  # noqa: E501 - a claim is one line
    if not isinstance(claim, str) or not _CLAIM.fullmatch(claim):
        raise ValueError(
            f"claim must be a number such as '7.1' or '7.1b'; got {claim!r}."
        )
    as_choice("relation", relation, get_args(Relation))
    _check_text("note", note)
    p, m, tau = _as_values(predicted=predicted, measured=measured, tolerance=tolerance)
    if tau.min() < 0:
        raise ValueError(f"tolerance must be non-negative; got {tau.min()!r}.")
    holds = _within(relation, p, m, tau)
    confused, rival_text = False, ""
    if rival is None:
        _check_scale(p, tau)
    else:
        name, wrong = _as_rival(rival, p)
        confused = _within(relation, p, wrong, tau) or (
            relation == "equal" and _within(relation, wrong, m, tau)
        )
        rival_text = f"{_several(_general(v) for v in wrong)} ({name})"
    units = [_unit(*triple) for triple in zip(p, m, tau, strict=True)]
    entry = Entry(
        claim=claim,
        predicted=_SIGN[relation] + _several(map(_shown, p, units)),
        measured=_several(map(_shown, m, units)),
        tolerance=_several(_general(t) for t in tau),
        verdict="holds" if holds else "FAILS",
        rival=rival_text,
        note=note,
    )
    if not holds:
        raise ClaimError(str(entry))
    if confused:
        raise ClaimError(f"{entry} -- the tolerance does not rule the rival out")
    print(entry)


def _as_values(**named: ArrayLike) -> tuple[FloatArray, ...]:
    """Return vectors of one common length."""
    arrays = {}
    for name, value in named.items():
        try:
            array = as_array(name, value, ndim=(0, 1))
        except ValueError:
            raise ValueError(
                f"{name} must be a finite number or a vector of them; got {value!r}."
            ) from None
        arrays[name] = np.atleast_1d(array)
    length = max(array.size for array in arrays.values())
    for name, array in arrays.items():
        if array.size not in (1, length):
            raise ValueError(
                f"{name} must have 1 or {length} entries like the others; "
                f"got {array.size}."
            )
    return tuple(np.broadcast_to(array, (length,)) for array in arrays.values())


def _as_rival(
    rival: tuple[str, ArrayLike], predicted: FloatArray
) -> tuple[str, FloatArray]:
    """Return the rival's name, and its value for each predicted one."""
    if not isinstance(rival, tuple | list) or len(rival) != 2:
        raise ValueError(f"rival must be a name and a value; got {rival!r}.")
    name, value = rival
    _check_text("rival's name", name)
    wrong = _as_values(predicted=predicted, rival=value)[1]
    if wrong.size != predicted.size:
        raise ValueError(
            f"rival must have 1 or {predicted.size} entries like the others; "
            f"got {wrong.size}."
        )
    return name, wrong


def _check_text(name: str, text: str) -> None:
    """Refuse what would not be one part of one line."""
    if not isinstance(text, str) or "|" in text or len(text.splitlines()) > 1:
        raise ValueError(f"{name} must be one line without '|'; got {text!r}.")


def _check_scale(p: FloatArray, tau: FloatArray) -> None:
    """Refuse tolerances with which nothing of the size of the prediction fails."""
    if np.all((p != 0) & (tau >= np.abs(p))):
        raise ValueError(
            "tolerance must be smaller than the predicted value unless a rival is "
            f"ruled out, or the check could not fail; got {tau[0]:g} for {p[0]:g}."
        )


def _within(relation: Relation, p: FloatArray, m: FloatArray, tau: FloatArray) -> bool:
    # A deviation that equals the tolerance passes, however its decimal digits
    # are rounded in binary.
    slack = tau + 4 * np.finfo(np.float64).eps * (np.abs(p) + np.abs(m))
    if relation == "at least":
        return bool(np.all(m >= p - slack))
    if relation == "at most":
        return bool(np.all(m <= p + slack))
    return bool(np.all(np.abs(m - p) <= slack))


def _unit(p: float, m: float, tau: float) -> int | None:
    """Return the decade to round to: what the tolerance can tell apart.

    Without a tolerance, whole numbers are shown as they are and others (None)
    to three digits.
    """
    if tau > 0:
        decade = int(np.floor(np.log10(tau)))
        return decade if tau <= ROUNDING_TOLERANCE else decade - 1
    return 0 if p == round(p) and m == round(m) else None


def _shown(value: float, unit: int | None) -> str:
    """Write a value rounded to a decade."""
    if unit is None:
        return _general(value)
    rounded = round(value, -unit)
    if rounded == 0:
        return "0"
    if unit <= -6:
        return _short_exponent(f"{rounded:.12g}")
    size = int(np.floor(np.log10(abs(rounded))))
    if size >= 6:
        return _short_exponent(f"{rounded:.{max(size - unit, 0)}e}")
    return f"{rounded:.{max(-unit, 0)}f}"


def _general(value: float) -> str:
    return _short_exponent(f"{value:.3g}")


def _short_exponent(text: str) -> str:
    return text.replace("e-0", "e-").replace("e+0", "e+")


def _several(values: Iterable[str]) -> str:
    """Join values with commas, one alone when they are all the same."""
    texts = list(values)
    return texts[0] if len(set(texts)) == 1 else ", ".join(texts)
