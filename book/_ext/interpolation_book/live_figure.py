"""The landing page's live figure: move a model's size through the threshold.

The directive fits cosine polynomials of every size to twelve noisy points when
the book is built, draws the first state as SVG, and hands the other states to a
few lines of script.  Without script the figure stands still and still says what
it shows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from interpolab.linear import min_norm

SEED = 20
POINTS, REPEATS, NOISE = 12, 101, 0.3
SIZES = (*range(1, 31), 34, 38, 44, 52, 64, 80)
START = 5
GRID = np.linspace(0.0, 1.0, 161)
WIDTH, HEIGHT = 340.0, 230.0
LEFT = (-2.2, 2.2)


def target(x: np.ndarray) -> np.ndarray:
    """Return the function to be learned."""
    return np.sin(2 * np.pi * x) + 0.5 * np.cos(5 * np.pi * x)


def features(x: np.ndarray, size: int) -> np.ndarray:
    """Return cosines of growing frequency and falling weight: smooth ones first."""
    k = np.arange(size)
    return np.cos(np.pi * np.outer(x, k)) / (1.0 + k)


def sample(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw two points in each sixth of the interval, with noisy values."""
    cells = np.repeat(np.arange(POINTS // 2), 2)
    x = np.sort((cells + rng.uniform(size=POINTS)) / (POINTS // 2))
    return x, target(x) + NOISE * rng.standard_normal(POINTS)


@dataclass(frozen=True)
class Sweep:
    """Errors of every size over many samples, and the fits to the first one."""

    x: np.ndarray
    y: np.ndarray
    fits: np.ndarray
    train: np.ndarray
    test: np.ndarray


def sweep() -> Sweep:
    """Fit every size to every sample; errors are medians over the samples."""
    rng = np.random.default_rng(SEED)
    train = np.empty((len(SIZES), REPEATS))
    test = np.empty_like(train)
    fits = np.empty((len(SIZES), GRID.size))
    first = None
    for repeat in range(REPEATS):
        x, y = sample(rng)
        first = first or (x, y)
        for i, size in enumerate(SIZES):
            fit = min_norm(features(x, size), y)
            curve = features(GRID, size) @ fit
            train[i, repeat] = np.mean((features(x, size) @ fit - y) ** 2)
            test[i, repeat] = np.mean((curve - target(GRID)) ** 2) + NOISE**2
            if repeat == 0:
                fits[i] = curve
    assert first is not None
    return Sweep(*first, fits, np.median(train, axis=1), np.median(test, axis=1))


def sentence(size: int, train: float, test: float, best: float) -> str:
    """Say what is seen at one size."""
    where = f"{size} parameter{'s' if size > 1 else ''} for {POINTS} points: "
    ratio = f"{test / best:.1f} times that of the best smaller model"
    if size == POINTS:
        return where + f"the curve just hits every point. Its test error is {ratio}."
    if size > POINTS:
        return where + f"it hits every point as well, yet its test error is {ratio}."
    if test == best:
        return where + f"the best before the threshold, with test error {test:.2f}."
    return where + f"training error {train:.2f}, test error {test:.2f}, {ratio}."


class Axes:
    """Maps data to the coordinates of one of the two panels."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], left: float):
        self.x, self.y, self.left = x, y, left

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a point in SVG coordinates, clipped to the panel."""
        u = (x - self.x[0]) / (self.x[1] - self.x[0])
        v = (np.clip(y, *self.y) - self.y[0]) / (self.y[1] - self.y[0])
        return (
            round(self.left + 34 + u * (WIDTH - 44), 1),
            round(24 + (1 - v) * (HEIGHT - 58), 1),
        )

    def path(self, xs: Any, ys: Any) -> str:
        """Return an SVG path through points."""
        points = (self.at(x, y) for x, y in zip(xs, ys, strict=True))
        return "M" + "L".join(f"{a:g} {b:g}" for a, b in points)

    def frame(self, title: str, xlabel: str) -> str:
        """Draw the axes, a title and a label."""
        x0, y0 = self.at(self.x[0], self.y[0])
        x1, y1 = self.at(self.x[1], self.y[1])
        return (
            f'<path class="ib-axis" d="M{x0} {y1}L{x0} {y0}L{x1} {y0}"/>'
            f'<text class="ib-title" x="{x0}" y="14">{title}</text>'
            f'<text x="{(x0 + x1) / 2}" y="{HEIGHT - 4}" text-anchor="middle">'
            f"{xlabel}</text>"
        )


def place(size: float) -> float:
    """Return the abscissa of a size: logarithmic, so that both valleys show."""
    return float(np.log(size))


def render(data: Sweep) -> str:
    """Return the figure as HTML with its states as JSON."""
    logs = np.log10(data.test)
    low, high = float(logs.min()) - 1.2, float(logs.max()) + 0.15
    fit = Axes((0, 1), LEFT, 0)
    error = Axes((0, place(SIZES[-1])), (low, high), WIDTH + 10)
    best = float(data.test[: SIZES.index(POINTS)].min())
    states = [
        {
            "size": size,
            "fit": fit.path(GRID, data.fits[i]),
            "at": error.at(place(size), float(logs[i])),
            "says": sentence(size, float(data.train[i]), float(data.test[i]), best),
        }
        for i, size in enumerate(SIZES)
    ]
    below = range(SIZES.index(POINTS))
    # From the threshold on the training error is zero, at the foot of the axis.
    train = error.path(
        [place(SIZES[i]) for i in below], [np.log10(data.train[i]) for i in below]
    )
    test = error.path([place(s) for s in SIZES], logs)
    dots = "".join(
        '<circle class="ib-point" cx="{:g}" cy="{:g}" r="4"/>'.format(*fit.at(a, b))
        for a, b in zip(data.x, data.y, strict=True)
    )
    tx, top = error.at(place(POINTS), high)
    _, bottom = error.at(place(POINTS), low)
    ticks = "".join(
        f'<text x="{error.at(place(s), low)[0]}" y="{bottom + 14}" '
        f'text-anchor="middle">{s}</text>'
        for s in (1, 3, 6, POINTS, 30, 80)
    )
    end = error.at(place(SIZES[-1]), float(logs[-1]))
    begin = states[START]
    svg = (
        f'<svg viewBox="0 0 {2 * WIDTH + 10:g} {HEIGHT:g}" role="img" '
        'aria-labelledby="ib-live-title">'
        '<title id="ib-live-title">Left, twelve noisy points, the true curve and the '
        "fitted one. Right, training and test error against the number of parameters "
        f"on logarithmic axes; the test error peaks at {POINTS}, the number of points."
        "</title>"
        + fit.frame("Twelve points and the fit", "x")
        + error.frame("Error, log scale", "number of parameters")
        + f'<path class="ib-truth" d="{fit.path(GRID, target(GRID))}"/>'
        + f'<path class="ib-fit" d="{begin["fit"]}"/>'
        + dots
        + f'<path class="ib-threshold" d="M{tx} {top}L{tx} {bottom}"/>'
        f'<text x="{tx + 4}" y="{top + 8}">as many as points</text>'
        + f'<path class="ib-train" d="{train}"/><path class="ib-test" d="{test}"/>'
        + f'<text class="ib-test-label" x="{end[0]}" y="{end[1] - 8}" '
        'text-anchor="end">test error</text>'
        + '<text class="ib-train-label" x="{:g}" y="{:g}">training error</text>'.format(
            *np.add(error.at(place(3), float(np.log10(data.train[3]))), (-62, 10))
        )
        + ticks
        + '<circle class="ib-here" cx="{:g}" cy="{:g}" r="6"/>'.format(*begin["at"])
        + "</svg>"
    )
    return (
        '<figure class="ib-live">'
        + svg
        + '<label class="ib-live-control" for="ib-live-size">'
        "<span>Drag the model’s size through the threshold: "
        f'<output for="ib-live-size">{begin["size"]}</output> parameters</span>'
        f'<input id="ib-live-size" type="range" min="0" max="{len(SIZES) - 1}" '
        f'value="{START}" aria-valuetext="{begin["size"]} parameters"></label>'
        f'<figcaption aria-live="polite">{escape(begin["says"])}</figcaption>'
        '<script type="application/json" class="ib-live-states">'
        + json.dumps(states)
        + "</script></figure>"
    )


class LiveFigure(SphinxDirective):
    """The directive ``live-figure``."""

    def run(self) -> list[nodes.Node]:
        """Compute and draw."""
        return [nodes.raw("", render(sweep()), format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive and its script."""
    app.add_directive("live-figure", LiveFigure)
    app.add_js_file("interpolation-live.js", loading_method="defer")
    app.add_css_file("interpolation-live.css")
