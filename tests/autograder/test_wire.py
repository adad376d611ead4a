"""The protocol carries values exactly, and hostile bytes end in WireError and nothing else."""

from __future__ import annotations

import json
import math
import os
import random
import socket
import struct
import time

import numpy as np
import pytest

from autograder.grading import wire


def through(value, other=None, back=None):
    frame = wire.pack({"v": value}, other)
    header, payload = struct.unpack(">IQ", frame[:12])
    return wire.unpack(frame[12 : 12 + header], frame[12 + header : 12 + header + payload], back)["v"]


PLAIN = [None, True, False, 0, -1, 2**63, -(2**200), 1.5, -0.0, 5e-324, "文字 \0 \n", "", 1 + 2j, (), [], {}]
NESTED = [[1, (2.0, "x"), {"k": [None]}], {1: "a", (1, 2): "b", None: True}]


@pytest.mark.parametrize("value", [*PLAIN, *NESTED], ids=repr)
def test_plain_values_arrive_as_they_were(value):
    got = through(value)
    assert got == value and type(got) is type(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_floats_that_json_has_no_word_for(value):
    assert repr(through(value)) == repr(value)
    assert repr(through(complex(value, 1.0))) == repr(complex(value, 1.0))


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES))
def test_every_dtype(dtype):
    array = np.array([[0, 1], [1, 0]]).astype(dtype)
    got = through(array)
    assert got.dtype.str == dtype and np.array_equal(got, array)
    scalar = array[0, 1]
    got = through(scalar)
    assert type(got) is type(scalar) and got == scalar


