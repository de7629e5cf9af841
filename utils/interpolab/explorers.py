"""Interactive figures that work with and without a kernel.

:func:`explorer` draws one frame for every value of one or two controls and
links the controls to the frames in the front end, so the finished figure moves
on the static page as it does in JupyterLab, Binder and Colab.  Where a kernel
runs, a field beside the controls also takes values in between.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import product
from typing import Any
from urllib.parse import quote

import ipywidgets as widgets
import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from interpolab.figures import _STYLE

__all__ = ["Control", "Draw", "explorer"]

Draw = Callable[..., tuple[Figure, str]]
"""Takes one keyword argument for each control; returns the figure and the
sentence that says what is now seen."""

# Characters that a data URL inside a double-quoted HTML attribute may hold as
# they are: no double quote, no '#' (a fragment), no '&' (an entity).
_SAFE = " !$'()*+,-./:;<=>?@[]^_`{|}~"


@dataclass(frozen=True)
class Control:
    """One control of an explorer: what it is called and what it can be set to.

    Attributes
    ----------
    label : str
        The quantity in words, with its symbol: ``"training rows N"``.
    values : sequence
        The values for which frames are drawn, in order.
    text : callable
        Writes a value for the reader, with its unit.
    start : int
        Position of the value shown first.
    between : bool
        Whether the drawing function takes values in between; a kernel then
        draws them on demand.
    """

    label: str
    values: Sequence[Any]
    text: Callable[[Any], str] = field(default=str)
    start: int = 0
    between: bool = False


def explorer(question: str, draw: Draw, **controls: Control) -> widgets.Widget:
    """Make an interactive figure from a drawing function and its controls.

    Parameters
    ----------
    question : str
        The one question that the explorer answers; it becomes its heading.
    draw : callable
        ``draw(**values)`` returns a matplotlib figure and a sentence that says
        what is seen in it, used as caption and as alternative text.
    **controls : Control
        One or two controls, named like the arguments of ``draw``.

    Returns
    -------
    ipywidgets.Widget
        A widget whose state holds every frame.

    Raises
    ------
    ValueError
        If there are no controls or more than two, one has fewer than two
        values or an impossible start, or ``draw`` returns something else.

    Notes
    -----
    With two controls each pair of values has its frame.  Frames are SVG; text
    stays text.  A frame of a few hundred points takes about 3 kB compressed.

    Examples
    --------
    >>> from interpolab.figures import panels, series
    >>> def draw(slope):
    ...     fig, ax = panels()
    ...     series(ax, [0, 1], [0, slope], "test")
    ...     return fig, f"A line of slope {slope}."
    >>> widget = explorer("How steep?", draw, slope=Control("slope", [1, 2, 3]))
    >>> len(widget.children[-1].children)
    3
    """
    _check(question, controls)
    names, list_of = list(controls), list(controls.values())
    sliders = [_slider(control) for control in list_of]
    frames = {
        at: _frame(
            draw,
            question,
            {n: c.values[i] for n, c, i in zip(names, list_of, at, strict=True)},
            list_of,
        )
        for at in product(*(range(len(c.values)) for c in list_of))
    }
    stack = _stack(frames, sliders)
    heading = widgets.HTML(f"<p class='ib-question'>{escape(question)}</p>")
    heading.add_class("ib-explorer-heading")
    rows = [_row(slider) for slider in sliders]
    extras = [_between(draw, question, controls, sliders)]
    box = widgets.VBox([heading, *rows, *[e for e in extras if e is not None], stack])
    box.add_class("ib-explorer")
    return box


def _check(question: str, controls: dict[str, Control]) -> None:
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"question must be a sentence; got {question!r}.")
    if not 1 <= len(controls) <= 2:
        raise ValueError(f"controls must be one or two; got {len(controls)}.")
    for name, control in controls.items():
        if len(control.values) < 2:
            raise ValueError(
                f"{name} must have at least two values; got {len(control.values)}."
            )
        if not 0 <= control.start < len(control.values):
            raise ValueError(
                f"{name} must start at a position from 0 to "
                f"{len(control.values) - 1}; got {control.start}."
            )


def _slider(control: Control) -> widgets.SelectionSlider:
    options = [(control.text(v), i) for i, v in enumerate(control.values)]
    if len({text for text, _ in options}) < len(options):
        raise ValueError(
            f"the values of {control.label!r} must be written differently; "
            f"got {[text for text, _ in options]}."
        )
    slider = widgets.SelectionSlider(
        options=options,
        index=control.start,
        description=control.label,
        continuous_update=True,
        style={"description_width": "initial"},
        layout={"width": "min(100%, 30em)"},
    )
    slider.add_class("ib-slider")
    return slider


def _row(slider: widgets.SelectionSlider) -> widgets.HBox:
    """Put Play beside a slider; it moves nothing until it is asked to."""
    play = widgets.Play(
        min=0,
        max=len(slider.options) - 1,
        value=slider.index,
        interval=600,
        show_repeat=False,
    )
    play.add_class("ib-play")
    widgets.jslink((play, "value"), (slider, "index"))
    row = widgets.HBox([play, slider], layout={"flex_flow": "row wrap"})
    row.add_class("ib-controls")
    return row


def _stack(
    frames: dict[tuple[int, ...], widgets.HTML], sliders: list[widgets.SelectionSlider]
) -> widgets.Stack:
    """Show the frame of the sliders' positions, without a kernel."""
    first = sliders[0]
    if len(sliders) == 1:
        children = [frames[(i,)] for i in range(len(first.options))]
        stack = widgets.Stack(children, selected_index=first.index)
        widgets.jslink((first, "index"), (stack, "selected_index"))
        return stack
    second = sliders[1]
    inner = []
    for i in range(len(first.options)):
        column = widgets.Stack(
            [frames[(i, j)] for j in range(len(second.options))],
            selected_index=second.index,
        )
        widgets.jslink((second, "index"), (column, "selected_index"))
        inner.append(column)
    stack = widgets.Stack(inner, selected_index=first.index)
    widgets.jslink((first, "index"), (stack, "selected_index"))
    return stack


