"""Pictures come out on a machine that has no ``dot``, and from ``dot`` on one that has it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import graphviz
import pytest

from tidu.viz import ComputationGraph

MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def graph(tmp_path):
    dot = ComputationGraph(filename="Digraph.gv", directory=tmp_path, node_attr={"fontname": "monospace"})
    dot.node("a", "张量 x\n (2, 2)")
    dot.node("b", "MulBackward0")
    dot.edge("a", "b")
    return dot


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def fake_dot(folder: Path) -> None:
    """A program ``dot`` whose picture is recognisable."""
    program = folder / "dot"
    program.write_text('#!/bin/sh\necho "<svg>drawn by dot</svg>"\n')
    program.chmod(0o755)


@pytest.mark.usefixtures("no_dot")
class TestWithoutDot:
    @pytest.mark.parametrize("format", MAGIC)
    def test_render(self, graph, tmp_path, format):
        path = graph.render("picture", format=format)
        assert path == str(tmp_path / f"picture.{format}")
        assert Path(path).read_bytes().startswith(MAGIC[format])
        assert (tmp_path / "picture").read_text(encoding="utf-8") == graph.source

    def test_render_names_a_file_of_its_own(self, graph, tmp_path):
        assert graph.render() == str(tmp_path / "Digraph.gv.pdf")

    def test_cleanup_leaves_the_picture_alone(self, graph, tmp_path):
        graph.render("picture", format="svg", cleanup=True)
        assert [path.name for path in tmp_path.iterdir()] == ["picture.svg"]

    def test_outfile(self, graph, tmp_path):
        assert graph.render(outfile="here.png", cleanup=True) == str(tmp_path / "here.png")
        assert (tmp_path / "here.png").read_bytes().startswith(MAGIC["png"])

    def test_pipe(self, graph):
        assert graph.pipe("png").startswith(MAGIC["png"])
        text = graph.pipe(format="svg", encoding="utf-8")
        assert "张量 x" in text
        assert "MulBackward0" in text

    def test_shown_inline(self, graph):
        assert "张量 x" in graph._repr_mimebundle_()["image/svg+xml"]

    def test_view_opens_the_picture(self, graph, tmp_path, monkeypatch):
        opened = []
        monkeypatch.setattr(graphviz, "view", lambda path, quiet: opened.append(Path(path)))
        graph.view("picture")
        assert opened == [tmp_path / "picture.pdf"]

    def test_the_library_is_not_heard(self, graph, capfd):
        graph.pipe("svg")
        assert capfd.readouterr().err == ""

    def test_what_it_cannot_draw(self, graph):
        graph.body.append("this is no DOT [")
        with pytest.raises(RuntimeError, match=r"could not draw this: .*syntax error"):
            graph.pipe("svg")

    def test_unknown_format(self, graph):
        with pytest.raises(ValueError, match="jpeg2000"):
            graph.render("picture", format="jpeg2000")

    def test_with_neither_a_file_needs_something_to_be_installed(self, graph, monkeypatch):
        monkeypatch.setitem(sys.modules, "pygraphviz", None)
        for draw in (graph.pipe, lambda: graph.render("picture")):
            with pytest.raises(ImportError, match="pip install 'pygraphviz>=2'"):
                draw()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a shell script")
def test_dot_draws_where_it_is_on_path(graph, tmp_path, monkeypatch):
    fake_dot(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert "drawn by dot" in graph.pipe(format="svg", encoding="utf-8")
