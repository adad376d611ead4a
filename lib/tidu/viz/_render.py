"""A ``graphviz.Digraph`` that is drawn on any machine: by the program ``dot``, else by pygraphviz's own library; and
shown in a notebook even where neither is.

The package ``graphviz`` writes DOT and runs the program; the wheels of ``pygraphviz`` 2 carry the library itself,
so that ``pip install`` alone is enough to draw, on Windows and macOS too.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

try:
    import graphviz
except ImportError as error:
    raise ImportError("drawing graphs needs the package graphviz: pip install graphviz pygraphviz") from error

from tidu.viz._display import drawn, page, themed, told

StrPath = str | os.PathLike[str]


def draw(source: str, format: str, engine: str) -> bytes:
    """Lay out and draw DOT source without the program ``dot``. / 不靠 dot 程序画图。"""
    try:
        import pygraphviz
    except ImportError as error:
        raise ImportError(
            "drawing needs Graphviz, and its program dot is not on PATH: pip install 'pygraphviz>=2' (its wheels carry "
            "the library), or install Graphviz itself (with conda, apt or brew: install graphviz)"
        ) from error
    with _library_messages() as messages:
        try:
            image: bytes = pygraphviz.AGraph(string=source).draw(format=format, prog=engine)
        except Exception as error:
            messages.seek(0)
            raise RuntimeError(f"Graphviz could not draw this: {messages.read().strip() or error}") from error
    return image


@contextmanager
def _library_messages() -> Iterator[IO[str]]:
    """What the C library writes to stderr, kept from the notebook: fontconfig warns of what it does not know."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as messages:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(messages.fileno(), 2)
        try:
            yield messages
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


class ComputationGraph(graphviz.Digraph):
    """A picture of a computation graph; everything a ``graphviz.Digraph`` can do. / 计算图的图。"""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None, **_: Any) -> dict[str, str]:
        words = told(self.body)
        try:
            image = self.pipe(format="svg", encoding="utf-8")
            inline = themed(image, words)
        except ImportError:  # neither the program nor the library: our own layout will do
            inline = drawn(self.body, words)
            image = inline.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        return {"text/html": page(inline, words), "image/svg+xml": image, "text/plain": words}

    def pipe(self, format: str | None = None, *args: Any, **options: Any) -> Any:
        """The picture as bytes, or as text with ``encoding``. / 以字节返回图片。"""
        try:
            return super().pipe(format, *args, **options)
        except graphviz.ExecutableNotFound:
            image = draw(self.source, format or self.format, options.get("engine") or self.engine)
        encoding = options.get("encoding")
        return image.decode(encoding) if encoding else image

    def render(
        self,
        filename: StrPath | None = None,
        directory: StrPath | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: StrPath | None = None,
        engine: str | None = None,
        quiet_view: bool = False,
        **options: Any,
    ) -> str:
        """Save the source and draw it beside; returns the picture's path. / 保存源文件并画图，返回图片路径。"""
        try:
            rendered: str = super().render(
                filename, directory=directory, view=view, cleanup=cleanup, format=format, outfile=outfile,
                engine=engine, quiet_view=quiet_view, **options,
            )  # fmt: skip
            return rendered
        except graphviz.ExecutableNotFound:
            pass  # the source has been saved by now, and self.filepath says where
        if outfile is not None:
            path = Path(outfile) if directory is not None else Path(self.directory, outfile)
            format = format or path.suffix.lstrip(".")
        else:
            format = format or self.format
            path = Path(f"{self.filepath}.{format}")
        path.write_bytes(draw(self.source, format, engine or self.engine))
        if cleanup:
            os.remove(self.filepath)
        if view or quiet_view:
            graphviz.view(path, quiet=quiet_view)
        return str(path)
