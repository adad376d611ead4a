"""What stands beside a net that trains: bars, curves, confusion matrices, mistakes; in a notebook and in a terminal."""

from __future__ import annotations

import io
import math
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

import tidu
from autograder.student import training
from autograder.student.training import chart, misses, page, running

SVG = "{http://www.w3.org/2000/svg}"
TARGETS = [0, 0, 1, 1, 2, 2, 2]
TAKEN = [0, 2, 1, 1, 2, 0, 2]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TIDU_LANG", "en")


class Notebook:
    """What a page shows: its outputs, each with all that it has shown; cells that end."""

    def __init__(self):
        self.outputs, self.execution_count, self.kernel = [], 1, object()
        self.after = []
        self.events = SimpleNamespace(
            register=lambda name, f: self.after.append(f), unregister=lambda name, f: self.after.remove(f)
        )

    def display(self, thing, display_id=None):
        shown = [thing._repr_mimebundle_()]
        self.outputs.append(shown)
        return SimpleNamespace(update=lambda thing: shown.append(thing._repr_mimebundle_()))

    def end_cell(self):
        for function in list(self.after):
            function(None)
        self.execution_count += 1


@pytest.fixture
def notebook(monkeypatch):
    found = Notebook()
    import IPython
    import IPython.display

    monkeypatch.setattr(IPython, "get_ipython", lambda: found)
    monkeypatch.setattr(IPython.display, "display", found.display)
    running._FREE.clear()  # the places of another notebook
    return found


def drawn(picture):
    return ElementTree.fromstring(picture._repr_svg_())


def words(picture):
    return [text.text for text in drawn(picture).iter(f"{SVG}text")]


def recorded(epochs=4, live=False):
    curve = training.LearningCurve(epochs=10, live=live)
    for epoch in range(epochs):
        for i in range(5):
            curve.batch(2.0 / (1 + epoch + i / 5))
        curve.epoch(validation_loss=1.5 / (1 + epoch), validation_accuracy=1 - 0.5**epoch)
    return curve


# ---- the bar


def test_a_bar_gives_what_it_goes_through():
    progress = training.bar([3, 1, 2], "here")
    assert list(progress) == [3, 1, 2] and len(progress) == 3
    assert list(training.bar(iter("ab"))) == ["a", "b"]
    with pytest.raises(TypeError, match="give total="):
        len(training.bar(iter("ab")))
    stream = type("Stream", (tidu.utils.data.IterableDataset,), {"__iter__": lambda self: iter(range(3))})()
    assert [int(n) for n in training.bar(tidu.utils.data.DataLoader(stream))] == [0, 1, 2]
    with pytest.raises(TypeError, match="iterable must be something to go through, got int"):
        training.bar(3)


def test_a_bar_shows_running_means():
    progress = training.bar(range(4), 3)
    for i in progress:
        progress.show(loss=tidu.tensor(float(i), requires_grad=True), accuracy=i / 4)
    assert progress.means == {"loss": 1.5, "accuracy": 0.375}
    assert repr(progress) == "epoch 3: batch 4 of 4, 0.0 s, loss 1.5000, accuracy 37.5%"
    with pytest.raises(TypeError, match="loss must be one number, got Tensor"):
        progress.show(loss=tidu.ones(2))


@pytest.mark.parametrize(("lang", "told"), [("zh", "第 2 轮"), ("en", "epoch 2"), ("both", "第 2 轮 / epoch 2")])
def test_a_bar_speaks_the_readers_language(lang, told, monkeypatch):
    monkeypatch.setenv("TIDU_LANG", lang)
    assert repr(training.bar([], 2)).startswith(told)


