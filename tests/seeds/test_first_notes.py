"""What two introductory notes show, run as a student runs it: cells that share a namespace and the screen they print.

The text after ``>>`` is the screen; a cell without it is judged by its own ``assert``s; ``!! Error`` is the exception
that PyTorch raises where a note is mistaken.  ``import torch`` inside a cell gives the module under test.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import io
import os
import re
from typing import Any

import pytest

MODULE = os.environ.get("TIDU_MODULE", "tidu")

TENSORS_IN_60_MINUTES = """
import torch
--
x = torch.empty(5, 3)
assert x.shape == (5, 3) and x.dtype == torch.float32
--
x = torch.rand(5, 3)
assert x.shape == (5, 3) and ((0 <= x) & (x < 1)).all()
--
x = torch.zeros(5, 3)
x
>> tensor([[0., 0., 0.],
        [0., 0., 0.],
        [0., 0., 0.],
        [0., 0., 0.],
        [0., 0., 0.]])
--
torch.ones(2, 3)
>> tensor([[1., 1., 1.],
        [1., 1., 1.]])
--
x = torch.tensor([5.5, 3])
x
>> tensor([5.5000, 3.0000])
--
torch.Tensor([5.5, 3])
>> tensor([5.5000, 3.0000])
--
import numpy as np
torch.tensor(np.array([1, 2]))
>> tensor([1, 2])
--
x = x.new_ones(5, 3, dtype = torch.double)
x.dtype
>> torch.float64
--
torch.randn_like(x, dtype = torch.int32)
!! NotImplementedError
--
x = torch.randn_like(x, dtype = torch.float)
assert x.shape == (5, 3) and x.dtype == torch.float32
--
torch.tensor(5, 3)
!! TypeError
--
torch.tensor(2, 3, 4)
!! TypeError
--
x = torch.Tensor(5, 3)
print(x.size())
>> torch.Size([5, 3])
--
x = torch.ones(2, 2)
y = torch.ones(2, 2) * 2
print((x + y).equal(torch.add(x, y)))
y.add_(x)
print(y)
>> True
tensor([[3., 3.],
        [3., 3.]])
--
y.copy_(x)
print(y, y.t_().shape)
>> tensor([[1., 1.],
        [1., 1.]]) torch.Size([2, 2])
--
y.t_(x)
!! TypeError
--
x = torch.Tensor(2, 3, 4)
print(x.size(0), x.size(1), x.size(2), x.dim())
>> 2 3 4 3
--
x = torch.randn(4, 4)
y = x.view(16)
z = x.view(-1, 8)
print(x.size(), y.size(), z.size())
>> torch.Size([4, 4]) torch.Size([16]) torch.Size([2, 8])
--
x = torch.tensor([-1.2])
print(x, x.item())
>> tensor([-1.2000]) -1.2000000476837158
--
x = torch.tensor([[1., 2.], [3., 4.]])
print(x.sum(), x.sum().item(), x.mean(), x.mean().item())
>> tensor(10.) 10.0 tensor(2.5000) 2.5
--
a = torch.randn(2, 2)
a.requires_grad_(True)
b = torch.randn(2, 2).requires_grad_()
print(a.requires_grad, b.requires_grad, (a * b).requires_grad)
>> True True True
--
x = torch.ones(2, requires_grad = True)
print((x ** 2).requires_grad)
with torch.no_grad():
    print((x ** 2).requires_grad)
>> True
False
--
y = x.detach()
print(x.requires_grad, y.requires_grad, x.eq(y).all())
>> True False tensor(True)
--
x = torch.ones(2, 2, requires_grad = True)
y = x + 2
print(x.grad_fn)
print(y.grad_fn)
>> None
<AddBackward0 object at 0x>
--
z = y * y * 3
out = z.mean()
out
>> tensor(27., grad_fn=<MeanBackward0>)
--
out.backward()
print(x.grad)
>> tensor([[4.5000, 4.5000],
        [4.5000, 4.5000]])
--
x = torch.ones(2, 2, requires_grad = True)
((x + 2) * (x + 2) * 3).mean().backward(torch.tensor(1.))
print(x.grad)
>> tensor([[4.5000, 4.5000],
        [4.5000, 4.5000]])
