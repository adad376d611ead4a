"""How a net is trained: round and round through four steps, with a look at other data now and then."""

from __future__ import annotations

from autograder.student.pictures.picture import Drawing, Picture, words

WIDE, TALL, APART, DROP = 132, 58, 46, 66


def loop() -> Picture:
    """训练的循环 / The loop of training: batch, net, loss, gradients, a step, and back to the next batch."""
    drawing = Drawing()
    top = ["batch", "net", "loss"]
    at = {name: i * (WIDE + APART) for i, name in enumerate(("data", *top))}
    below = {"step": at["net"], "backward": at["loss"], "zero": at["batch"]}
    for name, x in at.items():
        _box(drawing, x, 0, name, 4 if name == "data" else 0)
    for name, x in below.items():
        _box(drawing, x, TALL + DROP, name, 1)
    for left in ("data", "batch", "net"):
        _right(drawing, at[left] + WIDE, TALL / 2, APART, 0)
    middle = TALL + DROP + TALL / 2
    drawing.path(f"M{at['loss'] + WIDE / 2} {TALL + 4}v{DROP - 12}", "a l1")
    drawing.head(at["loss"] + WIDE / 2, TALL + DROP - 4, 0, 1, "f1")
    _left(drawing, at["loss"], middle, APART, 1)
    _left(drawing, at["net"], middle, APART, 1)
    drawing.path(f"M{at['net'] + WIDE / 2} {TALL + DROP - 4}v{12 - DROP}", "a l1 d")
    drawing.head(at["net"] + WIDE / 2, TALL + 4, 0, -1, "f1")
    drawing.text(at["net"] + WIDE / 2 + 8, TALL + DROP / 2 + 4, words("loop_changes"), "s w1")
    drawing.path(f"M{at['batch'] + WIDE / 2} {TALL + DROP - 4}v{12 - DROP}", "a l0")
    drawing.head(at["batch"] + WIDE / 2, TALL + 4, 0, -1, "f0")
    drawing.text(at["batch"] + WIDE / 2 + 8, TALL + DROP / 2 + 4, words("loop_next"), "s w0")
    y = 2 * TALL + DROP + 26
    drawing.text(at["data"], y, words("loop_epoch"), "s q")
    drawing.text(at["data"], y + 18, words("loop_test"), "s q")
    told = "\n".join(words(f"loop_{name}_told") for name in ("forward", "back"))
    told += f"\n{words('loop_epoch')}\n{words('loop_test')}"
    return Picture(drawing.svg(told), told)


def _box(drawing: Drawing, x: float, y: float, name: str, hue: int) -> None:
    drawing.rect(x, y, WIDE, TALL, f"c t{hue}", 'rx="7"')
    drawing.text(x + WIDE / 2, y + 25, words(f"loop_{name}"), "m b")
    drawing.text(x + WIDE / 2, y + 43, _CODE[name], "m s q")


#: What it is called in a program.
_CODE = {
    "data": "Dataset", "batch": "DataLoader → x, y", "net": "net(x)", "loss": "loss_fn(scores, y)",
    "backward": "loss.backward()", "step": "optimizer.step()", "zero": "optimizer.zero_grad()",
}  # fmt: skip


def _right(drawing: Drawing, x: float, y: float, length: float, hue: int) -> None:
    drawing.path(f"M{x + 4} {y}h{length - 12}", f"a l{hue}")
    drawing.head(x + length - 4, y, 1, 0, f"f{hue}")


def _left(drawing: Drawing, x: float, y: float, length: float, hue: int) -> None:
    drawing.path(f"M{x - 4} {y}h{12 - length}", f"a l{hue}")
    drawing.head(x - length + 4, y, -1, 0, f"f{hue}")
