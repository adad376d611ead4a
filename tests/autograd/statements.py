"""What a statement of a random program may be, but for calls of declared samples, which are in ``vocabulary``.

The forms of a kind are lists by the dimensions that they want of x. EXCLUDED is that of ``test_programs``.
"""

UNARY = ["sin", "exp", "tanh", "sigmoid", "abs", "neg", "relu", "square"]
BINARY = ["add", "sub", "mul", "div", "maximum", "atan2"]
WRITES = ["add_", "sub_", "mul_", "copy_"]
VIEWS = [
    ["{x}.view_as({x})", "{x}[...]", "{x}.reshape(-1)", "{x}[None]", "{x}.unsqueeze(-1)", "{x}.expand(2, *{x}.shape)",
     "torch.atleast_1d({x})", "torch.atleast_3d({x})", "torch.broadcast_to({x}, (2, *{x}.shape))"],
    ["{x}.unflatten(0, (1, -1))", "{x}.tensor_split(2)[0]", "{x}.tensor_split((1,))[-1]", "{x}.movedim(0, -1)",
     "{x}.narrow(0, torch.tensor(0), 1)", "{x}[0]", "{x}[-1:]", "{x}[::2]", "{x}.flatten()", "{x}.narrow(0, 0, 1)",
     "{x}.unfold(0, 1, 1)", "{x}.squeeze()"],
    ["{x}.hsplit([1])[0]", "{x}.vsplit([1])[0]", "{x}.unflatten(-1, (-1, 1))", "{x}.moveaxis(1, 0)",
     "{x}.transpose(0, 1)", "{x}[:, 0]", "{x}[:, None]", "{x}.diagonal()", "{x}.permute(*range({x}.dim())[::-1])",
     "{x}.squeeze(0)", "{x}[0, ..., -1]", "{x}[:, 1:]", "{x}.flatten(0, 1)", "{x}.mT"],
]  # fmt: skip
COPIES = [
    ["{x}.clone()", "{x} * 2", "1 - {x}", "{x}.sum()", "{x}.mean()", "{x}.detach()", "torch.stack([{x}, {x}])"],
    ["{x}.sum(0, keepdim=True)", "{x}.mean(-1)", "{x}.amax(0)", "{x}.max(0).values", "{x}.cumsum(0)", "{x}[[0, -1]]",
     "torch.cat([{x}, {x}])", "torch.where({x} > 0, {x}, 0.5)", "torch.hstack([{x}, {x}])", "{x}.flip(0)",
     "{x}.index_copy(0, torch.tensor([0]), {x}[-1:])", "{x}.index_fill(0, torch.tensor([0]), 0.5)",
     "{x}.index_reduce(0, torch.tensor([0]), {x}[-1:], 'mean')", "({x} * 1).select_scatter({x}[-1], 0, 0)",
     "({x} * 1).slice_scatter({x}[:1], 0, -1)", "{x}.take_along_dim(torch.tensor([0]))", "{x}.sum_to_size(1)",
     "{x}.masked_scatter({x} > 0, {x}.square())", "{x}.put(torch.tensor([0, -1]), {x}.reshape(-1)[:2])"],
    ["{x}.rot90()", "({x} * 1).diagonal_scatter({x}.diagonal())",
     "{x}.scatter_add(1, torch.tensor([[0]]), {x}[:1, :1])",
     "{x}.scatter_reduce(1, torch.tensor([[0]]), {x}[-1:, -1:], 'mean')", "torch.block_diag({x}[0], {x}[0])",
     "{x}.index_put((torch.tensor([0, 0]),), {x}[-1], accumulate=True)", "{x}[torch.tensor([[0], [-1]]), 0]",
     "{x} @ {x}.mT", "{x}.sum((0, 1))", "{x}.contiguous()", "{x}[:, [0]]", "{x}[{x} > 0]"],
]  # fmt: skip
SEVERAL = ["{x}.unbind()", "{x}.split(1)", "{x}.chunk(2)", "{x}.tensor_split(2)", "{x}.split_with_sizes([len({x})])",
           "torch.unsafe_split({x}, 1)", "torch.broadcast_tensors({x}, {x}[:1])"]  # fmt: skip
