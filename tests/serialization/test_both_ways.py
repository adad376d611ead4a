"""Files of PyTorch's are read here, files of ours there, and mean the same; byte for byte they are PyTorch's."""

from __future__ import annotations

import copy
import io
import json
import pickle
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tidu
from tests.oracle import LIVE, torch
from tests.serialization.record import FILES, names
from tests.serialization.things import NETS, THINGS, look, thing, trained
from tidu.utils.hooks import unserializable_hook

live = pytest.mark.skipif(not LIVE, reason="PyTorch is not installed; files that it wrote stand in for it")
OLD = {"_use_new_zipfile_serialization": False}
OPTIMIZERS = "SGD Adam AdamW RMSprop Adagrad NAdam".split()


@pytest.fixture(autouse=True)
def without_pytorchs_advice() -> Any:
    """Of nested tensors, which nobody asked for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="enable_nested_tensor")
        yield


def written(t: Any, made: Any, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    t.save(made, file, **options)
    file.seek(0)
    return file


def carried(made: Any, source: Any, target: Any, weights_only: bool = True, **options: Any) -> Any:
    return target.load(written(source, made, **options), weights_only=weights_only)


@pytest.mark.parametrize("key", THINGS)
def test_what_is_saved_is_loaded(key: str) -> None:
    made = thing(key, tidu)
    for options in ({}, OLD):
        for weights_only in (True, False):
            assert look(carried(made, tidu, tidu, weights_only, **options)) == look(made)


@pytest.mark.parametrize(("file", "key", "new"), names())
def test_files_that_pytorch_wrote(file: str, key: str, new: bool, tmp_path: Path) -> None:
    made = thing(key, tidu)
    seen = json.loads((FILES / "seen.json").read_text(encoding="utf-8"))[key]
    for weights_only in (True, False):
        assert json.loads(json.dumps(look(tidu.load(FILES / file, weights_only=weights_only)))) == seen
    tidu.save(made, tmp_path / file, _use_new_zipfile_serialization=new)
    if new and key != "plain":  # what PyTorch wrote, we would have written, if Python has equal strings once or twice
        ours, theirs = (zipfile.ZipFile(folder / file) for folder in (tmp_path, FILES))
        for name in theirs.namelist()[:-1] if key != "adam" else ():  # whose numbers may differ in a last bit
            assert ours.read(name) == theirs.read(name), name
        places = [
            [(i.filename, i.header_offset, i.flag_bits) for i in archive.infolist()] for archive in (ours, theirs)
        ]
        assert places[0] == places[1]


@live
@pytest.mark.parametrize("key", THINGS)
def test_to_pytorch_and_back(key: str) -> None:
    for options in ({}, OLD):
        if options is OLD and key == "unsigned":  # which PyTorch cannot read itself
            continue
        there = carried(thing(key, tidu), tidu, torch, **options)
        here = carried(thing(key, torch), torch, tidu, **options)
        if key not in ("adam", "sgd"):
            assert look(there) == look(thing(key, torch))
            assert look(here) == look(thing(key, tidu))
        assert look(there) == look(carried(thing(key, tidu), tidu, tidu, **options))


@live
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_newer_pickles(protocol: int) -> None:
    """``weights_only`` reads the second protocol; of the third it warns, and the fourth has instructions it refuses."""
    for source, target in ((torch, tidu), (tidu, torch), (tidu, tidu)):
        made, options = thing("views", source), {"pickle_protocol": protocol}
        assert look(carried(made, source, target, False, **options)) == look(thing("views", target))
        with pytest.warns(UserWarning, match=f"Detected pickle protocol {protocol}"):
            if protocol == 3:
                assert look(carried(made, source, target, **options)) == look(thing("views", target))
            else:
                with pytest.raises(pickle.UnpicklingError, match="Unsupported operand 149"):
                    carried(made, source, target, **options)


@live
@pytest.mark.parametrize("key", NETS)
def test_whole_nets(key: str) -> None:
    """Written by one and read by the other, they compute the same; so do those that get only the numbers."""
    make, shape = NETS[key]
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    answers = []
    for source, target in ((torch, torch), (torch, tidu), (tidu, torch), (tidu, tidu)):
        for options in ({}, OLD, {"pickle_protocol": 4}):
            net = carried(make(source), source, target, False, **options)
            assert type(net) is type(make(target)) and repr(net) == repr(make(target))
            assert vars(net).keys() == vars(make(target)).keys()
            got = net.eval()(target.tensor(x))
            answers.append((got[0] if isinstance(got, tuple) else got).detach().numpy())
    for answer in answers:
        np.testing.assert_allclose(answer, answers[0], rtol=1e-4, atol=1e-5)


@live
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_on_the_other_side(name: str) -> None:
    wanted = trained(torch, name, 6)[0].weight.detach().numpy()
    for source, target in ((torch, tidu), (tidu, torch), (tidu, tidu)):
        net, optimizer = trained(source, name, 3)
        states = carried([net.state_dict(), optimizer.state_dict()], source, target)
        fresh, other = trained(target, name, 1)
        fresh.load_state_dict(states[0])
        other.load_state_dict(states[1])
        whole = carried([net, optimizer], source, target, weights_only=False)
        for pair in ((fresh, other), whole):
            trained(target, name, 3, *pair)
            np.testing.assert_allclose(pair[0].weight.detach().numpy(), wanted, rtol=1e-4, atol=1e-5)


@live
def test_classes_and_functions_have_pytorchs_names() -> None:
    """All classes of nn and optim: what a file of ours names, PyTorch has."""
    import importlib

    from tidu.serialization import _names

    astray = []
    for space in ("nn", "optim", "optim.lr_scheduler", "nn.utils.parametrizations", "distributions", "autograd"):
        ours, theirs = (importlib.import_module(f"{t.__name__}.{space}") for t in (tidu, torch))
        for name in dir(ours):
            kind = getattr(ours, name)
            if name[0] == "_" or not isinstance(kind, type) or not isinstance(getattr(theirs, name, None), type):
                continue
            module, said = _names.written(kind)
            if getattr(importlib.import_module(module), said, None) is not getattr(theirs, name):
                astray.append((space, name, module, said))
            assert _names.found(module, said) is kind, (module, said)
    assert astray == []


def functions(t: Any) -> list[Any]:
    f = t.nn.functional
    return [
        t.relu,
        f.relu,
        f.gelu,
        t.tanh,
        f.cross_entropy,
        f.max_pool2d,
        t.nn.init.zeros_,
        t.no_grad,
        t.FloatTensor,
        t.Size,
    ]


def test_functions_and_named_results() -> None:
    assert carried(functions(tidu), tidu, tidu, False) == functions(tidu)
    result = carried(tidu.max(tidu.eye(2), 1), tidu, tidu, False)
    assert type(result) is tidu.return_types.max and result.indices.tolist() == [0, 1]
    generator = tidu.Generator().manual_seed(7)
    tidu.rand(3, generator=generator)
    assert tidu.rand(1, generator=carried(generator, tidu, tidu, False)) == tidu.rand(1, generator=generator)


@live
def test_functions_and_named_results_go_to_pytorch_and_back() -> None:
    for source, target in ((torch, tidu), (tidu, torch)):
        for function in carried(
            [source.relu, source.nn.functional.relu, source.nn.functional.gelu], source, target, False
        ):
            assert function(target.tensor(2.0)).item() > 1.9
        result = carried(source.max(source.eye(2), 1), source, target, False)
        assert type(result) is target.return_types.max and result.indices.tolist() == [0, 1]
        generator = source.Generator().manual_seed(7)
        source.rand(3, generator=generator)
        there = carried(generator, source, target, False)
        assert target.rand(2, generator=there).tolist() == source.rand(2, generator=generator).tolist()


class Own(tidu.nn.Module):
    """A user's net."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = tidu.nn.Linear(2, 1)
        self.register_buffer("seen", tidu.zeros(()))
        self.layer.register_forward_hook(counted)

    def forward(self, x: Any) -> Any:
        return self.layer(x)


