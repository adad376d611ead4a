"""What is said of files and folders, in both languages: by collecting, and where the system refuses one."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

from autograder.judging.catalogue import Message

_TEXTS = {
    "link": ("不是普通文件（符号链接之类）", "it is no regular file but a link or the like"),
    "broken": ("读不出来：{why}", "it cannot be read: {why}"),
    "damaged": ("数据已损坏", "its data are damaged"),
    "cut short": ("没有下载或上传完整，缺了结尾", "its end is missing: it was not downloaded or handed in completely"),
    "compression": ("压缩方式不认识", "it is compressed in a way that is not known here"),
    "no archive": ("不是 zip 也不是 tar 压缩包", "it is neither a zip nor a tar archive"),
    "too many": ("里面超过 {limit} 个文件", "it holds more than {limit} files"),
    "rest broken": ("压缩包从这里起读不出来：{why}", "the archive cannot be read from here on: {why}"),
    "too deep": ("压缩包套了 {depth} 层以上", "an archive within more than {depth} others"),
    "too much": ("解开后超过 {limit} MiB", "it unpacks to more than {limit} MiB"),
    "unknown archive": ("这种压缩包打不开，请先解开", "archives of this kind cannot be opened here; unpack it first"),
    "outside": ("文件名指向压缩包之外", "its name points out of the archive"),
    "encrypted": ("加了密码", "it is encrypted"),
    "junk": ("系统或编辑器留下的文件", "left by a system or an editor"),
    "no notebook": ("不是笔记本", "not a notebook"),
    "whose": (
        "看不出是谁的：放进以学生命名的文件夹，或用 --pattern、--student",
        "nobody can be made out: put it into a folder named after the student, or use --pattern or --student",
    ),
    "unmatched": ("--pattern 对不上", "--pattern does not match it"),
    "several people": (
        "名册里可能是其中任何一个：{who}；用 --pattern 或学号区分",
        "on the roster it could be any of {who}; tell them apart by number, or with --pattern",
    ),
    "people or versions": (
        "{folder} 里的各个文件夹是几个学生还是同一个学生？分开收取，或用 --pattern",
        "are the folders in {folder} several students or one? collect them one by one, or use --pattern",
    ),
    "only others": ("交了文件，但没有笔记本", "files were handed in, but no notebook"),
    "another": ("这是 {name} 的笔记本", "it is the notebook of {name}"),
    "has another": (
        "这是 {name} 的笔记本，班里已有一份不同的；要换就收取 {name}",
        "it is the notebook of {name}, of which the class has another version; to replace that, collect {name}",
    ),
    "stranger": ("不是这门课的笔记本", "not a notebook of this course"),
    "unread": ("读不出内容：{why}", "its content cannot be read: {why}"),
    "renamed": ("按 {name} 收取", "taken as {name}"),
    "blank": ("一题未答，而另一份 {other} 有作答", "nothing is answered in it, while {other} has answers"),
    "blank beside": ("另有一份空白的 {other}", "beside it lay {other}, in which nothing is answered"),
    "older": ("较早的版本；取 {other}", "an older version; {other} is taken"),
    "same": ("与 {other} 相同", "the same as {other}"),
    "unchanged": ("班里已有这一份", "the class has it already"),
    "older than there": ("比班里的那份早（{there}）", "older than what the class has ({there})"),
    "replaces": ("原来的移到 {aside}", "what was there goes to {aside}"),
    "apart": ("与 {other} 重名，编号为 {id}", "kept apart from {other}, as {id}"),
    "another before": (
        "没有名册时收在 {other} 名下，那里的作业和分数仍算另一名学生的",
        "taken as {other} when there was no roster: work and scores there stay another student's",
    ),
    "unprintable": (
        "文件夹名里有无法显示的字符，已改名：submitted/{name} 现在是 submitted/{id}",
        "a folder had characters in its name that cannot be shown: submitted/{name} is now submitted/{id}",
    ),
    "not on roster": ("不在名册上", "not on the roster"),
    "late": (
        "平台标为迟交，没说迟多久；迟交按文件的时间算，要改就改 {place}",
        "marked as late by the platform, not by how much; lateness goes by the file's time, to be changed in {place}",
    ),
    "module": ("随笔记本", "beside the notebook"),
    "module left": ("没有它所属的笔记本，或名字与库相同", "no notebook beside it, or named like a library"),
    "linked place": ("班里的 {place} 是链接", "{place} in the class is a link"),
    "at once": (
        "压缩包里的时间几乎都是 {time}，多半是打包下载的时刻，不是各人交的时间；迟交不要据此判断："
        "截止时间设在它之后，或者用 --pattern 从文件名取出 (?P<time>…)",
        "nearly all files of the archive are of {time}: most likely that is when it was made for download, not when "
        "each was handed in; judge nobody late by it: set the due date after it, or find a (?P<time>…) in the names "
        "with --pattern",
    ),
    "no receipt": ("平台的收据或说明", "a receipt or a note of the platform"),
}

_REFUSED = {
    errno.ENOSPC: (
        "磁盘已满；腾出空间再运行一次，会接着做",
        "the disk is full; make room and run it again, it goes on from there",
    ),
    errno.EDQUOT: ("磁盘配额已用完；腾出空间再运行一次", "the disk quota is used up; make room and run it again"),
    errno.EROFS: ("文件系统只读，写不进去", "the file system is read-only"),
    errno.EACCES: ("没有权限", "permission denied"),
    errno.EPERM: ("不允许这样做", "that is not permitted"),
    errno.ENOENT: ("没有这个文件或目录", "there is no such file or folder"),
    errno.EISDIR: ("这是目录，要的是文件", "it is a folder where a file is wanted"),
    errno.ENOTDIR: ("路径中有一段不是目录", "a part of its path is no folder"),
    errno.EIO: ("磁盘读写出错", "the disk cannot be read or written"),
    errno.EMFILE: ("打开的文件太多（ulimit -n）", "too many open files (ulimit -n)"),
}


def refused(error: OSError) -> Message:
    """What the system refused, with the path that it is about. 系统拒绝了什么，以及涉及的路径。"""
    said = error.strerror or str(error)
    zh, en = _REFUSED.get(error.errno or 0, (said, said))
    path = error.filename2 or error.filename
    return Message(f"{path}：{zh}", f"{path}: {en}") if path is not None else Message(zh, en)


def tell(key: str, **values: object) -> Message:
    """The text ``key`` with its ``{names}`` filled in, messages in their language. 取出 ``key`` 的文字并填入各个值。"""
    zh, en = _TEXTS[key]
    return Message(
        zh.format(**{name: getattr(value, "zh", value) for name, value in values.items()}),
        en.format(**{name: getattr(value, "en", value) for name, value in values.items()}),
    )


def near(name: str, known: Iterable[str]) -> Message:
    """Asks whether a nearly so called one was meant; empty where there is none. 问是不是想写一个相近的名字。"""
    known = sorted(known)
    found = [one for one in known if name.casefold() in one.casefold()] or difflib.get_close_matches(
        name, known, 1, 0.5
    )
    return Message(f"；是不是 {found[0]}？", f"; did you mean {found[0]}?") if found and name else Message("", "")