--
x = torch.randn(3, requires_grad = True)
y = x * 2
y.backward(torch.tensor([0.1, 1.0, 0.0001], dtype = torch.float))
print(x.grad)
>> tensor([2.0000e-01, 2.0000e+00, 2.0000e-04])
--
x = torch.randn(3, requires_grad = True)
(x * 2).backward()
!! RuntimeError
"""

NOTES_ON_AUTOGRAD = """
from __future__ import print_function
import torch
--
x=torch.zeros(5,3,dtype=torch.long)
print(x)
>> tensor([[0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0]])
--
x=torch.tensor([5.56,5,3],dtype=float)
print(x)
>> tensor([5.5600, 5.0000, 3.0000], dtype=torch.float64)
--
x=x.new_ones(2,3)
print(x)
>> tensor([[1., 1., 1.],
        [1., 1., 1.]], dtype=torch.float64)
--
x=torch.randn_like(x)
assert x.dtype == torch.float64 and str(x).endswith("dtype=torch.float64)")
--
y=torch.rand(2,3)
a=x+y
print(a.equal(torch.add(x,y)), a.dtype)
print(x.add_(y).equal(a))
>> True torch.float64
True
--
x.copy_y()
!! AttributeError
--
x=torch.randn(3,5)
y=x.view(1,15)
z=y.view(-1,3)
print(x.size(),y.size(),z.size())
>> torch.Size([3, 5]) torch.Size([1, 15]) torch.Size([5, 3])
--
r, k = x.size()
print(r, k, isinstance(x.size(), tuple), x.size()[1:], len(x.size()))
>> 3 5 True torch.Size([5]) 2
--
x=torch.rand(1)
assert type(x.item()) is float and 0 <= x.item() < 1
--
x=torch.ones(2,2,requires_grad=True)
y=x+2
print(y)
>> tensor([[3., 3.],
        [3., 3.]], grad_fn=<AddBackward0>)
--
print(y.grad_fn)
>> <AddBackward0 object at 0x>
--
z=y*y*3
out=z.mean()
print(z,out)
>> tensor([[27., 27.],
        [27., 27.]], grad_fn=<MulBackward0>) tensor(27., grad_fn=<MeanBackward0>)
--
out.backward()
print(x.grad)
>> tensor([[4.5000, 4.5000],
        [4.5000, 4.5000]])
--
a=torch.randn(2,2)
a=((a*3)/(a-1))
print(a.requires_grad)
a.requires_grad_(True)
b=a*a
print(b.requires_grad)
>> False
True
--
x=torch.randn(3,requires_grad=True)
y=x*2
while y.data.norm()<1000:
    y=y*2
k=float(y.data[0]/x.data[0])
assert y.data.norm().item() >= 1000 and float(k).hex().startswith('0x1.0')
--
v=torch.tensor([0.1,1,0.0001])
y.backward(v)
assert (x.grad - v * k).abs().max().item() < 1e-3 * k
type(y.grad_fn).__name__
>> 'MulBackward0'
--
print(x.requires_grad)
print((x**2).requires_grad)
with torch.no_grad():
    print((x**2).requires_grad)
>> True
True
False
"""


def cells(note: str) -> list[tuple[str, str, str]]:
    """(code, kind, expectation) of each cell: kind is ">>", "!!" or ""."""
    found = []
    for cell in note.strip().split("\n--\n"):
        code, mark, rest = re.fullmatch(r"(.*?)(?:\n(>>|!!) (.*))?", cell, re.DOTALL).groups("")
        found.append((code, mark, rest))
    return found


class Notebook:
    def __init__(self) -> None:
        self.names = {"__builtins__": {**vars(builtins), "__import__": self._import}, "__name__": "__main__"}

    @staticmethod
    def _import(name: str, *args: Any) -> Any:
        return builtins.__import__(re.sub(r"^torch\b", MODULE, name), *args)

    def run(self, code: str) -> str:
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            exec(compile(tree, "<cell>", "exec"), self.names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.names)
                if value is not None:
                    print(repr(value))
        return re.sub(r"0x[0-9a-f]+", "0x", screen.getvalue()).strip()


@pytest.mark.parametrize("note", [TENSORS_IN_60_MINUTES, NOTES_ON_AUTOGRAD], ids=["tensors", "autograd"])
def test_note(note: str) -> None:
    importlib.import_module(MODULE).manual_seed(0)
    notebook = Notebook()
    for code, mark, wanted in cells(note):
        if mark == "!!":
            with pytest.raises(getattr(builtins, wanted)):
                notebook.run(code)
        else:
            screen = notebook.run(code)
            assert mark != ">>" or screen == wanted, code