def counted(module: Any, args: Any, output: Any) -> None:
    pass


class Tagged(tidu.Tensor):
    """A user's tensors."""


def test_own_classes() -> None:
    net = carried(Own(), tidu, tidu, weights_only=False)
    assert type(net) is Own and list(net.layer._forward_hooks.values()) == [counted]
    assert net.layer.weight.requires_grad and type(net.layer.weight) is tidu.nn.Parameter
    with tidu.serialization.safe_globals([Own, tidu.nn.Linear, counted]):
        assert type(carried(Own(), tidu, tidu)) is Own
    assert tidu.serialization.get_safe_globals() == []
    t = tidu.ones(2)
    t.__class__ = Tagged
    t.note = 1
    with tidu.serialization.safe_globals([Tagged]):
        again = carried(t, tidu, tidu)
    assert type(again) is Tagged and again.note == 1 and again.tolist() == [1, 1]


def test_handles_of_hooks_go_with_their_module() -> None:
    for source, target in ((tidu, tidu), *([(torch, tidu), (tidu, torch), (torch, torch)] if LIVE else [])):
        net = source.nn.ReLU()
        net.first = net.register_forward_hook(counted)
        net.second = net.register_forward_hook(counted, with_kwargs=True)
        there = carried(net, source, target, weights_only=False)
        more = there.register_forward_hook(counted)
        assert len(there._forward_hooks) == 3
        there.first.remove()
        there.second.remove()
        assert list(there._forward_hooks) == [more.id] and not there._forward_hooks_with_kwargs


