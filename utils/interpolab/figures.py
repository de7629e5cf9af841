"""Plots in the book's one visual language, with computed alternative text.

A color, a line and a mark mean the same thing in every figure: call
:func:`use_style` once, draw what was measured with :func:`measured`, what was
derived with :func:`theory`, and end the cell with :func:`show`, which demands
the sentence that a reader who cannot see the figure needs.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

from interpolab._validation import as_array, as_choice, as_number, as_vector

__all__ = [
    "ROLES",
    "Role",
    "RoleName",
    "data_of",
    "floor",
    "label_end",
    "measured",
    "panels",
    "series",
    "show",
    "theory",
    "threshold",
    "use_style",
]

WIDTH = 7.2
"""Width of the text column in inches."""

INK, MUTED = "#222222", "#777777"


@dataclass(frozen=True)
class Role:
    """What a quantity looks like, in every figure of the book.

    Attributes
    ----------
    color : str
        A color of the Okabe-Ito palette, safe for color-blind readers.
    marker : str
        The mark; no two roles share color and mark.
    linestyle : str
        The line through the marks.
    """

    color: str
    marker: str
    linestyle: str = "-"


RoleName: TypeAlias = Literal[
    "train", "test", "theory", "norm", "bias", "variance", "ablated", "other"
]
"""The quantities that have a look of their own."""

ROLES: dict[str, Role] = {
    "train": Role("#0072B2", "o"),
    "test": Role("#D55E00", "s"),
    "theory": Role(INK, "", "--"),
    "norm": Role("#CC79A7", "D"),
    "bias": Role("#009E73", "^"),
    "variance": Role("#56B4E9", "v"),
    "ablated": Role("#E69F00", "X", "-."),
    "other": Role(MUTED, "P"),
}
"""Role of a quantity -> its look."""

# Any: matplotlib types the keys of its parameters as literals.
_STYLE: Any = {
    "figure.figsize": (WIDTH, WIDTH * 0.42),
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "axes.grid": True,
    "axes.grid.which": "major",
    "axes.prop_cycle": cycler(color=[r.color for r in ROLES.values()]),
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "font.family": "sans-serif",
    "font.size": 10,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "image.cmap": "viridis",
    "svg.fonttype": "none",
    "svg.hashsalt": "interpolab",
}


def use_style() -> None:
    """Set matplotlib's defaults to the book's style for this session.

    Examples
    --------
    >>> use_style()
    """
    mpl.rcParams.update(_STYLE)


def panels(
    rows: int = 1, columns: int = 1, *, height: float = 3.0, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure of the text column's width.

    Parameters
    ----------
    rows, columns : int
        Grid of axes.
    height : float
        Height of one row, in inches.
    **options
        Passed on to :func:`matplotlib.pyplot.subplots`.

    Returns
    -------
    fig : Figure
        The figure.
    axes : Axes or ndarray of Axes
        As :func:`matplotlib.pyplot.subplots` returns them.

    Examples
    --------
    >>> fig, axes = panels(1, 2)
    >>> len(axes)
    2
    >>> plt.close(fig)
    """
    with mpl.rc_context(_STYLE):
        return plt.subplots(rows, columns, figsize=(WIDTH, rows * height), **options)