def _html(draw: Draw, question: str, values: dict[str, Any], state: str) -> str:
    with mpl.rc_context(_STYLE):
        drawn = draw(**values)
        if not (isinstance(drawn, tuple) and len(drawn) == 2):
            raise ValueError(
                "draw must return a figure and a sentence; "
                f"got {type(drawn).__name__} for {values}."
            )
        fig, seen = drawn
        raw = io.StringIO()
        fig.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(fig)
    svg = raw.getvalue()
    svg = _compact(svg[svg.index("<svg") :])
    alt = escape(f"{state}. {seen}", quote=True)
    return (
        f'<figure class="ib-frame"><img alt="{alt}" '
        f'src="data:image/svg+xml,{quote(svg, safe=_SAFE)}">'
        f"<figcaption>{escape(seen)}</figcaption></figure>"
    )


def _compact(svg: str) -> str:
    """Shorten an SVG: a page carries dozens, and URLs lose their line breaks."""
    svg = " ".join(svg.split())
    # A hundredth of a point cannot be seen; the figure's words stay as they are.
    svg = re.sub(r"<[^>]*>", lambda tag: _rounded(tag[0]), svg)
    return re.sub(r"=\"([^\"']*)\"", r"='\1'", svg)


def _rounded(tag: str) -> str:
    return re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", tag)


def _state(values: dict[str, Any], controls: Sequence[Control]) -> str:
    return ", ".join(
        f"{control.label}: {control.text(value)}"
        for control, value in zip(controls, values.values(), strict=True)
    )


def _frame(
    draw: Draw, question: str, values: dict[str, Any], controls: Sequence[Control]
) -> widgets.HTML:
    return widgets.HTML(_html(draw, question, values, _state(values, controls)))


def _between(
    draw: Draw,
    question: str,
    controls: dict[str, Control],
    sliders: list[widgets.SelectionSlider],
) -> widgets.Widget | None:
    """Offer any value where a kernel can draw it; the static page hides this."""
    names = list(controls)
    open_to = [k for k, name in enumerate(names) if controls[name].between]
    if not open_to:
        return None
    shown = widgets.HTML()
    fields = []

    def redraw(position: int, value: float) -> None:
        values = {
            n: c.values[s.index]
            for (n, c), s in zip(controls.items(), sliders, strict=True)
        }
        kind = type(controls[names[position]].values[0])
        values[names[position]] = kind(value)
        state = _state(values, list(controls.values()))
        shown.value = _html(draw, question, values, state)

    for k in open_to:
        numbers = [float(v) for v in controls[names[k]].values]
        entry = widgets.BoundedFloatText(
            value=numbers[controls[names[k]].start],
            min=min(numbers),
            max=max(numbers),
            step=(max(numbers) - min(numbers)) / 100,
            description=f"{controls[names[k]].label}, any value",
            style={"description_width": "initial"},
            continuous_update=False,
        )
        entry.observe(lambda change, k=k: redraw(k, change["new"]), names="value")
        fields.append(entry)
    box = widgets.VBox([*fields, shown])
    box.add_class("ib-needs-kernel")
    return box