def test_methods_stay_bound_and_lazy_layers_lazy() -> None:
    net = tidu.nn.ReLU()
    assert carried(net.extra_repr, tidu, tidu, False)() == "" and carried(net.train, tidu, tidu, False)().training
    lazy = carried(tidu.nn.LazyLinear(3), tidu, tidu, False)
    assert type(lazy.weight) is tidu.nn.UninitializedParameter
    assert lazy(tidu.ones(2, 4)).shape == (2, 3) and type(lazy) is tidu.nn.Linear


def test_numpy_only_where_it_is_called_safe() -> None:
    from numpy._core import multiarray

    for value, safe in (
        (np.float64(2.5), [multiarray.scalar, np.dtype, np.dtypes.Float64DType]),
        (np.arange(3), [multiarray._reconstruct, np.ndarray, np.dtype, np.dtypes.Int64DType]),
    ):
        with pytest.raises(Exception, match="not an allowed global by default"):
            carried(value, tidu, tidu)
        with tidu.serialization.safe_globals(safe):
            assert np.array_equal(carried(value, tidu, tidu), value)
        assert np.array_equal(carried(value, tidu, tidu, weights_only=False), value)


def test_what_shares_memory_goes_on_sharing_it() -> None:
    loaded = carried(thing("views", tidu), tidu, tidu)
    loaded["whole"][1, 1] = 100.0
    assert loaded["turned"][1, 1] == loaded["row"][1] == loaded["column"][1, 0] == loaded["parameter"][1, 1] == 100
    assert loaded["again"] is loaded["whole"]
    x = tidu.arange(4.0)
    pair = carried([x.data, x.detach()], tidu, tidu)
    assert pair[0].data_ptr() == pair[1].data_ptr()


@live
def test_conjugates_that_pytorch_has_only_noted() -> None:
    x = torch.arange(6).reshape(2, 3) * (1 + 2j)
    y = torch.arange(4) * (3 - 1j)
    made = [x.conj(), x[1:].conj().t(), x.conj()[:, :1].expand(2, 5), x, y.conj().imag]
    loaded = carried(made, torch, tidu)
    assert [t.tolist() for t in loaded] == [t.tolist() for t in made]
    assert [t.shape for t in loaded] == [tuple(t.shape) for t in made]


def test_one_storage_as_two_dtypes_is_refused() -> None:
    x = tidu.ones(2)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        tidu.save([x, x.view(tidu.int32)], io.BytesIO())


def test_only_the_storage_is_saved_and_all_of_it() -> None:
    x = tidu.zeros(1000)
    assert carried(x[:2], tidu, tidu).untyped_storage().nbytes() == 4000
    assert carried(x[:2].clone(), tidu, tidu).untyped_storage().nbytes() == 8
    assert carried(x.untyped_storage(), tidu, tidu).nbytes() == 4000


def test_gradients_and_history_are_not_saved_and_hooks_warn() -> None:
    x = tidu.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    assert carried(x, tidu, tidu).grad is None
    y = x * 2
    assert carried(y, tidu, tidu).is_leaf and carried(y, tidu, tidu).requires_grad
    x.register_hook(print)
    with pytest.warns(UserWarning, match="will not be serialized"):
        assert not carried(x, tidu, tidu)._hooks
    y = tidu.ones(2, requires_grad=True)
    y.register_hook(unserializable_hook(lambda g: g))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not carried(y, tidu, tidu)._hooks


