"""What grading has to say about a submission as a whole, in both languages."""

from __future__ import annotations

from autograder.catalogue import Message

_TEXTS = {
    "no file": ("没有名为 {name} 的文件", "there is no file called {name}"),
    "link": ("{name} 是符号链接", "{name} is a symbolic link"),
    "cannot open": ("{name} 打不开：{why}", "{name} cannot be opened: {why}"),
    "not a file": ("{name} 不是普通文件", "{name} is not a regular file"),
    "too large": ("文件超过 {limit} MiB", "the file is larger than {limit} MiB"),
    "empty file": ("文件是空的", "the file is empty"),
    "not json": ("不是有效的 JSON：{why}", "it is not valid JSON: {why}"),
    "no cells": ("不是 Jupyter 笔记本：没有单元格", "it is not a Jupyter notebook: it has no cells"),
    "wrong name": (
        "交来的是 {found}，应当是 {wanted}；改名后重新评分",
        "it holds {found} where {wanted} is wanted; rename it and grade again",
    ),
    "nothing": ("文件夹里没有笔记本", "the folder holds no notebook"),
    "type changed": ("{id}：单元格类型被改动，已按原类型处理", "{id}: the cell's type was changed and is restored"),
    "locked edited": ("{id}：锁定的单元格被改动，已恢复原文", "{id}: a locked cell was edited; its text is restored"),
    "locked twice": ("{id}：单元格重复，多余的已忽略", "{id}: the cell occurs twice; the copy is ignored"),
    "answer twice": (
        "{id}：答题单元格出现 {count} 次，取最后写过的一份",
        "{id}: the answer cell occurs {count} times; the last one written in counts",
    ),
    "answer deleted": ("{id}：答题单元格被删除", "{id}: the answer cell was deleted"),
    "check deleted": ("{id}：检查单元格被删除，已恢复", "{id}: the check cell was deleted; it is restored"),
    "restarted": (
        "进程中断后换新继续评分，共 {count} 次",
        "the process ended and was replaced, {count}×; grading went on",
    ),
    "not defined": ("运行后没有名为 {id} 的函数", "after the cells ran there is no function called {id}"),
    "cell failed": ("答题单元格运行出错：{error}", "the answer cell raised {error}"),
    "examiner": ("评分程序自身出错：{error}", "the grader itself failed: {error}"),
}


def note(key: str, **values: object) -> Message:
    """The text ``key`` with its ``{names}`` filled in. 取出 ``key`` 的文字并填入各个值。"""
    zh, en = _TEXTS[key]
    return Message(zh.format(**values), en.format(**values))
