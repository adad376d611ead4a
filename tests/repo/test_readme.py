"""The two READMEs say the same: headings, commands, links and tables in step."""

from __future__ import annotations

import re

import pytest

from tests.repo.tree import ROOT

PAIRS = [("README.md", "README.zh.md"), ("autograder/README.md", "autograder/README.zh.md")]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


COMMENT = re.compile(r"(?<= )# (.*)$", re.MULTILINE)


#: Words beside a drawing are to the right of it, where characters of another width move nothing.
DRAWN = re.compile(r"^(.{46}).*$", re.MULTILINE)


def blocks(text: str) -> list[str]:
    """What stands between fences; of a comment, and of the words beside a drawing, only that they are there."""
    found = re.findall(r"^```\w*\n.*?^```$", text, re.MULTILINE | re.DOTALL)
    return [DRAWN.sub(r"\1…", block) if block.startswith("```text") else COMMENT.sub("#", block) for block in found]


def prose(text: str) -> str:
    return re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
class TestInStep:
    def test_headings(self, english, chinese):
        def levels(name):
            return [len(marks) for marks in re.findall(r"^(#+) ", prose(read(name)), re.MULTILINE)]

        assert levels(english) == levels(chinese)

    def test_code_blocks_are_the_same(self, english, chinese):
        assert blocks(read(english)) == blocks(read(chinese))

    def test_comments_are_in_the_language_of_the_page(self, english, chinese):
        for name, wanted in ((english, False), (chinese, True)):
            told = "".join(re.findall(r"^```sh\n.*?^```$", read(name), re.MULTILINE | re.DOTALL))
            said = [comment for comment in COMMENT.findall(told) if not comment.startswith("Windows: ")]
            drawings = "".join(re.findall(r"^```text\n.*?^```$", read(name), re.MULTILINE | re.DOTALL))
            said += [line[46:] for line in drawings.splitlines() if len(line) > 46]
            assert [one for one in said if bool(re.search("[\u4e00-\u9fff]", one)) != wanted] == []

    def test_inline_code_is_the_same(self, english, chinese):
        def spans(name):
            return sorted(re.findall(r"`([^`\n]+)`", prose(read(name))))

        assert spans(english) == spans(chinese)

    def test_links_are_the_same_but_for_the_one_to_each_other(self, english, chinese):
        here, there = (name.rpartition("/")[2] for name in (english, chinese))

        def links(name):
            found = [link for link in re.findall(r"\]\(([^)]+)\)", read(name)) if link not in (here, there)]
            return [link.replace(".zh.png", ".png").replace("README.zh.md", "README.md") for link in found]

        assert links(english) == links(chinese)
        assert f"]({there})" in read(english)
        assert f"]({here})" in read(chinese)

    def test_paragraphs_and_tables_have_the_same_shape(self, english, chinese):
        def sections(name):
            return [
                (section.count("\n|"), len(re.findall(r"\n\n(?=[^\n|#])", section)))
                for section in re.split(r"^#+ ", prose(read(name)), flags=re.MULTILINE)
            ]

        assert sections(english) == sections(chinese)


@pytest.mark.parametrize("name", [*(name for pair in PAIRS for name in pair), "CONTRIBUTING.md"])
def test_what_is_linked_or_named_exists(name):
    text = read(name)
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    named = set(re.findall(r"`((?:course|solutions|autograder|lib|tests|benchmarks)/[\w./]*)`", text))
    if "/" in name:  # a page for a class names what is in a class
        named = set()
    missing = [path for path in sorted(linked) if not (ROOT / name).parent.joinpath(path).exists()]
    missing += [path for path in sorted(named) if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_is_a_target(name):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    commands = re.findall(r"`[^`]+`|^make .*$", read(name), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)", "\n".join(commands))) <= targets