def series(
    ax: Axes, x: ArrayLike, y: ArrayLike, role: RoleName, **options: Any
) -> None:
    """Draw one value for each ``x`` in the look of its role.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x, y : array_like, shape (k,)
        Points of the curve.
    role : str
        One of ``ROLES``.
    **options
        Passed on to :meth:`matplotlib.axes.Axes.plot`; they win.

    Raises
    ------
    ValueError
        If the role is unknown, or ``x`` and ``y`` do not go together.

    Examples
    --------
    >>> fig, ax = panels()
    >>> series(ax, [1, 2], [3, 4], "test", label="test error")
    >>> plt.close(fig)
    """
    look = ROLES[as_choice("role", role, list(ROLES))]
    defaults: dict[str, Any] = {
        "color": look.color,
        "marker": look.marker,
        "linestyle": look.linestyle,
        # Marks sit on the same abscissas in every curve of a crowded sweep;
        # at most 20 of them stay legible.
        "markevery": max(1, np.size(x) // 20),
    }
    ax.plot(as_vector("x", x), np.asarray(y, dtype=float), **(defaults | options))


def measured(
    ax: Axes,
    x: ArrayLike,
    samples: ArrayLike,
    role: RoleName,
    *,
    band: tuple[float, float] = (0.1, 0.9),
    **options: Any,
) -> None:
    """Draw the median of repeated measurements with a quantile band.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x : array_like, shape (k,)
        Abscissas.
    samples : array_like, shape (k, repeats)
        The measurements; each row is reduced to its median and quantiles.
    role : str
        One of ``ROLES``.
    band : tuple of float
        The two quantiles; 0.1 and 0.9 unless a caption says otherwise.
    **options
        Passed on to the median's line.

    Raises
    ------
    ValueError
        If ``samples`` has no row for an ``x``, the role is unknown or ``band`` is
        not two shares.

    Examples
    --------
    >>> import numpy as np
    >>> fig, ax = panels()
    >>> measured(ax, [1, 2], np.ones((2, 5)), "train", label="train error")
    >>> plt.close(fig)
    """
    values = as_array("samples", samples, ndim=2)
    abscissas = as_vector("x", x, length=values.shape[0])
    start, end = (as_number("band", share, low=0.0, high=1.0) for share in band)
    low, middle, high = np.quantile(values, [start, 0.5, end], axis=1)
    color = options.get("color", ROLES[as_choice("role", role, list(ROLES))].color)
    ax.fill_between(abscissas, low, high, color=color, alpha=0.18, linewidth=0)
    series(ax, abscissas, middle, role, **options)


def theory(ax: Axes, x: ArrayLike, y: ArrayLike, **options: Any) -> None:
    """Draw a prediction as a dashed line over the marks.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x, y : array_like, shape (k,)
        Points of the curve; a ``y`` may be infinite, where the line breaks.
    **options
        Passed on to :meth:`matplotlib.axes.Axes.plot`.

    Examples
    --------
    >>> fig, ax = panels()
    >>> theory(ax, [0, 1], [1, 0], label="theory")
    >>> plt.close(fig)
    """
    series(ax, x, y, "theory", **({"zorder": 5, "linewidth": 1.4} | options))


def threshold(ax: Axes, x: float, label: str = "interpolation threshold") -> None:
    """Mark the interpolation threshold with a thin line, named in words.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x : float
        Its abscissa.
    label : str
        The words beside the line.

    Examples
    --------
    >>> fig, ax = panels()
    >>> threshold(ax, 10.0, "N = D")
    >>> plt.close(fig)
    """
    ax.axvline(x, color=MUTED, linewidth=0.9, zorder=0)
    ax.annotate(
        label,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2),
        textcoords="offset points",
        va="top",
        fontsize=8.5,
        color="#595959",
    )


def floor(ax: Axes, y: float, label: str) -> None:
    """Mark a noise floor or Bayes risk with a dotted line, named in words.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    y : float
        Its height.
    label : str
        The words above the line.

    Examples
    --------
    >>> fig, ax = panels()
    >>> floor(ax, 1.0, "noise")
    >>> plt.close(fig)
    """
    ax.axhline(y, color=MUTED, linewidth=0.9, linestyle=":", zorder=0)
    ax.annotate(
        label,
        (1.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 2),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
        color="#595959",
    )


def label_end(ax: Axes, x: float, y: float, text: str, color: str = INK) -> None:
    """Write a curve's name at its end, instead of a legend.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x, y : float
        The curve's last point.
    text : str
        Its name.
    color : str
        Color of the curve.

    Examples
    --------
    >>> fig, ax = panels()
    >>> label_end(ax, 1.0, 1.0, "k = 4")
    >>> plt.close(fig)
    """
    ax.annotate(
        text,
        (x, y),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=color,
        annotation_clip=False,
    )