def test_other_picklers() -> None:
    class Counting:
        """A module with picklers of its own, in C."""

        import pickle

        Unpickler, dump, load = pickle.Unpickler, staticmethod(pickle.dump), staticmethod(pickle.load)
        made = 0

        class Pickler(pickle.Pickler):
            def __init__(self, *args: Any, **options: Any) -> None:
                Counting.made += 1
                super().__init__(*args, **options)

    class InPython(Counting):
        """One whose pickler is in Python, as dill's."""

        class Pickler(pickle._Pickler):
            dispatch = pickle._Pickler.dispatch | {slice: lambda self, s: self.save_reduce(slice, (7,), obj=s)}

    for module in (Counting, InPython):
        for options in ({}, OLD):
            made = [
                tidu.arange(3),
                tidu.float32,
                tidu.nn.Linear(1, 1),
                tidu.relu if module is InPython else None,
                slice(1),
            ]
            file = written(tidu, made, pickle_module=module, **options)
            loaded = tidu.load(file, pickle_module=module)
            assert loaded[0].tolist() == [0, 1, 2] and loaded[1] is tidu.float32 and loaded[3] is made[3]
            assert loaded[4] == slice(7 if module is InPython else 1)
    assert Counting.made == 2


def test_what_cannot_be_pickled_is_told_as_python_tells_it() -> None:
    class Local(tidu.nn.Module):
        pass

    for value in (Local(), [lambda x: x], (i for i in ())):
        with pytest.raises((AttributeError, pickle.PicklingError, TypeError)) as wanted:
            pickle.dumps(value)
        with pytest.raises(wanted.type, match=re.escape(str(wanted.value).split(" at 0x")[0])):
            tidu.save(value, io.BytesIO())


def test_deep_nesting() -> None:
    made: Any = [tidu.ones(1)]
    for _ in range(200):
        made = [made]
    loaded = carried(made, tidu, tidu)
    while isinstance(loaded, list):
        (loaded,) = loaded
    assert loaded.item() == 1


def test_big_endian_files() -> None:
    """As a machine of the other byte order would have written them."""
    from tidu.serialization._zip import Reader, Writer

    values = {"float32": "f4", "int64": "i8", "complex64": "c8", "bool": "?", "int16": "i2"}
    made = {name: tidu.arange(3).to(getattr(tidu, name)) for name in values}
    archive = Reader(written(tidu, made), "it")
    for mark in (b"big", None):
        file = io.BytesIO()
        writer = Writer(file, "archive")
        writer.record("data.pkl", archive.read("data.pkl"))
        for i, form in enumerate(values.values()):
            writer.record(f"data/{i}", np.frombuffer(archive.read(f"data/{i}"), form).byteswap())
        if mark:
            writer.record("byteorder", mark)
        writer.close()
        tidu.serialization.set_default_load_endianness(tidu.serialization.LoadEndianness.BIG)
        try:
            file.seek(0)
            loaded = tidu.load(file)
        finally:
            tidu.serialization.set_default_load_endianness(None)
        assert look(loaded) == look(made)


def test_resuming_gives_the_same_bits(tmp_path: Path) -> None:
    """Three steps, a checkpoint, three more; and as many from the checkpoint in a fresh net, dropout's numbers too."""

    def fresh() -> tuple[Any, Any]:
        net = tidu.nn.Sequential(tidu.nn.Linear(4, 8), tidu.nn.BatchNorm1d(8), tidu.nn.Dropout(), tidu.nn.Linear(8, 2))
        return net, tidu.optim.AdamW(net.parameters(), lr=0.05)

    def steps(net: Any, optimizer: Any) -> None:
        for _ in range(3):
            optimizer.zero_grad()
            net(tidu.randn(6, 4)).square().mean().backward()
            optimizer.step()

    tidu.manual_seed(1)
    net, optimizer = fresh()
    steps(net, optimizer)
    tidu.save(
        {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "rng": tidu.get_rng_state()}, tmp_path / "c.pt"
    )
    steps(net, optimizer)
    tidu.manual_seed(2)
    again, other = fresh()
    state = tidu.load(tmp_path / "c.pt")
    again.load_state_dict(state["net"])
    other.load_state_dict(state["optimizer"])
    tidu.set_rng_state(state["rng"])
    steps(again, other)
    assert look(again.state_dict()) == look(net.state_dict())
    assert look(other.state_dict()) == look(optimizer.state_dict())


def test_plain_pickles_and_copies_keep_what_people_put_on_a_tensor_and_functions_by_name() -> None:
    for made in thing("marked", tidu):
        again = pickle.loads(pickle.dumps(made))
        assert (type(again), again.note, again.tolist()) == (type(made), made.note, made.tolist())
    x = thing("marked", tidu)[0]
    assert copy.deepcopy(x).note == "a note"
    for function in (
        tidu.relu,
        tidu.add,
        tidu.sum,
        tidu.conv2d,
        tidu.nn.functional.tanh,
        tidu.relu_,
        tidu.nn.functional.gelu,
    ):
        assert pickle.loads(pickle.dumps(function)) is function