WRITES_WHERE = [
    ["{x}.masked_fill_({x} > 0.5, 0.25)", "{x}.masked_fill_({x} < 0, {x}.detach().sum())", "{x}.fill_(b[0, 0])",
     "{x}.clamp_(-0.5, 0.5)"],
    ["{x}.index_put_((torch.tensor([0]),), {x}[-1].clone(), accumulate=True)", "{x}.copy_({x}.clone().flip(0))",
     "{x}.index_add_(0, torch.tensor([0]), {x}[-1:].clone())", "{x}.cumsum_(0)",
     "{x}.index_put_((torch.tensor([0, -1]),), {x}[0].clone())", "{x}.index_put_(({x} > 0,), {x}.detach().sum())",
     "{x}.index_copy_(0, torch.tensor([0]), {x}[-1:].clone())", "{x}.index_fill_(0, torch.tensor([0]), 0.5)",
     "{x}.index_fill_(0, torch.tensor([-1]), b[0, 0])", "{x}.masked_scatter_({x} > 0.5, {x}.clone())",
     "{x}.put_(torch.tensor([0]), {x}.reshape(-1)[-1:].clone(), accumulate=True)",
     "{x}.index_reduce_(0, torch.tensor([0]), {x}[-1:].clone(), 'mean')"],
    ["{x}.fill_diagonal_(0.5)", "{x}.scatter_add_(1, torch.tensor([[0]]), {x}[-1:, -1:].clone())",
     "{x}.scatter_reduce_(1, torch.tensor([[0]]), {x}[-1:, -1:].clone(), 'mean')",
     "{x}.scatter_(1, torch.tensor([[0]]), 2.5)", "{x}.scatter_(1, torch.tensor([[0]]), {x}[-1:, -1:].clone())"],
]  # fmt: skip
WRITTEN_ON_THE_WAY = ("quantile", "nanquantile", "isclose", "trapz", "trapezoid", "cdist", "cov", "corrcoef", "vander",
                      "tensordot")  # fmt: skip
WRITTEN_ONE_BY_ONE = ("scatter", "scatter_add", "scatter_reduce", "put", "index_add", "index_copy", "index_reduce",
                      "index_fill")  # fmt: skip
TURNING = frozenset(("unsqueeze_", "squeeze_", "t_", "transpose_", "swapaxes_", "swapdims_"))  # see EXCLUDED 12
TURNS = [["{x}.unsqueeze_(0)", "{x}.squeeze_()"], [], ["{x}.t_()", "{x}.transpose_(0, 1)"]]
NOT_IN_PLACE = frozenset(f"{name}_" for name in "floor_divide heaviside logical_not logical_and logical_or logical_xor "
                         "tril triu addmm addmv addbmm baddbmm addr".split())  # fmt: skip  # see EXCLUDED 5, 9, 17
BESIDE = ["{x}.data.mul_(0.5)", "{x}.detach().add_(1)", "{x} += 1", "{x} = {x} * 1",
          "{x}.sum().backward(retain_graph=True)", "{x}.data[...] = 0.5",
          "{x}.detach().copy_({x}.detach() * 2)"]  # fmt: skip
# What has memory of its own from now on, or shares it without a history; and what ceases, or begins, to have one.
APART = ["{r} = {x}.data", "{r} = {x}.detach().requires_grad_()", "{r} = {x}.data[..., None]",
         "{r} = ({x} * 2).detach_()", "{r} = {x}.clone().detach_().requires_grad_()",
         "{r} = torch.zeros(1).set_({x}.detach())",
         "{r} = torch.zeros(0).set_(torch.stack([{x}.detach().sum()] * 3).untyped_storage(), 1, (2,), (1,))",
         "{r} = torch.nn.Parameter({x}.detach())", "{r} = torch.zeros_like({x}, requires_grad=True)",
         "{r} = torch.tensor({x}.tolist(), requires_grad=True)",
         "torch.autograd.graph.increment_version({x})"]  # fmt: skip