def test_in_a_terminal_it_is_tqdms(monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    progress = training.bar(range(3), "here")
    for _ in progress:
        progress.show(loss=0.5)
        progress._terminal.refresh()
    assert "here" in sys.stderr.getvalue() and "2/3" in sys.stderr.getvalue() and "loss 0.5000" in sys.stderr.getvalue()
    assert capsys.readouterr().out == ""


def test_into_a_file_it_prints_nothing(capfd):
    list(training.bar(range(3)))
    assert capfd.readouterr() == ("", "")


def test_the_bars_of_a_cell_share_one_output(notebook):
    for epoch in range(5):
        for _ in training.bar(range(3), epoch):
            pass
    assert len(notebook.outputs) == 1
    last = notebook.outputs[0][-1]
    assert last["text/plain"].startswith("epoch 4: batch 3 of 3") and 'value="3" max="3"' in last["text/html"]
    notebook.end_cell()
    list(training.bar(range(3), "<b>"))
    assert len(notebook.outputs) == 2 and "&lt;b&gt;" in notebook.outputs[1][-1]["text/html"]


def test_a_bar_that_is_left_says_where(notebook):
    for i in training.bar(range(10)):
        if i == 4:
            break
    import gc

    gc.collect()
    assert notebook.outputs[0][-1]["text/plain"].startswith("batch 4 of 10")


def test_a_bar_inside_another_has_its_own_output(notebook):
    for _ in training.bar(range(2), "outer"):
        list(training.bar(range(2), "inner"))
    assert len(notebook.outputs) == 2
    assert [shown[-1]["text/plain"].split(":")[0] for shown in notebook.outputs] == ["outer", "inner"]


# ---- the curve


def test_a_curve_records_and_tells():
    curve = recorded(2)
    assert curve.history["loss"][0] == pytest.approx(np.mean([2 / (1 + i / 5) for i in range(5)]))
    assert curve.history["accuracy"] == [None, None] and len(curve) == 2 and len(curve.batches) == 3
    assert repr(curve).splitlines() == [
        "learning curve of 2 epochs",
        "epoch 1: loss 1.4913, validation loss 1.5000, validation accuracy 0.0%",
        "epoch 2: loss 0.8452, validation loss 0.7500, validation accuracy 50.0%",
    ]
    assert "nothing to draw yet" in repr(training.LearningCurve())


def test_a_loss_that_is_no_number_is_told_and_leaves_a_gap():
    curve = training.LearningCurve(live=False)
    for loss in (1.0, math.nan, math.inf, 0.5):
        curve.epoch(loss=loss)
    assert "epoch 2: loss nan" in repr(curve) and "epoch 3: loss inf" in repr(curve)
    lines = [path.get("d") for path in drawn(curve.picture()).iter(f"{SVG}path") if path.get("class") == "a l0"]
    assert lines[0].count("M") == 2 and "nan" not in lines[0]


def test_what_is_no_share_is_no_accuracy():
    with pytest.raises(ValueError, match=r"validation_accuracy must be a share from 0 to 1, got 97\.5"):
        training.LearningCurve().epoch(loss=1.0, validation_accuracy=97.5)


def test_in_a_terminal_an_epoch_is_a_line(capsys):
    recorded(2, live=True)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1: loss 1.4913, validation loss 1.5000, validation accuracy 0.0%",
        "epoch 2: loss 0.8452, validation loss 0.7500, validation accuracy 50.0%",
    ]


def test_in_a_notebook_it_is_one_output_drawn_now_and_then(notebook, capsys):
    curve = recorded(30, live=True)
    assert len(notebook.outputs) == 1 and len(notebook.outputs[0]) < 5
    notebook.end_cell()
    assert "epoch 30" in notebook.outputs[0][-1]["text/plain"] and not notebook.after
    assert capsys.readouterr().out == ""
    curve.epoch(loss=0.25)  # in the next cell
    notebook.end_cell()
    assert len(notebook.outputs) == 2 and "epoch 31: loss 0.2500" in notebook.outputs[1][-1]["text/plain"]


def test_a_curve_that_is_not_live_shows_itself_when_asked(notebook):
    curve = recorded(3)
    assert notebook.outputs == []
    bundle = curve._repr_mimebundle_()
    assert "<svg" in bundle["text/html"] and bundle["text/plain"].startswith("learning curve of 3 epochs")


