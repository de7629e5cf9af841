"""What a page shows: figures, explorers and questions."""

import base64
import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from interpolab import figures
from interpolab.explorers import Control, explorer
from interpolab.quizzes import predict


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def shown(monkeypatch, fig, alt):
    """Return what ``figures.show`` hands to the front end."""
    seen = []
    monkeypatch.setattr(figures, "display", lambda *a, **k: seen.append((a, k)))
    figures.show(fig, alt)
    (arguments, options) = seen[0]
    return arguments[0], options["metadata"]


def test_show_carries_text_image_and_data(monkeypatch):
    fig, ax = figures.panels()
    figures.measured(ax, [1, 2, 3], np.arange(12.0).reshape(3, 4), "test", label="m")
    figures.theory(ax, [1, 2, 3], [1.0, 2.0, np.inf], label="t")
    bundle, metadata = shown(monkeypatch, fig, "Line chart: it goes up from 1 to 3.")
    assert metadata["image/png"]["alt"] == "Line chart: it goes up from 1 to 3."
    assert bundle["text/plain"].endswith("up from 1 to 3.")
    image = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert image.mode == "P", "a palette keeps the page small and the figure opaque"
    assert image.width == pytest.approx(figures.WIDTH * 160, abs=2)
    lines = metadata["csv"].splitlines()
    assert lines[0] == "panel,series,x,y"
    assert "panel 1,m,1,1.5" in lines
    assert not plt.get_fignums()


def test_show_is_reproducible(monkeypatch):
    def draw():
        fig, ax = figures.panels()
        figures.series(ax, [0, 1], [0, 1], "train")
        return shown(monkeypatch, fig, "A line that goes up.")[0]

    assert draw() == draw()


@pytest.mark.parametrize("alt", ["", "figure 1", None])
def test_show_refuses_empty_alternative_text(alt):
    fig, _ = figures.panels()
    with pytest.raises(ValueError, match="alt must say what is seen"):
        figures.show(fig, alt)


def test_roles_can_be_told_apart_without_color():
    marks = [(role.marker, role.linestyle) for role in figures.ROLES.values()]
    assert len(set(marks)) == len(marks)


def test_measured_refuses_samples_of_the_wrong_shape():
    _, ax = figures.panels()
    with pytest.raises(ValueError, match="samples must be 2-dimensional"):
        figures.measured(ax, [1, 2], [1.0, 2.0], "test")
    with pytest.raises(ValueError, match="x must have 3 entries"):
        figures.measured(ax, [1, 2], np.ones((3, 4)), "test")
    with pytest.raises(ValueError, match="band must be"):
        figures.measured(ax, [1, 2], np.ones((2, 4)), "test", band=(10, 90))


def test_roles_are_those_of_the_book():
    _, ax = figures.panels()
    with pytest.raises(ValueError, match="role must be one of 'train', 'test'"):
        figures.series(ax, [1, 2], [1.0, 2.0], "validation")
    with pytest.raises(ValueError, match="role must be one of 'train', 'test'"):
        figures.measured(ax, [1, 2], np.ones((2, 4)), "validation")


def test_data_of_a_bar_chart_and_a_scatter():
    fig, (left, right) = figures.panels(1, 2)
    left.bar([0, 1], [2.0, 3.0], label="bars")
    right.scatter([5, 6], [7, 8], label="points")
    table = figures.data_of(fig)
    assert table[table.series == "bars"].y.tolist() == [2.0, 3.0]
    assert table[table.series == "points"].x.tolist() == [5.0, 6.0]


def draw(n, shift=0.0):
    fig, ax = figures.panels(height=2.0)
    figures.series(ax, [0, 1], [shift, n], "test")
    return fig, f"A line from {shift} to {n} & back."


def frames_of(widget):
    if isinstance(widget, widgets.HTML):
        return [widget.value] if "<img" in widget.value else []
    return [
        frame for child in getattr(widget, "children", ()) for frame in frames_of(child)
    ]


