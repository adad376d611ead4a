"""Short programs around modules whose printed results are compared: hooks, states, errors, utilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, Callable[[Any], Any]] = {}


def program(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS[run.__name__] = run
    return run


def answer(t: Any, run: Callable[[Any], Any]) -> str:
    """What a program gives, as it is printed; of an error its class and, where it is short, its text."""
    t.manual_seed(0)
    try:
        return repr(run(t))
    except Exception as error:
        text = str(error)
        return f"{type(error).__name__}: {text if len(text) < 200 else '...'}"


def net(t: Any) -> Any:
    t.manual_seed(0)
    return t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 2))


def error(name: str, run: Callable[[Any], Any]) -> None:
    PROGRAMS[f"error: {name}"] = run


# ---- what a module says to a mistake


def without_init(value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(t: Any) -> Any:
        def init(self: Any) -> None:
            self.child = value(t)

        return type("Net", (t.nn.Module,), {"__init__": init})()

    return run


error("module before super().__init__()", without_init(lambda t: t.nn.Linear(2, 2)))
error("parameter before super().__init__()", without_init(lambda t: t.nn.Parameter(t.ones(2))))
error("buffer before super().__init__()", without_init(lambda t: t.nn.Buffer(t.ones(2))))
for _name, _value in (("weight", 3), ("bias", "a")):
    error(f"assign {_value!r} to {_name}", lambda t, n=_name, x=_value: setattr(t.nn.Linear(2, 2), n, x))
error("assign a tensor to weight", lambda t: setattr(t.nn.Linear(2, 2), "weight", t.ones(2)))
error("assign a number to a child", lambda t: setattr(net(t), "0", 3))
error("no such attribute", lambda t: net(t).lin)
error("no forward", lambda t: t.nn.Module()(1))
error("arguments to Module", lambda t: t.nn.Module(1))
for _kind in ("parameter", "buffer", "module"):
    for _given in (1, "a.b", "", "forward"):
        error(
            f"{_kind} named {_given!r}",
            lambda t, k=_kind, g=_given: getattr(t.nn.Linear(1, 1), f"register_{k}")(g, None),
        )
error("register a tensor as parameter", lambda t: t.nn.Module().register_parameter("x", t.ones(2)))
error("register a number as buffer", lambda t: t.nn.Module().register_buffer("x", 3))
error("add a number as module", lambda t: t.nn.Module().add_module("x", 3))
for _path in ("0.weight", "0.x", "9", "0.weight.x"):
    error(f"get_submodule {_path}", lambda t, p=_path: net(t).get_submodule(p))
    error(f"get_parameter {_path}", lambda t, p=_path: net(t).get_parameter(p).shape)
error("get_buffer", lambda t: net(t).get_buffer("0.weight"))
error("set_submodule without a name", lambda t: net(t).set_submodule("", t.nn.ReLU()))
error("set_submodule strictly", lambda t: net(t).set_submodule("7", t.nn.ReLU(), strict=True))
error("to an integer dtype", lambda t: net(t).to(t.int64))
error("train(1)", lambda t: net(t).train(1))
for _state in ("missing", "unexpected", "shape", "no tensor"):

    def _load(t: Any, state: str = _state) -> Any:
        given = t.nn.Linear(3, 4).state_dict()
        if state == "missing":
            del given["bias"]
        elif state == "unexpected":
            given["extra"] = t.ones(1)
        else:
            given["weight"] = t.ones(2, 2) if state == "shape" else "a"
        return t.nn.Linear(3, 4).load_state_dict(given)

    error(f"load_state_dict: {_state}", _load)
error("load_state_dict of a list", lambda t: net(t).load_state_dict([1]))
error("backward hook of both kinds", lambda t: [f := t.nn.Linear(1, 1), f.register_backward_hook(print),
                                                f.register_full_backward_hook(print)])  # fmt: skip


# ---- state


@program
def states(t: Any) -> Any:
    m = net(t)
    m.register_buffer("kept", t.ones(1))
    m.register_buffer("not_kept", t.ones(1), persistent=False)
    return list(m.state_dict(prefix="q.")), m.state_dict()._metadata, [n for n, _ in m.named_buffers()]


@program
def loading(t: Any) -> Any:
    m, other = net(t), net(t)
    for p in other.parameters():
        p.data.zero_()
    partly = m.load_state_dict({"0.bias": t.ones(4)}, strict=False)
    kept = m[0].weight
    whole = m.load_state_dict(other.state_dict(), assign=True)
    return partly, whole, m[0].weight is kept, m.state_dict()


@program
def state_hooks(t: Any) -> Any:
    log: list[Any] = []
    m = t.nn.Linear(1, 1)
    m.register_state_dict_pre_hook(lambda mod, prefix, keep: log.append(("pre", prefix, keep)))
    m.register_state_dict_post_hook(lambda mod, state, prefix, meta: log.append(("post", list(state), meta)))
    m.register_load_state_dict_pre_hook(lambda mod, state, prefix, *rest: log.append(("load", prefix, rest[1:])))
    m.register_load_state_dict_post_hook(lambda mod, keys: log.append(("loaded", keys)))
    m.load_state_dict(m.state_dict())
    return log


@program
def extra_state(t: Any) -> Any:
    class Counting(t.nn.Module):
        count = 5

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    m = Counting()
    state = m.state_dict()
    m.count = 0
    return state, m.load_state_dict(state), m.count


# ---- hooks


@program
def forward_hooks(t: Any) -> Any:
    log: list[Any] = []
    m = t.nn.Linear(2, 1)
    m.register_forward_pre_hook(lambda mod, args: log.append("pre"))
    m.register_forward_pre_hook(lambda mod, args: (args[0] * 2,), prepend=True)
    m.register_forward_pre_hook(lambda mod, args, kwargs: log.append(kwargs), with_kwargs=True)
    m.register_forward_hook(lambda mod, args, out: log.append((args, out.shape)))
    handle = m.register_forward_hook(lambda mod, args, out: out + 10)
    first = m(t.ones(1, 2))
    handle.remove()
    return log, first.detach(), m(t.ones(1, 2)).detach()


@program
def always_called(t: Any) -> Any:
    log: list[str] = []
    m = t.nn.Linear(2, 1)
    m.register_forward_hook(lambda mod, args, out: log.append("always"), always_call=True)
    m.register_forward_hook(lambda mod, args, out: log.append("never"))
    try:
        m(t.ones(1, 3))
    except RuntimeError:
        log.append("error")
    return log


@program
def backward_hooks(t: Any) -> Any:
    log: list[Any] = []
    m = net(t)
    m[0].register_full_backward_hook(lambda mod, gi, go: log.append(("first", gi, go)))
    m[2].register_full_backward_hook(lambda mod, gi, go: (gi[0] * 2,))
    m[2].register_full_backward_pre_hook(lambda mod, go: (go[0] + 1,))
    x = t.ones(1, 3, requires_grad=True)
    m(x).sum().backward()
    return log, x.grad, [p.grad for p in m.parameters()]


@program
def backward_hook_without_inputs(t: Any) -> Any:
    log: list[Any] = []
    m = t.nn.Linear(2, 1)
    m.register_full_backward_hook(lambda mod, gi, go: log.append((gi, go)))
    m(t.ones(1, 2)).sum().backward()
    return log, m.weight.grad


@program
def hooks_of_all_modules(t: Any) -> Any:
    log: list[str] = []
    module = t.nn.modules.module
    handles = [
        module.register_module_forward_pre_hook(lambda m, args: log.append(f"before {type(m).__name__}")),
        module.register_module_forward_hook(lambda m, args, out: log.append(f"after {type(m).__name__}")),
        module.register_module_full_backward_hook(lambda m, gi, go: log.append(f"back {type(m).__name__}")),
    ]
    net(t)(t.ones(1, 3)).sum().backward()
    for handle in handles:
        handle.remove()
    net(t)(t.ones(1, 3))
    return log


# ---- the tree


@program
def walking(t: Any) -> Any:
    shared = t.nn.Linear(2, 2)
    m = t.nn.ModuleDict({"a": shared, "b": t.nn.Sequential(shared, t.nn.ReLU())})
    names = [n for n, _ in m.named_modules()], [n for n, _ in m.named_modules(remove_duplicate=False)]
    params = [n for n, _ in m.named_parameters()], [n for n, _ in m.named_parameters(remove_duplicate=False)]
    return names, params, len(list(m.children())), m.get_submodule("b.0") is shared, "a" in m, m


@program
def converting(t: Any) -> Any:
    m = net(t)
    weight = m[0].weight
    m.register_buffer("steps", t.zeros(1, dtype=t.int64))
    m(t.ones(1, 3)).sum().backward()
    m.double()
    return m[0].weight is weight, weight.dtype, weight.grad.dtype, m.steps.dtype, m.to(t.float16)[2].bias.dtype


@program
def freezing(t: Any) -> Any:
    m = net(t)
    m(t.ones(1, 3)).sum().backward()
    m.zero_grad(set_to_none=False)
    zeros = [p.grad for p in m.parameters()]
    m.zero_grad()
    m.requires_grad_(False)
    return zeros, [p.grad for p in m.parameters()], m(t.ones(1, 3)).requires_grad, m.eval().training, m[0].training


@program
def applying(t: Any) -> Any:
    order: list[str] = []
    net(t).apply(lambda m: order.append(type(m).__name__))
    return order


@program
def repeated_blocks(t: Any) -> Any:
    return t.nn.ModuleList([t.nn.Linear(2, 2)] * 3 + [t.nn.Sequential(t.nn.ReLU(), t.nn.Linear(1, 1))] * 2)


@program
def kernel_of_more_dimensions(t: Any) -> Any:
    return t.nn.Conv1d(1, 2, (3, 3)), t.nn.Conv2d(1, 2, (3,)), t.nn.ConvTranspose1d(1, 2, (1, 2), padding=1)


@program
def lists(t: Any) -> Any:
    nn = t.nn
    m = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    m.append(nn.Sigmoid()).extend([nn.ELU()]).insert(0, nn.Identity())
    del m[1]
    s = nn.Sequential(nn.ReLU(), nn.Tanh())
    s.append(nn.ELU()).insert(1, nn.Identity())
    del s[0]
    return m, m[-1], m[1:], m.pop(0), len(m), s, s[1:], s + nn.Sequential(nn.ReLU()), s * 2


error("index of a list", lambda t: t.nn.ModuleList([t.nn.ReLU()])[3])
error("index of a Sequential", lambda t: net(t)[9])
error("extend with a number", lambda t: t.nn.ModuleList([]).extend(3))
error("ModuleDict of no pairs", lambda t: t.nn.ModuleDict([1]))


@program
def dicts_of_parameters(t: Any) -> Any:
    d = t.nn.ParameterDict({"b": t.ones(1), "a": t.nn.Parameter(t.zeros(2))})
    d["c"] = t.ones(1, 1)
    d.setdefault("d", t.ones(1))
    popped = d.pop("a")
    return list(d), popped, [n for n, _ in d.named_parameters()], (d | t.nn.ParameterDict({"z": t.ones(1)})).keys()


@program
def parameters_print(t: Any) -> Any:
    x = t.ones(2)
    p = t.nn.Parameter(x)
    x.add_(1)
    return p, type(p.data), type(p * 1), isinstance(p, t.nn.Parameter), isinstance(x, t.nn.Parameter), p.is_leaf


@program
def lazy(t: Any) -> Any:
    m = t.nn.LazyLinear(2)
    before = (m, m.weight, m.has_uninitialized_params())
    state = m(t.ones(1, 3)) is not None
    return repr(before), state, m, m.weight.shape


error("lazy shape", lambda t: t.nn.LazyLinear(2).weight.shape)
error("lazy arithmetic", lambda t: t.nn.LazyLinear(2).weight + 1)


# ---- init


for _init, _arguments in (
    ("uniform_", (-1.0, 2.0)), ("normal_", (1.0, 0.5)), ("constant_", (3.0,)), ("ones_", ()), ("zeros_", ()),
    ("eye_", ()),
    ("xavier_uniform_", (2.0,)), ("xavier_normal_", ()), ("kaiming_uniform_", (0.1, "fan_out")),
    ("kaiming_normal_", (0, "fan_in", "relu")), ("trunc_normal_", ()), ("trunc_normal_", (0.0, 1.0, 3.0, 4.0)),
    ("orthogonal_", (2.0,)), ("sparse_", (0.4,)),
):  # fmt: skip
    for _shape in ((5, 4), (3, 7)):
        PROGRAMS[f"init.{_init}{_arguments} of {_shape}"] = lambda t, i=_init, a=_arguments, s=_shape: getattr(
            t.nn.init, i
        )(t.nn.Parameter(t.empty(s)), *a)
PROGRAMS["init.dirac_"] = lambda t: t.nn.init.dirac_(t.empty(4, 2, 3), 2)
PROGRAMS["init.gain"] = lambda t: [
    t.nn.init.calculate_gain(n) for n in ("linear", "tanh", "relu", "leaky_relu", "selu")
]
error("gain of nothing", lambda t: t.nn.init.calculate_gain("x"))
for _init, _shape in (
    ("xavier_uniform_", (3,)),
    ("eye_", (3,)),
    ("dirac_", (3,)),
    ("orthogonal_", (3,)),
    ("sparse_", (3,)),
):
    error(
        f"init.{_init} of {_shape}",
        lambda t, i=_init, s=_shape: getattr(t.nn.init, i)(t.ones(s), *[0.1] * (i == "sparse_")),
    )


# ---- utils


for _p in (2.0, 1, float("inf"), 0.5):

    def _clipped(t: Any, p: float = _p) -> Any:
        m = net(t)
        (m(t.ones(2, 3) * 3) ** 2).sum().backward()
        return t.nn.utils.clip_grad_norm_(m.parameters(), 0.5, p), [q.grad for q in m.parameters()]

    PROGRAMS[f"clip_grad_norm_ {_p}"] = _clipped


@program
def clip_grad_value(t: Any) -> Any:
    m = net(t)
    (m(t.ones(2, 3) * 3) ** 2).sum().backward()
    return t.nn.utils.clip_grad_value_(m.parameters(), 0.1), [q.grad for q in m.parameters()]


@program
def clip_nonfinite(t: Any) -> Any:
    p = t.nn.Parameter(t.ones(2))
    p.grad = t.tensor([float("nan"), 1.0])
    return t.nn.utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)


@program
def vectors(t: Any) -> Any:
    m = net(t)
    before = t.nn.utils.parameters_to_vector(m.parameters())
    t.nn.utils.vector_to_parameters(t.arange(26.0), m.parameters())
    return before, m.state_dict()


def sequences(t: Any) -> list[Any]:
    return [t.arange(1.0, 5).reshape(4, 1), t.tensor([[7.0], [8]]), t.tensor([[9.0], [10], [11]])]


for _options in ({}, {"batch_first": True}, {"padding_value": -1.0}, {"padding_side": "left"}):
    PROGRAMS[f"pad_sequence {_options}"] = lambda t, o=_options: t.nn.utils.rnn.pad_sequence(sequences(t), **o)
for _options in ({}, {"batch_first": True}, {"total_length": 6, "padding_value": 9.0}, {"total_length": 1}):
    PROGRAMS[f"pad_packed {_options}"] = lambda t, o=_options: t.nn.utils.rnn.pad_packed_sequence(
        t.nn.utils.rnn.pack_sequence(sequences(t), False), **o
    )
PROGRAMS["pack"] = lambda t: t.nn.utils.rnn.pack_sequence(sequences(t), False)
PROGRAMS["unpack"] = lambda t: t.nn.utils.rnn.unpack_sequence(t.nn.utils.rnn.pack_sequence(sequences(t), False))
for _given in ([], 3, [1]):
    error(f"pad_sequence of {_given}", lambda t, g=_given: type(t.nn.utils.rnn.pad_sequence(g)))
error("pack unsorted", lambda t: t.nn.utils.rnn.pack_sequence(sequences(t)[1:]))
error("pack nothing", lambda t: t.nn.utils.rnn.pack_padded_sequence(t.ones(6, 2, 1), [2, 0]))

for _kind in ("LSTM", "GRU", "RNN"):

    def _packed(t: Any, kind: str = _kind) -> Any:
        t.manual_seed(0)
        m, rnn = getattr(t.nn, kind)(1, 3, 2, bidirectional=True).double(), t.nn.utils.rnn
        out, last = m(rnn.pack_sequence([s.double() for s in sequences(t)], False))
        padded, lengths = rnn.pad_packed_sequence(out)
        (padded * padded).sum().backward()
        return padded, lengths, last, [p.grad for p in m.parameters()]

    PROGRAMS[f"packed {_kind}"] = _packed


def _square(t: Any) -> Any:
    class Square(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return x * x

    return Square()


@program
def parametrized(t: Any) -> Any:
    parametrize = t.nn.utils.parametrize
    t.manual_seed(0)
    m = parametrize.register_parametrization(t.nn.Linear(2, 2), "weight", _square(t))
    m(t.ones(1, 2)).sum().backward()
    grad = m.parametrizations.weight.original.grad
    shown = repr(m), list(m.state_dict()), parametrize.is_parametrized(m), parametrize.is_parametrized(m, "bias")
    with parametrize.cached():
        same = m.weight is m.weight
    parametrize.register_parametrization(m, "weight", _square(t))
    twice = m.weight.detach()
    parametrize.remove_parametrizations(m, "weight")
    return shown, grad, same, m.weight is m.weight, twice, m, list(m.state_dict()), m.weight


error(
    "parametrize nothing", lambda t: t.nn.utils.parametrize.register_parametrization(t.nn.Linear(1, 1), "x", _square(t))
)
error("assign without right_inverse", lambda t: setattr(
    t.nn.utils.parametrize.register_parametrization(t.nn.Linear(1, 1), "weight", _square(t)), "weight", t.ones(1, 1)
))  # fmt: skip
for _kind in ("weight_norm", "spectral_norm"):

    def _normed(t: Any, kind: str = _kind) -> Any:
        t.manual_seed(0)
        m = getattr(t.nn.utils.parametrizations, kind)(t.nn.Linear(3, 2))
        (m(t.ones(1, 3)) ** 2).sum().backward()
        return m, m.state_dict(), m.weight.detach(), [p.grad for p in m.parameters()], m.eval().weight.detach()

    PROGRAMS[f"parametrizations.{_kind}"] = _normed


@program
def functional_call(t: Any) -> Any:
    m = net(t)
    other = {"0.weight": t.ones(4, 3), "2.bias": t.zeros(2)}
    made = t.nn.utils.stateless.functional_call(m, other, t.ones(1, 3))
    return made.detach(), m(t.ones(1, 3)).detach()


error("functional_call strictly", lambda t: t.nn.utils.stateless.functional_call(net(t), {}, t.ones(1, 3), strict=True))
PROGRAMS["skip_init"] = lambda t: [t.nn.utils.skip_init(t.nn.Linear, 3, 2), t.rand(1)]


# ---- functions of modules; convolutions' gradients; names without their prefix


error("functional_call twice", lambda t: t.func.functional_call(net(t), ({"0.bias": 1}, {"0.bias": 1}), t.ones(1, 3)))
PROGRAMS["functional_call of two dicts"] = lambda t: t.func.functional_call(
    t.nn.Linear(2, 2), ({"weight": t.ones(2, 2)}, {"bias": t.zeros(2)}), (t.ones(1, 2),)
)
PROGRAMS["stack_module_state"] = lambda t: t.func.stack_module_state([t.nn.BatchNorm1d(2) for _ in range(3)])
for _many in ("[]", "[nn.ReLU(), nn.Linear(1, 1)]", "[nn.ReLU(), nn.ReLU().eval()]"):
    error(f"stack_module_state of {_many}", lambda t, m=_many: t.func.stack_module_state(eval(m, {"nn": t.nn})))


@program
def gradients_of_convolutions(t: Any) -> Any:
    weight = t.randn(4, 2, 2, requires_grad=True)
    made = t.nn.grad.conv1d_input((1, 4, 5), weight, t.randn(1, 4, 3), stride=1, padding=0, dilation=2, groups=2)
    (made * made).sum().backward()
    return (
        made.detach(),
        weight.grad,
        t.nn.grad.conv2d_input((1, 2, 5, 5), t.randn(3, 2, 3, 3), t.randn(1, 3, 3, 3)),
        t.nn.grad.conv2d_weight(t.randn(1, 2, 5, 5), (3, 2, 3, 3), t.randn(1, 3, 2, 2), 2),
        t.nn.grad.conv3d_weight(t.randn(1, 2, 2, 2, 2), (1, 2, 1, 1, 2), t.randn(1, 1, 2, 2, 1)),
    )


@program
def names_without_prefix(t: Any) -> Any:
    state = t.nn.DataParallel(net(t)).state_dict()
    t.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    pair, triple = t.nn.modules.utils._pair, t.nn.modules.utils._triple
    return state, state._metadata, pair(3), pair([1, 2]), triple(2)


@program
def batch_norm_made_synchronous(t: Any) -> Any:
    m = t.nn.Sequential(t.nn.BatchNorm1d(3), t.nn.ModuleList([t.nn.BatchNorm2d(2, affine=False), t.nn.ReLU()])).eval()
    made = t.nn.SyncBatchNorm.convert_sync_batchnorm(m, 7)
    one = t.nn.SyncBatchNorm.convert_sync_batchnorm(m[0])
    return made, made is m, made[0].process_group, made[0].training, made.state_dict(), one.weight is m[0].weight


for _kind in ("spectral_norm", "weight_norm", "orthogonal"):

    def _transferred(t: Any, kind: str = _kind) -> Any:
        m = getattr(t.nn.utils.parametrizations, kind)(t.nn.Linear(2, 2))
        transfer = t.nn.utils.parametrize.transfer_parametrizations_and_params
        other, new = transfer(m, t.nn.Linear(2, 2)), transfer(m, t.nn.ReLU(), "weight")
        return other, other.state_dict(), new, new.state_dict(), transfer(t.nn.Linear(1, 1), t.nn.ReLU())

    PROGRAMS[f"transferred {_kind}"] = _transferred

PROGRAMS["conv_tbc"] = lambda t: t.nn.functional.conv_tbc(t.randn(5, 2, 3), t.randn(3, 3, 4), t.randn(4), 1)
error("conv_tbc of a matrix", lambda t: t.nn.functional.conv_tbc(t.randn(5, 2), t.randn(3, 3, 4), t.randn(4), 1))


@program
def chosen_kernels_of_attention(t: Any) -> Any:
    from importlib import import_module

    attention, q = import_module(f"{t.__name__}.nn.attention"), t.randn(1, 1, 3, 2)
    with attention.sdpa_kernel([attention.SDPBackend.MATH]):
        made = t.nn.functional.scaled_dot_product_attention(q, q, q)
    try:
        with attention.sdpa_kernel(3):
            pass
    except AssertionError as wrong:
        return made, str(wrong)