def test_long_trainings_stay_small_pictures():
    curve = training.LearningCurve(live=False)
    for epoch in range(60):
        for i in range(500):
            curve.batch(math.exp(-(500 * epoch + i) / 1e4))
        curve.epoch(validation_accuracy=epoch / 60)
    assert len(curve.picture()._repr_html_()) < 40_000


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_every_picture_is_whole_and_told_in_words(lang, monkeypatch):
    monkeypatch.setenv("TIDU_LANG", lang)
    images = np.zeros((7, 4, 4))
    for picture in (
        recorded().picture(),
        training.compare({"a": recorded(), "b": recorded(2)}),
        training.confusion_matrix((TARGETS, TAKEN)),
        training.misclassified(images, TARGETS, TAKEN),
        training.misclassified(images, TARGETS, TARGETS),
    ):
        chinese = any("一" <= c <= "鿿" for c in repr(picture))
        assert chinese == (lang != "en") and words(picture)
        assert picture._repr_html_() == picture._repr_html_()
        root = drawn(picture)
        assert root.get("role") == "img" and root.get("aria-label").split() == repr(picture).split()


def test_curves_side_by_side():
    curves = {"right": recorded(), "wrong <labels>": recorded(2)}
    picture = training.compare(curves)
    assert "loss" in words(picture) and "validation accuracy" in words(picture) and "wrong <labels>" in words(picture)
    assert "right: validation accuracy: 0.0% 50.0% 75.0% 87.5%" in repr(picture)
    assert "validation accuracy" not in words(training.compare(curves, "validation_loss"))
    with pytest.raises(ValueError, match="what must be of loss, accuracy"):
        training.compare(curves, ["losses"])
    with pytest.raises(ValueError, match="no curve has 'accuracy'"):
        training.compare(curves, "accuracy")
    with pytest.raises(ValueError, match="at least one curve"):
        training.compare({})


@pytest.mark.parametrize("low, high", [(0, 2.4), (0.93, 1.0), (-3, 120), (0, 1e-5), (2, 2.00001), (1e6, 3e9), (-5, -4)])
def test_ticks_are_few_round_and_around_the_range(low, high):
    found = chart.ticks(low, high)
    assert 2 <= len(found) <= 7 and found[0] <= low + 1e-12 and found[-1] >= high - 1e-12
    steps = np.diff(found)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:.0e}"[0] in "125"


@pytest.mark.parametrize("first, last", [(0, 1), (0, 12), (1, 2), (0, 250), (1, 1000)])
def test_epochs_are_whole(first, last):
    found = chart.ticks(first, last, whole=True)
    assert found and all(value == int(value) and first <= value <= last for value in found) and len(found) <= 7


# ---- the confusion matrix


def test_a_row_is_a_true_class():
    wanted = [[1, 0, 1], [0, 2, 0], [1, 0, 2]]
    for pair in ((TARGETS, TAKEN), (tidu.tensor(TARGETS), tidu.tensor(TAKEN)), (np.array(TARGETS), np.array(TAKEN))):
        assert training.confusion_matrix(pair)._repr_html_() == training.confusion_matrix(wanted)._repr_html_()
    picture = training.confusion_matrix(tidu.tensor(wanted), ["cat", "dog", "<ant>"])
    assert all(words(picture).count(name) == 2 for name in ("cat", "dog", "<ant>"))
    assert {"50.0%", "100.0%", "66.7%"} < set(words(picture))
    assert repr(picture).splitlines() == [
        "confusion matrix: 5 of 7 samples correct (71.4%); a row is a true class, a column a predicted one",
        "cat taken for <ant>: 1",
        "<ant> taken for cat: 1",
    ]


def test_a_class_without_samples_has_no_share():
    picture = training.confusion_matrix(([0, 0], [0, 1]), ["a", "b", "c"])
    assert words(picture).count("c") == 2 and sum("%" in word for word in words(picture)) == 1
    assert "0 of 0" in repr(training.confusion_matrix(np.zeros((2, 2), int)))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([[1, 2]], r"square matrix or \(targets, predictions\), got shape \(1, 2\)"),
        ([[0.5]], "whole numbers from 0 on"),
        ([[-1]], "whole numbers from 0 on"),
        (([0, 1], [0]), "as many, got 2 and 1"),
        (([0.5], [0]), "targets must be class numbers from 0 on, got float64"),
        (([0], [-1]), "predictions must be class numbers from 0 on"),
        (([0],), "got 1 things"),
        (([1000], [0]), "1 to 30 classes to be drawn, got 1001"),
        (np.zeros((0, 0)), "1 to 30 classes to be drawn, got 0"),
    ],
)
def test_what_is_no_confusion_matrix_is_said(found, told):
    with pytest.raises(ValueError, match=told):
        training.confusion_matrix(found)


