"""What grading has to say about a submission as a whole, in both languages."""

from __future__ import annotations

from autograder.judging.catalogue import Message

_TEXTS = {
    "no file": ("没有名为 {name} 的文件", "there is no file called {name}"),
    "link": ("{name} 是符号链接", "{name} is a symbolic link"),
    "cannot open": ("{name} 打不开：{why}", "{name} cannot be opened: {why}"),
    "not a file": ("{name} 不是普通文件", "{name} is not a regular file"),
    "too large": ("文件超过 {limit} MiB", "the file is larger than {limit} MiB"),
    "empty file": ("文件是空的", "the file is empty"),
    "not json": (
        "不是有效的 JSON，第 {line} 行读不下去",
        "it is not valid JSON, and breaks off or goes wrong in line {line}",
    ),
    "odd json": ("不是有效的 JSON（{why}）", "it is not valid JSON ({why})"),
    "no cells": ("不是 Jupyter 笔记本：没有单元格", "it is not a Jupyter notebook: it has no cells"),
    "wrong name": (
        "交来的是 {found}，应当是 {wanted}；改名后重新评分",
        "it holds {found} where {wanted} is wanted; rename it and grade again",
    ),
    "renamed": ("交来的文件叫 {found}，按 {wanted} 评分", "the file is called {found}; it is graded as {wanted}"),
    "another": (
        "这像是另一本笔记本：没有这次作业的任何单元格，有的是 {known}",
        "it looks like another notebook: it holds none of this one's cells, but {known}",
    ),
    "nothing": ("文件夹里没有笔记本", "the folder holds no notebook"),
    "one is missing": ("没有交 {name}，按未作答评分", "{name} was not handed in; it is graded as not answered"),
    "type changed": ("单元格类型被改动，已恢复：{ids}", "the cell's type was changed and is restored: {ids}"),
    "locked edited": ("锁定的单元格被改动，已恢复原文：{ids}", "a locked cell was edited; its text is restored: {ids}"),
    "locked twice": ("单元格重复，多余的已忽略：{ids}", "the cell occurs twice; the copy is ignored: {ids}"),
    "answer twice": (
        "答题单元格重复，取最后写过的一份：{ids}",
        "the answer cell occurs more than once; the last one written in counts: {ids}",
    ),
    "answer deleted": ("答题单元格被删除：{ids}", "the answer cell was deleted: {ids}"),
    "check deleted": ("检查单元格被删除，已恢复：{ids}", "the check cell was deleted; it is restored: {ids}"),
    "modules": ("随笔记本提交的模块：{names}", "modules handed in with the notebook: {names}"),
    "shared": (
        "这份笔记本自带测试：测试与学生的代码在同一个进程里运行，学生的代码可以左右得分",
        "this notebook brings its own tests, which share a process with the student's code: that code can sway them",
    ),
    "ended time": (
        "结束方式：time，时间用完（每次调用、每道练习和整份笔记本各有时限）",
        "how it ended: time, it was used up (a call, an exercise and a notebook have a limit each)",
    ),
    "ended memory": ("结束方式：memory，内存用尽", "how it ended: memory, there was none left"),
    "ended filter": (
        "结束方式：filter，用了这里不许用的系统调用",
        "how it ended: filter, it made a system call that is not allowed here",
    ),
    "ended signal": (
        "结束方式：signal，进程被信号终止（例如访问了不属于它的内存）",
        "how it ended: signal, the process was ended by one (it touched memory that is not its own, say)",
    ),
    "ended exit": (
        "结束方式：exit，进程自己退出（例如 `os._exit`）",
        "how it ended: exit, by itself (`os._exit`, say)",
    ),
    "ended answer": (
        "结束方式：answer，它的回答太大或不成形，被终止",
        "how it ended: answer, which was too large or malformed, so the process was stopped",
    ),
    "ended examiner's memory": (
        "结束方式：memory，它返回的东西太大，评分程序放不下",
        "how it ended: memory, what it returned was too large for the grader to look at",
    ),
    "restarted": (
        "代码超时或结束了自己的进程，已换新进程评后面的，共 {count} 次",
        "the code ran out of time or ended its process, which was replaced, {count}×; the rest was graded",
    ),
    "unconfined": (
        "评分时没有隔离（limits 级）：提交的代码可以读写评分者的文件",
        "graded without isolation (tier limits): the submission's code could read and change the grader's files",
    ),
    "output": ("输出太多，此后的不再保存", "there is too much output; what came later is not kept"),
    "overdue": (
        "评这份提交用了超过 {seconds} 秒，评分进程被终止（time）",
        "looking at it took more than {seconds} s, and the process that did was ended (time)",
    ),
    "died": ("评分进程两次中途结束：{how}", "the process that looked at it ended in the middle, twice: {how}"),
    "examiner": ("评分程序自身出错：{error}", "the grader itself failed: {error}"),
}


def note(key: str, **values: object) -> Message:
    """The text ``key`` with its ``{names}`` filled in. 取出 ``key`` 的文字并填入各个值。"""
    zh, en = _TEXTS[key]
    return Message(zh.format(**values), en.format(**values))