BASE = np.arange(24.0).reshape(4, 6)
LAYOUTS = {
    "contiguous": BASE,
    "transposed": BASE.T,
    "sliced": BASE[::2, 1::3],
    "reversed": BASE[::-1, ::-2],
    "broadcast": np.broadcast_to(BASE[0], (5, 6)),
    "column": BASE[:, 2],
    "0-d": np.array(3.0),
    "empty": np.zeros((3, 0, 2)),
    "empty slice": BASE[2:2],
    "diagonal": np.lib.stride_tricks.as_strided(BASE, (4,), (56,)),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_arrays_keep_their_layout(name):
    array = LAYOUTS[name]
    got = through(array)
    assert np.array_equal(got, array) and got.shape == array.shape
    if array.size:
        assert got.strides == array.strides
    assert got.flags.writeable == array.flags.writeable
    assert got.flags.c_contiguous == array.flags.c_contiguous


def test_a_contiguous_array_owns_its_memory_as_it_does_at_home():
    got = through(np.arange(3))
    assert got.base is None and got.flags.owndata


class Odd:
    pass


def test_what_is_not_a_plain_value_is_not_sent():
    for value in (Odd(), len, np.array([object()]), np.ma.masked_array([1]), np.array(["a"]), {Odd(): 1}):
        with pytest.raises(wire.WireError):
            wire.pack({"v": value})


def test_an_encoder_may_stand_in_for_other_types():
    got = through([Odd()], lambda v: {"t": "odd", "n": type(v).__name__}, lambda node: node["n"])
    assert got == ["Odd"]


@pytest.mark.parametrize("value", [[[]] * (wire.MAX_NODES + 1), "x" * (wire.MAX_TEXT + 1), 1 << 5000])
def test_too_much_is_refused_by_the_sender(value):
    with pytest.raises(wire.WireError):
        wire.pack({"v": value})


def test_too_deep_is_refused_by_the_sender():
    value: list = []
    for _ in range(50):
        value = [value]
    with pytest.raises(wire.WireError):
        wire.pack({"v": value})


def array_node(**changes):
    node = {"t": "array", "d": "<f8", "s": [2, 2], "strides": [16, 8], "o": 0}
    return {**node, **changes}


HOSTILE = {
    "unknown dtype": array_node(d="|O"),
    "dtype not text": array_node(d=["<f8"]),
    "negative size": array_node(s=[-1, 2]),
    "fractional size": array_node(s=[1.5, 2]),
    "bool size": array_node(s=[True, 2]),
    "huge size": array_node(s=[2**40, 2**40], strides=[0, 0]),
    "huge empty": array_node(s=[2**40, 0]),
    "huge by zero strides": array_node(s=[2**24, 2**10], strides=[0, 0]),
    "outside above": array_node(strides=[16, 16]),
    "outside below": array_node(strides=[-16, 8]),
    "offset beyond": array_node(o=1),
    "offset negative": array_node(o=-8),
    "offset missing": array_node(o=None),
    "strides missing": array_node(strides=None),
    "strides too few": array_node(strides=[8]),
    "too many dims": array_node(s=[1] * 65, strides=[8] * 65),
    "list in place of a value": [1],
    "unknown tag": {"t": "pickle", "v": "gASV"},
    "no tag": {},
    "tag not text": {"t": ["list"], "v": []},
    "bad float": {"t": "float", "v": "1e400"},
    "bad int": {"t": "int", "v": "0x_"},
    "long int": {"t": "int", "v": "f" * 5000},
    "bad complex": {"t": "complex", "v": [1.0]},
    "complex of text": {"t": "complex", "v": ["a", "b"]},
    "complex of complex": {"t": "complex", "v": [{"t": "complex", "v": [1.0, 1.0]}, 1.0]},
    "bad dict": {"t": "dict", "v": [[1]]},
    "unhashable key": {"t": "dict", "v": [[{"t": "list", "v": []}, 1]]},
    "array as key": {"t": "dict", "v": [[array_node(), 1]]},
    "many keys": {"t": "dict", "v": [[{"t": "int", "v": hex(i * (2**61 - 1))}, 0] for i in range(2000)]},
    "two arrays, one memory": {"t": "list", "v": [array_node(), array_node()]},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_nodes_are_wire_errors(name):
    header = json.dumps({"m": {"v": HOSTILE[name]}, "n": [32]}).encode()
    with pytest.raises(wire.WireError):
        wire.unpack(header, bytes(32))


def test_the_hostile_array_is_one_change_away_from_a_good_one():
    header = json.dumps({"m": {"v": array_node()}, "n": [32]}).encode()
    assert np.array_equal(wire.unpack(header, bytes(32))["v"], np.zeros((2, 2)))


def test_text_that_no_file_can_hold_is_replaced():
    header = b'{"m": {"v": "a\\ud800b", "d": {"t": "dict", "v": [["\\udfff", 1]]}}, "n": []}'
    assert wire.unpack(header, b"") == {"v": "a?b", "d": {"?": 1}}


def test_a_bool_that_is_neither_true_nor_false():
    header = json.dumps({"m": {"v": array_node(d="|b1", s=[2], strides=[1])}, "n": [2]}).encode()
    with pytest.raises(wire.WireError):
        wire.unpack(header, b"\x01\x02")


HEADERS = [
    b"",
    b"{}",
    b"[]",
    b"\xff",
    b'{"m": {}}',
    b'{"m": [], "n": []}',
    b'{"m": {}, "n": [-1, 1]}',
    b'{"m": {}, "n": [1]}',
    b'{"m": {"v": NaN}, "n": []}',
    b'{"m": {"v": ' + b"9" * 5000 + b'}, "n": []}',
    b"[" * 100_000,
    b'{"m": {"v": ' + b'{"t":"list","v":[' * 2000 + b"]}" * 2000 + b'}, "n": []}',
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: repr(header[:30]))
def test_hostile_headers_are_wire_errors(header):
    with pytest.raises(wire.WireError):
        wire.unpack(header, b"")


def test_no_frame_takes_long_to_read():
    count = 40_000
    node = {"t": "array", "d": "|i1", "s": [1], "strides": [1], "o": 0}
    header = json.dumps({"m": {"v": {"t": "list", "v": [node] * count}}, "n": [1] * count}, separators=(",", ":"))
    assert len(header) < wire.MAX_HEADER
    start = time.process_time()
    assert len(wire.unpack(header.encode(), bytes(count))["v"]) == count
    assert time.process_time() - start < 3


def test_mutated_frames_never_raise_anything_else():
    rng = random.Random(0)
    frames = [
        wire.pack({"id": 1, "ok": True, "v": (np.arange(6.0).reshape(2, 3).T, {"a": [1.5, None]})}),
        wire.pack({"v": [np.array([True, False]), np.float32(2), 1 + 2j, 2**80, math.inf]}),
    ]
    survived = 0
    for round in range(4000):
        frame = bytearray(frames[round % 2])
        size = struct.unpack(">I", frame[:4])[0]
        header, payload = frame[12 : 12 + size], frame[12 + size :]
        for _ in range(rng.randint(1, 4)):
            kind, place = rng.randrange(4), rng.randrange(len(header))
            if kind == 0:
                header[place] = rng.randrange(256)
            elif kind == 1:
                header[place:place] = rng.choice([b"-", b"9" * 9, b"[", b"]", b"null", b'"', b"e9", b"{}"])
            elif kind == 2:
                del header[place : place + rng.randint(1, 5)]
            else:
                payload = payload[: rng.randrange(len(payload) + 1)]
        try:
            wire.unpack(bytes(header), bytes(payload))
            survived += 1
        except wire.WireError:
            pass
    assert survived < 3000  # most mutations are caught, and those that are not made another valid message


@pytest.fixture
def pair():
    mine, theirs = socket.socketpair()
    yield wire.Channel(mine.fileno()), theirs
    mine.close()
    theirs.close()


def test_a_channel_gives_up_at_the_deadline(pair):
    channel, _ = pair
    start = time.monotonic()
    with pytest.raises(wire.WireTimeout):
        channel.receive(start + 0.1)
    with pytest.raises(wire.WireTimeout):
        channel.send(bytes(8 << 20), start + 0.3)
    assert time.monotonic() - start < 2


def test_a_channel_notices_a_partner_that_leaves_in_the_middle(pair):
    channel, theirs = pair
    os.write(theirs.fileno(), struct.pack(">IQ", 100, 0) + b"{")
    theirs.shutdown(socket.SHUT_RDWR)
    with pytest.raises(wire.WireClosed):
        channel.receive(time.monotonic() + 5)


def test_a_channel_refuses_frames_that_announce_too_much(pair):
    channel, theirs = pair
    os.write(theirs.fileno(), struct.pack(">IQ", 10, 1 << 60))
    with pytest.raises(wire.WireError):
        channel.receive(time.monotonic() + 5)
