"""Prediction questions that work without a kernel, a script or a network.

Each answer is an HTML disclosure element: choosing it opens the feedback.  The
browser itself makes that work with keyboard and screen reader, on the static
page, in JupyterLab and in Colab alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

__all__ = ["Question", "predict"]

# Shows that an answer opens where no style sheet of the book is at work; the
# site hides it.
MARKER = '<span class="ib-marker" aria-hidden="true">▸ </span>'


class Question:
    """A question whose rich display is a list of answers that open.

    Parameters
    ----------
    question : str
        The question; TeX between dollar signs is typeset by the page.
    feedback : mapping of str to str
        What each answer is told, in the order shown.
    answer : str
        The right answer, one of the keys.

    Examples
    --------
    >>> q = Question("1 + 1?", {"2": "Yes.", "3": "One too many."}, answer="2")
    >>> q
    Predict: 1 + 1?  (a) 2  (b) 3
    """

    def __init__(self, question: str, feedback: Mapping[str, str], answer: str) -> None:
        if len(feedback) < 2:
            raise ValueError(
                f"feedback must hold at least two answers; got {len(feedback)}."
            )
        if answer not in feedback:
            raise ValueError(f"answer must be one of {list(feedback)}; got {answer!r}.")
        self.question = question
        self.feedback = dict(feedback)
        self.answer = answer

    def __repr__(self) -> str:
        letters = "abcdefghijklmnopqrstuvwxyz"
        shown = "  ".join(
            f"({letter}) {option}"
            for letter, option in zip(letters, self.feedback, strict=False)
        )
        return f"Predict: {self.question}  {shown}"

    def _repr_html_(self) -> str:
        items = "\n".join(
            self._option(letter, option)
            for letter, option in zip(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ", self.feedback, strict=False
            )
        )
        question = escape(self.question, quote=True)
        return (
            '<div class="ib-predict" role="group" aria-label="Prediction question">\n'
            f'<p class="ib-predict-question">{question}</p>\n{items}\n</div>'
        )

    def _option(self, letter: str, option: str) -> str:
        right = option == self.answer
        kind, verdict = ("right", "Right.") if right else ("wrong", "Not so.")
        return (
            f'<details class="ib-option ib-{kind}">'
            f'<summary style="cursor: pointer">{MARKER}<b>{letter}.</b> '
            f"{escape(option)}</summary>"
            f'<p role="status"><b>{verdict}</b> {escape(self.feedback[option])}</p>'
            "</details>"
        )


def predict(question: str, feedback: Mapping[str, str], *, answer: str) -> Question:
    """Ask for a prediction; each answer opens feedback naming the misconception.

    Parameters
    ----------
    question : str
        The question, as plain text with TeX between dollar signs.
    feedback : mapping of str to str
        For every answer offered, in order, what the reader is told on choosing
        it: why it is right, or which misconception leads there.
    answer : str
        The right answer, one of the keys.

    Returns
    -------
    Question
        An object that displays itself when it ends a cell.

    Raises
    ------
    ValueError
        If fewer than two answers are offered or the right one is not among
        them.

    Examples
    --------
    >>> predict("Is noise needed?", {"Yes": "It is not.", "No": "It is not."},
    ...         answer="No")
    Predict: Is noise needed?  (a) Yes  (b) No
    """
    return Question(question, feedback, answer)
