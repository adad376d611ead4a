"""Answers that know the protocol and speak it in place of what serves there: they supply values, and earn nothing."""

from __future__ import annotations

import time

import pytest

from autograder.grading.session import Budget
from autograder.grading.submission import grade_bytes
from tests.autograder import classroom
from tests.autograder.test_sandbox import needs
from tests.effort import long

QUICK = Budget(cell=3.0, call=1.0, exercise=4.0, notebook=30.0, restarts=2, examiner=3.0)
#: Finds the channel and the question that is being answered.
BEGIN = """
import json, os, stat, struct, sys, time
for FD in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(FD).st_mode):
            break
    except OSError:
        pass
os.set_blocking(FD, True)
frame = sys._getframe()
while "request" not in frame.f_locals:
    frame = frame.f_back
ID = frame.f_locals["request"]["id"]
def raw(header, payload=b""):
    data = struct.pack(">IQ", len(header), len(payload)) + header + payload
    while data:
        data = data[os.write(FD, data):]
def send(**message):
    raw(json.dumps({"m": message, "n": []}).encode())
"""
FORGED = {
    "answers ahead": "for i in range(60):\n    send(id=ID + i, ok=True, out='', err='', found=True, value=None)",
    "that it ran nothing": "send(id=ID, ok=False, error='NameError', message='x', stopped=1, out='', err='')",
    "that it stopped far below": "send(id=ID, ok=False, error='E', message='m', stopped=10**6, line=3)",
    "a number that is a bool": "send(id=True, ok=True, out='', err='')",
    "outputs that are no text": "send(id=ID, ok=True, out={'t': 'list', 'v': [1]}, err=5)",
    "an error of markup": "send(id=ID, ok=False, error='<b>' * 20, message=['x'], stopped=10**30, line=-5)",
    "points": "send(id=ID, ok=True, out='', err='', earned=5, parts=[], value={'t': 'other'})",
    "the examiner's own words": "send(id=ID, ok=True, op='call', failed='x')",
    "half a frame": "os.write(FD, struct.pack('>IQ', 50, 0) + b'x' * 10)\ntime.sleep(30)",
    "a byte at a time": "os.write(FD, struct.pack('>IQ', 1 << 20, 0))\nwhile True:\n    os.write(FD, b' ')\n"
    "    time.sleep(0.05)",
    "without an end": "while True:\n    send(id=-1, ok=True, out='x' * 200_000)",
    "lists in lists": "raw(b'[' * 1_000_000)",
    "a number without an end": "raw(b'{\"m\":{\"id\":' + b'9' * 4_000_000 + b'},\"n\":[]}')",
    "a power without an end": "raw(b'{\"m\":{\"id\":1e' + b'9' * 4_000_000 + b'},\"n\":[]}')",
    "escapes": 'raw(b\'{"m":{"id":"\' + b\'\\\\ud800\' * 600_000 + b\'"},"n":[]}\')',
    "one key": 'raw(b\'{"m":{\' + b\'"id":1,\' * 500_000 + b\'"a":1},"n":[]}\')',
    "many keys": "raw(b'{\"m\":{' + b','.join(b'\"%d\":1' % i for i in range(300_000)) + b'},\"n\":[]}')",
    "many sizes": "raw(b'{\"m\":{},\"n\":[' + b'0,' * 1_900_000 + b'0]}')",
    "no text": "raw(b'\\xff\\xfe' * 1000)",
    "text in another encoding": 'raw(\'{"m":{"id":1},"n":[]}\'.encode(\'utf-16\'))',
    "nothing": "raw(b'')",
    "a size that it does not have": "os.write(FD, struct.pack('>IQ', 1 << 31, 1 << 63))",
    "from a signal's handler": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: os.write(FD, b'zz'))\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\ntime.sleep(0.5)",
    "as what serves": "type(frame.f_locals['self'])._answer = lambda self, request: {'found': True, 'value': None}",
    "after closing": "os.close(FD)",
}
WRONG = {"scale": "def scale(x, k):\n    return x", "steps": "def steps(x):\n    return ()"}


@pytest.mark.parametrize("what", list(FORGED)[:: 1 if long() else 5])
@pytest.mark.parametrize("tier", ["bubblewrap", "landlock"] if long() else ["landlock"])
def test_whatever_is_said_in_its_place_earns_nothing_and_takes_no_longer(what, tier):
    tier = needs(tier)
    speaks = f"{BEGIN}{FORGED[what]}\n"
    late = f"{BEGIN.replace(chr(10), chr(10) + '    ')}{FORGED[what].replace(chr(10), chr(10) + '    ')}"
    for answers, extra in (
        ({"scale": speaks + WRONG["scale"]}, {}),
        ({"scale": f"def scale(x, k):\n    {late}\n    return x"}, {}),
        ({}, {"given_0": [speaks]}),
    ):
        start = time.process_time()
        data = classroom.as_bytes(classroom.submission({**WRONG, **answers}, extra))
        given = classroom.NAME, classroom.release(), data, classroom.EXERCISES
        _, outcome = grade_bytes(*given, seed=1, tier=tier, budget=QUICK)
        assert outcome.status == "graded" and outcome.earned == 0 and {*outcome.results} == {*WRONG}
        assert time.process_time() - start < 5
