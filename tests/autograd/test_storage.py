"""The memory under a tensor: how large it is, what it holds, and that nothing reaches beyond it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tidu


def test_a_storage_is_the_whole_block(t: Any) -> None:
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    storage = x.t()[1].untyped_storage()
    assert storage.nbytes() == storage.size() == len(storage) == 16
    assert storage.data_ptr() == x.data_ptr()
    assert storage.tolist() == list(np.array([1, 2, 3, 4], "float32").tobytes())
    assert storage[3] == 63
    assert repr(storage).endswith("\n 64\n[torch.storage.UntypedStorage(device=cpu) of size 16]")


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_a_typed_storage_is_its_elements(t: Any) -> None:
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    storage = x.t()[1].storage()
    assert (len(storage), storage.size(), storage.nbytes(), storage.element_size()) == (4, 4, 16, 4)
    assert storage.tolist() == list(storage) == [1.0, 2.0, 3.0, 4.0]
    assert storage.dtype is t.float32
    assert storage.untyped().data_ptr() == x.data_ptr()
    assert repr(storage) == (
        " 1.0\n 2.0\n 3.0\n 4.0\n[torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 4]"
    )
    storage[0] = 9
    assert x[0, 0] == 9
    with pytest.raises(IndexError, match="index 7 out of range for storage of size 4"):
        storage[7]
    with pytest.raises(RuntimeError, match="slices are only supported"):
        storage[0:2]


def test_typed_storages_are_deprecated() -> None:
    with pytest.warns(UserWarning, match="TypedStorage is deprecated"):  # PyTorch says so once in a process
        tidu.ones(2).storage()


@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
@pytest.mark.parametrize(
    "array, nbytes",
    [
        (np.arange(10.0)[::2], 72),
        (np.ones((4, 25))[:, ::5], 768),
        (np.broadcast_to(np.ones(1), (100,)), 8),
        (np.asfortranarray(np.ones((3, 4))), 96),
        (np.ones(0), 0),
    ],
)
def test_it_reaches_from_the_first_element_to_the_last(t: Any, array: np.ndarray, nbytes: int) -> None:
    assert t.from_numpy(array).untyped_storage().nbytes() == nbytes


@pytest.mark.parametrize("made, seen", [("int8", "float64"), ("float64", "int8")])
def test_as_strided_stays_inside_whatever_the_dtype(t: Any, made: str, seen: str) -> None:
    x = t.zeros(32 if made == "int8" else 4, dtype=getattr(t, made)).view(getattr(t, seen))
    assert x.as_strided((x.numel(),), (1,)).shape == x.shape
    with pytest.raises(RuntimeError, match=r"out of bounds for storage of size 32"):
        x.as_strided((x.numel() + 1,), (1,))


def test_as_strided_of_repeated_memory_stays_inside(t: Any) -> None:
    x = t.ones(1).expand(100)
    with pytest.raises(RuntimeError, match="out of bounds for storage of size 4"):
        x.as_strided((2,), (1,))


def test_as_strided_may_read_before_its_input(t: Any) -> None:
    x = t.arange(10.0)[5:].detach().requires_grad_()
    x.as_strided((10,), (1,), 0).backward(t.arange(1.0, 11.0))
    assert x.grad.tolist() == [6, 7, 8, 9, 10]


def test_a_gradient_never_reads_beyond_its_memory(t: Any) -> None:
    """What was written lay before the base: in a gradient of the base's size there is no such place."""
    a = t.ones(3, requires_grad=True)
    base = t.arange(10.0)[5:].detach()
    view = base.as_strided((3,), (1,), 0)
    view.mul_(a)
    with pytest.raises(RuntimeError, match="invalid storage offset -5"):
        base.sum().backward()


@pytest.mark.parametrize("made, seen", [("int8", "int32"), ("int32", "int8")])
def test_resize_keeps_the_bytes(t: Any, made: str, seen: str) -> None:
    x = t.arange(16, dtype=getattr(t, made)).view(getattr(t, seen))
    held = x.tolist()
    grown = x.resize_(2 * len(held))
    assert grown.shape == (2 * len(held),)
    assert grown[: len(held)].tolist() == held
    assert x.resize_(2, 1).tolist() == [[held[0]], [held[1]]]