def test_explorer_has_a_described_frame_for_every_value():
    made = explorer("How high?", draw, n=Control("top n", [1, 2, 5], start=1))
    frames = frames_of(made)
    assert len(frames) == 3
    for n, frame in zip([1, 2, 5], frames, strict=True):
        alt, source = re.search(r'alt="([^"]+)" src="([^"]+)"', frame).groups()
        assert alt == f"top n: {n}. A line from 0.0 to {n} &amp; back."
        svg = unquote(source.removeprefix("data:image/svg+xml,"))
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert made.children[-1].selected_index == 1


def test_the_words_of_a_frame_are_not_rounded():
    def labelled(n):
        fig, ax = figures.panels()
        ax.set_xticks([0.125], labels=["0.001"])
        return fig, "One tick."

    made = explorer("Which?", labelled, n=Control("n", [1, 2]))
    frames = frames_of(made)
    assert len(frames) == 2
    for frame in frames:
        svg = unquote(frame)
        assert "0.001" in svg, "words of the figure stay"
        assert not re.search(r"<path [^>]*\d\.\d{3,}", svg), "its geometry is short"


def test_explorer_of_two_controls_has_a_grid_of_frames():
    made = explorer(
        "How high?",
        draw,
        n=Control("top n", [1, 2, 3]),
        shift=Control("shift s", [0.0, 0.5]),
    )
    stack = made.children[-1]
    assert [len(inner.children) for inner in stack.children] == [2, 2, 2]
    assert "shift s: 0.5" in stack.children[2].children[1].value


def test_explorer_links_sliders_to_frames_in_the_front_end(monkeypatch):
    joined = []
    monkeypatch.setattr(
        widgets, "jslink", lambda a, b: joined.append((type(a[0]), a[1], type(b[0])))
    )
    explorer("How high?", draw, n=Control("top n", [1, 2, 3]))
    assert (widgets.SelectionSlider, "index", widgets.Stack) in joined
    assert (widgets.Play, "value", widgets.SelectionSlider) in joined


def test_a_kernel_draws_values_in_between():
    control = Control("top n", [1.0, 2.0], between=True)
    made = explorer("How high?", draw, n=control)
    (live,) = [c for c in made.children if "ib-needs-kernel" in c._dom_classes]
    entry, picture = live.children
    entry.value = 1.25
    assert "A line from 0.0 to 1.25" in picture.value


BAD_EXPLORERS = [
    (lambda: explorer("", draw, n=Control("n", [1, 2])), "question must be"),
    (lambda: explorer("Q?", draw), "controls must be one or two"),
    (lambda: explorer("Q?", draw, n=Control("n", [1])), "n must have at least two"),
    (
        lambda: explorer("Q?", draw, n=Control("n", [1, 2], start=2)),
        "n must start at a position",
    ),
    (
        lambda: explorer("Q?", draw, n=Control("n", [1, 2], text=lambda v: "x")),
        "must be written differently",
    ),
    (
        lambda: explorer("Q?", lambda n: None, n=Control("n", [1, 2])),
        "draw must return a figure and a sentence",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD_EXPLORERS)
def test_bad_explorers_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_question_escapes_its_text_and_marks_one_answer_right():
    html = predict(
        "Is $a < b$?", {"Yes": "a & b", "No": "Try <again>."}, answer="Yes"
    )._repr_html_()
    tree = ElementTree.fromstring(html)
    options = tree.findall("details")
    assert [o.get("class") for o in options] == [
        "ib-option ib-right",
        "ib-option ib-wrong",
    ]
    assert "Try <again>." in "".join(options[1].itertext())
    assert "Is $a < b$?" in "".join(tree.itertext())


@pytest.mark.parametrize(
    ("feedback", "answer", "message"),
    [
        ({"Yes": "x"}, "Yes", "feedback must hold at least two answers"),
        ({"Yes": "x", "No": "y"}, "Maybe", "answer must be one of"),
    ],
)
def test_bad_questions_are_refused(feedback, answer, message):
    with pytest.raises(ValueError, match=message):
        predict("Q?", feedback, answer=answer)