def test_too_few_names():
    with pytest.raises(ValueError, match="classes must name 3 classes, got 2"):
        training.confusion_matrix(np.eye(3, dtype=int), ["a", "b"])


# ---- mistakes


def test_mistakes_are_shown_the_surest_first():
    images = tidu.rand(7, 1, 4, 5, requires_grad=True)
    sure = [0.9, 0.3, 0.9, 0.9, 0.9, 0.8, 0.9]
    picture = training.misclassified(images, tidu.tensor(TARGETS), tidu.tensor(TAKEN), tidu.tensor(sure))
    assert [word for word in words(picture) if "→" in word][1:] == ["2 → 0  80.0%", "0 → 2  30.0%"]
    assert len(list(drawn(picture).iter(f"{SVG}image"))) == 2
    assert repr(picture).splitlines() == [
        "2 of 7 images classified wrongly, 2 of them drawn (the surest first)",
        "[5] 2 → 0  80.0%",
        "[1] 0 → 2  30.0%",
    ]
    each = np.zeros((7, 3))
    each[range(7), TAKEN] = sure
    assert repr(training.misclassified(images, TARGETS, TAKEN, each)) == repr(picture)


def test_as_many_as_asked_in_their_order_and_by_name():
    picture = training.misclassified(np.zeros((7, 3, 2, 2)), TARGETS, TAKEN, classes=["x", "y", "z"], count=1)
    assert repr(picture).splitlines() == ["2 of 7 images classified wrongly, 1 of them drawn", "[1] x → z"]
    assert repr(training.misclassified(np.zeros((7, 2, 2)), TARGETS, TARGETS)) == "all 7 images are classified rightly"


def test_an_image_is_a_png_that_pillow_reads():
    from PIL import Image

    for pixels in (np.arange(20, dtype=np.uint8).reshape(4, 5) * 12, np.arange(60, dtype=np.uint8).reshape(4, 5, 3)):
        image = Image.open(io.BytesIO(misses.png(pixels)))
        image.verify()
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(misses.png(pixels)))), pixels)


def test_floats_are_stretched_and_bytes_are_not():
    stretched = misses._as_bytes(np.array([[[-1.0, 0.0], [0.5, 1.0]]]))
    assert stretched.tolist() == [[[0, 128], [191, 255]]]
    raw = np.array([[[3, 7]]], np.uint8)
    assert misses._as_bytes(raw).tolist() == raw.tolist() and misses._as_bytes(np.ones((1, 2, 2))).max() == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((np.zeros((7, 2, 4, 4)), TARGETS, TAKEN), r"images must have shape .*got \(7, 2, 4, 4\)"),
        ((np.zeros((6, 4, 4)), TARGETS, TAKEN), "as many, got 6, 7 and 7"),
        ((np.zeros((7, 4, 4)), TARGETS, TAKEN, np.zeros(3)), r"probabilities must have shape \(7,\) or \(7, classes\)"),
    ],
)
def test_what_cannot_be_shown_is_said(arguments, told):
    with pytest.raises(ValueError, match=told):
        training.misclassified(*arguments)


def test_tensors_of_pytorch_are_as_good():
    torch = pytest.importorskip("torch")
    images = torch.rand(7, 1, 4, 4, requires_grad=True)
    picture = training.misclassified(images, torch.tensor(TARGETS), torch.tensor(TAKEN), torch.full((7,), 0.5))
    assert repr(picture).splitlines()[1] == "[1] 0 → 2  50.0%"
    training.confusion_matrix((torch.tensor(TARGETS), torch.tensor(TAKEN)))
    curve = training.LearningCurve(live=False)
    curve.batch(torch.tensor(0.5, requires_grad=True))
    assert curve.batches == [[0.5]] and page.array(torch.ones(2)).tolist() == [1.0, 1.0]
