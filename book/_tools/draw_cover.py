"""Draw the README's picture from the landing page's live figure.

python book/_tools/draw_cover.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from interpolab import figures  # noqa: E402
from interpolation_book import live_figure as live  # noqa: E402

TARGET = ROOT / "book" / "_static" / "double-descent.png"


def main() -> None:
    """Draw three fits and the curve of test errors."""
    figures.use_style()
    data = live.sweep()
    fig, axes = figures.panels(1, 4, height=2.1, width_ratios=[1, 1, 1, 1.8])
    shown = [6, live.POINTS, live.SIZES[-1]]
    for ax, size in zip(axes[:3], shown, strict=True):
        ax.plot(live.GRID, live.target(live.GRID), "--", color=figures.MUTED, lw=1)
        curve = np.clip(data.fits[live.SIZES.index(size)], *live.LEFT)
        ax.plot(live.GRID, curve, color=figures.ROLES["test"].color)
        ax.plot(data.x, data.y, "o", color=figures.INK, ms=3)
        ax.set(title=f"{size} parameters", ylim=live.LEFT, xticks=[], yticks=[])
    ax = axes[3]
    figures.series(ax, live.SIZES, data.test, "test", marker="")
    for size in shown:
        ax.plot(size, data.test[live.SIZES.index(size)], "s", color="#D55E00")
    figures.threshold(ax, live.POINTS, "12 points")
    ax.set(xscale="log", yscale="log", title="Test error", xlabel="parameters")
    ax.set_xticks(shown, shown, minor=False)
    ax.minorticks_off()
    TARGET.write_bytes(figures._png(fig, dpi=160))
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
