"""What a process holds of shared memory, as the system counts it."""

from __future__ import annotations

import os
from typing import NamedTuple


class Held(NamedTuple):
    """What is counted; more of it is a leak, less is what an earlier test had left for the garbage collector."""

    descriptors: int  # open files and sockets of any kind
    mapped: int  # pieces of nameless memory, or of files of ours, in the address space
    named: tuple[str, ...]  # files of ours in the memory of the system


def held() -> Held:
    with open("/proc/self/maps", encoding="utf-8") as maps:
        mapped = sum("/memfd:tidu" in line or "/tidu-" in line for line in maps)
    return Held(
        len(os.listdir("/proc/self/fd")),
        mapped,
        tuple(f"{d}/{f}" for d in os.listdir("/dev/shm") if d.startswith("tidu") for f in os.listdir(f"/dev/shm/{d}")),
    )