def _curves(fig: Figure) -> Iterator[pd.DataFrame]:
    for number, ax in enumerate(fig.axes, 1):
        panel = ax.get_title(loc="left") or ax.get_title() or f"panel {number}"
        drawn = [(line.get_label(), line.get_xydata()) for line in ax.lines]
        drawn += [(c.get_label(), c.get_offsets()) for c in ax.collections]
        for label, points in drawn:
            xy = np.ma.getdata(points).astype(float)
            if len(xy) < 2:
                continue
            name = "" if str(label).startswith("_") else label
            frame = {"panel": panel, "series": name, "x": xy[:, 0], "y": xy[:, 1]}
            yield pd.DataFrame(frame)
        for bar in ax.containers:
            heights = getattr(bar, "datavalues", None)
            if heights is not None:
                frame = {
                    "panel": panel,
                    "series": bar.get_label(),
                    "x": np.arange(len(heights)),
                    "y": np.asarray(heights, dtype=float),
                }
                yield pd.DataFrame(frame)


def data_of(fig: Figure) -> pd.DataFrame:
    """Collect the data behind a figure's curves and points.

    Parameters
    ----------
    fig : Figure
        Any matplotlib figure.

    Returns
    -------
    DataFrame
        Columns ``panel``, ``series``, ``x`` and ``y``.

    Examples
    --------
    >>> fig, ax = panels()
    >>> series(ax, [1, 2], [3, 4], "test", label="test error")
    >>> data_of(fig).to_csv(index=False).splitlines()[1]
    'panel 1,test error,1.0,3.0'
    >>> plt.close(fig)
    """
    frames = list(_curves(fig))
    if not frames:
        return pd.DataFrame(columns=["panel", "series", "x", "y"])
    return pd.concat(frames, ignore_index=True)


def _png(fig: Figure, dpi: int) -> bytes:
    """Return the figure as a PNG of few colors: small, opaque, reproducible."""
    raw = io.BytesIO()
    fig.savefig(raw, format="png", dpi=dpi, metadata={"Software": None})
    image = Image.open(raw).convert("RGB").quantize(colors=96, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    image.save(packed, format="png", optimize=True)
    return packed.getvalue()


def show(fig: Figure, alt: str, *, dpi: int = 160) -> None:
    """Display a figure with its alternative text and its data, and close it.

    The image goes to the page at twice the usual resolution.  The text goes
    into the output twice, as the alternative text and as the plain-text form
    that the notebook tests compare, so the numbers in it are checked.  The data
    behind the curves travel in the output's metadata, where the website makes
    a download of them.

    Parameters
    ----------
    fig : Figure
        The figure; it is closed.
    alt : str
        What is seen: the kind of figure, its axes, the finding and the two or
        three numbers that matter, computed from the arrays and rounded.
    dpi : int
        Dots per inch of the image.

    Raises
    ------
    ValueError
        If ``alt`` is too short to say anything.

    Examples
    --------
    >>> fig, ax = panels()
    >>> show(fig, "")
    Traceback (most recent call last):
        ...
    ValueError: alt must say what is seen in a sentence or two; got ''.
    >>> plt.close(fig)
    """
    sentence = " ".join(alt.split()) if isinstance(alt, str) else alt
    if not isinstance(sentence, str) or len(sentence.split()) < 5:
        raise ValueError(
            f"alt must say what is seen in a sentence or two; got {alt!r}."
        )
    width = round(fig.get_figwidth() * 100)
    table = data_of(fig).to_csv(index=False, float_format="%.6g")
    with mpl.rc_context(_STYLE):
        image = b64encode(_png(fig, dpi)).decode()
    plt.close(fig)
    display(
        {"image/png": image, "text/plain": f"[Figure] {sentence}"},
        metadata={"image/png": {"alt": sentence, "width": width}, "csv": table},
        raw=True,
    )