LEAVES = ["{x}.requires_grad_(False)", "{x}.requires_grad = not {x}.requires_grad", "{x}.requires_grad_()",
          "{x}.data = {x}.data * 2", "{x}.data = {y}.data.clone()", "{x}.set_({y}.detach().clone())", "{x}.detach_()",
          "with torch.no_grad(): {x}.set_({x}.clone())"]  # fmt: skip
# Backward in the middle of a program, gradients that the program goes on with (stacked: see EXCLUDED 2), and what is
# hung onto tensors.
BACKWARDS = ["{x}.sum().backward()", "{x}.sum().backward(retain_graph=True)", "{x}.sum().backward(inputs=[a])",
             "{x}.sum().backward(inputs=[{y}], retain_graph=True)", "{x}.backward()",
             "{x}.backward({x}.detach() * 0.5, retain_graph=True)", "{x}.backward(torch.ones(1, 1))",
             "torch.autograd.backward([{x}, {y}], [torch.ones_like({x}), torch.ones_like({y})], retain_graph=True)",
             "({x} * {x}).sum().backward(create_graph=True)"]  # fmt: skip
DIFFERENTIATED = ["torch.autograd.grad({x}.sum(), [a, b], allow_unused=True, materialize_grads=True)",
                  "torch.autograd.grad(({x} * {x}).sum(), [a, b], materialize_grads=True, create_graph=True)",
                  "torch.autograd.grad({x}, [a], {x}.detach().cos(), retain_graph=True)",
                  "torch.autograd.grad(({x} * {x}).sum(), {y}, create_graph=True)",
                  "torch.autograd.grad([{x}, {y}], [a, b], [{x}.detach(), {y}.detach()], True, True)",
                  "torch.autograd.grad({x}, a, torch.stack([{x}.detach(), {x}.detach()]), is_grads_batched=True)",
                  ]  # fmt: skip
HUNG_ON = ["{x}.register_hook(lambda g: g * 2)", "{x}.register_hook(lambda g: None)", "{x}.register_hook(torch.neg)",
           "{x}.register_hook(lambda g: g.sum())", "{x}.register_hook(lambda g: g.tanh()).remove()",
           "{x}.register_post_accumulate_grad_hook(lambda p: p.grad.mul_(0.5))", "{x}.grad = None",
           "{x}.grad = torch.ones_like({x})", "{x}.grad.zero_()", "{x}.grad = torch.ones(1)"]  # fmt: skip
MODES = ["torch.no_grad(), torch.enable_grad()", "torch.enable_grad(), torch.no_grad()", "torch.inference_mode()",
         "torch.set_grad_enabled(False)", "torch.inference_mode(), torch.enable_grad()",
         "torch.no_grad(), torch.inference_mode(False)"]  # fmt: skip
FUNCTIONS = {
    "Curved.apply({x}, {y})": """class Curved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * x * y
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return (2 * g * x * y).sum_to_size(x.shape), (g * x * x).sum_to_size(y.shape)""",
    "Doubled.apply({x})": """class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)
    @staticmethod
    def backward(ctx, g):
        return g * 2""",
    "[*Parted.apply({x})]": """class Parted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        kept, signs = x.exp(), x > 0
        ctx.mark_non_differentiable(signs)
        ctx.save_for_backward(kept)
        return kept, signs, x * 3
    @staticmethod
    def backward(ctx, g, _, h):
        return g * ctx.saved_tensors[0] + 3 * h""",
    "[*Written.apply({x}, {y})]": """class Written(torch.autograd.Function):
    @staticmethod
    def forward(x, y):
        return x.add_(y), y * 3
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])
        ctx.shape = inputs[1].shape
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g, h):
        return g, g.sum_to_size(ctx.shape) + 3 * h""",
    "Seen.apply({x})": """class Seen(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)
    @staticmethod
    def backward(ctx, g):
        return g + 1""",
}
KEYS = [["..."], ["0", "-1", "1:", "[0, -1]"], [":, 0", "0, 1", "[0, -1], [0, 0]", ":, [0]", "{x} > 0"]]
VALUES = ["2.5", "{y}.clone()", "{y}.sum()", "{x}[0].clone()"]
