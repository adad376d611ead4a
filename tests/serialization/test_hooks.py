"""Hooks stay behind when a tensor is saved, and a warning says so unless they are meant to."""

from __future__ import annotations

import io
import warnings
from typing import Any

import tidu
from tidu.utils.hooks import unserializable_hook


def saved(hook: Any) -> list[str]:
    x = tidu.ones(2, requires_grad=True)
    x.register_hook(hook)
    file = io.BytesIO()
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        tidu.save(x, file)
    file.seek(0)
    assert not tidu.load(file)._hooks
    return [str(w.message) for w in met]


def test_a_hook_stays_behind_with_a_warning():
    (text,) = saved(lambda g: g)
    assert "will not be serialized" in text and "unserializable_hook" in text


def test_one_that_is_meant_to_stay_behind_does_so_quietly():
    assert saved(unserializable_hook(lambda g: g)) == []
