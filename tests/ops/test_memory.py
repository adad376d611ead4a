"""Memory shared, given away, resized and read as something else: each line says the same on tidu and on PyTorch.

The text of what comes back is compared (for a tensor with its strides), or the class of the error, and the warnings.
In a line, ``t`` is the module, ``np`` NumPy; ``x y z r`` are tensors, ``n`` is an array, ``ro`` a read-only one, and
``b`` a bytearray.
"""

from __future__ import annotations

import array
import warnings
from typing import Any

import numpy as np
import pytest

import tidu

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")

LINES = """
t.frombuffer(b,dtype=t.int32)
t.frombuffer(b,dtype=t.uint8,count=3,offset=2)
t.frombuffer(b,dtype=t.int32,offset=1)
t.frombuffer(b,dtype=t.int32,count=9)
t.frombuffer(b,dtype=t.int32,count=0)
t.frombuffer(b)
t.frombuffer(b,dtype=t.float32,requires_grad=True)
t.frombuffer(b,dtype=t.int32,requires_grad=True)
t.frombuffer(array.array('i',[1,2,3]),dtype=t.int32)
t.frombuffer(3,dtype=t.int32)
t.frombuffer(bytearray(),dtype=t.int32)
t.frombuffer(b,dtype=t.int32,offset=16)
t.frombuffer(b,dtype=t.int32,offset=-1)
t.frombuffer(b,dtype=t.int32,count=-2)
t.frombuffer(b,dtype=t.int32,offset=15)
t.frombuffer(np.arange(3.),dtype=t.float64)
t.frombuffer(memoryview(b),dtype=t.int64)
t.frombuffer(buffer=b,dtype=t.int64)
t.frombuffer(b,t.int64)
t.frombuffer(x,dtype=t.int32)
(t.frombuffer(b,dtype=t.uint8).fill_(7), b)
t.frombuffer(b,dtype=t.bool)
t.frombuffer(b,dtype=t.complex64)
t.asarray(x) is x
t.asarray(x,copy=True).data_ptr()==x.data_ptr()
t.asarray(x,copy=False) is x
t.asarray(x,dtype=t.float64,copy=False)
t.asarray(x,dtype=t.float64)
t.asarray(n).data_ptr()==n.ctypes.data
t.asarray(n,copy=True).data_ptr()==n.ctypes.data
t.asarray([1,2])
t.asarray([1,2],copy=False)
t.asarray([1,2.],dtype=t.int8)
t.asarray(3)
t.asarray(3.,copy=False)
t.asarray(b)
t.asarray(b,dtype=t.int32)
t.asarray(n,requires_grad=True)
t.asarray([1,2],requires_grad=True)
t.asarray([1,2.],requires_grad=True)
t.asarray(r) is r
t.asarray(r,requires_grad=True)
t.asarray(r,requires_grad=False)
t.asarray(r,requires_grad=False) is r
t.asarray(r*2)
t.asarray(r*2,requires_grad=True)
t.asarray(r,copy=True)
t.asarray(r,copy=True,requires_grad=True)
t.asarray(r,copy=True,requires_grad=False)
t.asarray(x,requires_grad=True) is x
t.asarray(n[::-1])
t.asarray(n.astype('>f8'))
t.asarray(np.float32(3))
t.asarray(np.array(3.))
t.asarray("abc")
t.asarray(None)
t.asarray(x,device='cpu')
t.asarray(array.array('i',[1,2]),dtype=t.int32)
t.asarray([t.tensor(1)])
t.asarray(obj=x)
t.asarray(range(3))
t.asarray(x,t.float64)
t.asarray(n, dtype=t.float32)
t.asarray(n, dtype=t.float32,copy=False)
t.asarray(n[::2]).stride()
t.asarray(True)
t.asarray(2j)
t.from_dlpack(x).data_ptr()==x.data_ptr()
t.from_dlpack(n)
t.from_dlpack(n).data_ptr()==n.ctypes.data
(t.from_dlpack(n).fill_(7), n)
np.from_dlpack(x)
t.from_dlpack(x.__dlpack__())
t.from_dlpack(3)
x.__dlpack__()
x.__dlpack_device__()
r.__dlpack__()
np.from_dlpack(r)
t.utils.dlpack.to_dlpack(x)
t.utils.dlpack.from_dlpack(t.utils.dlpack.to_dlpack(x))
t.to_dlpack(x)
t.from_dlpack(n,copy=True).data_ptr()==n.ctypes.data
t.from_dlpack(x,device='cpu')
x.bool().__dlpack__()
x.__dlpack__(stream=1)
x.__dlpack__(stream='a')
x.__dlpack__(max_version=(1,0))
x.__dlpack__(copy=True)
x.__dlpack__(dl_device=(1,0))
np.from_dlpack(x.bool())
np.from_dlpack(x).flags.writeable
(lambda c: (t.from_dlpack(c), t.from_dlpack(c)))(x.__dlpack__())
np.from_dlpack(t.ones(2,2).T).strides
t.from_dlpack(np.array(['a']))
t.from_dlpack(z.T)
t.utils.dlpack.DLDeviceType.kDLCPU
(t.from_numpy(ro).fill_(1), ro)
t.as_tensor(ro)
np.asarray(x)
np.asarray(r)
x.__array_interface__
np.asarray(x,dtype=int)
x.__array__(np.float64)
memoryview(x)
np.stack([x,x])
t.ones(1).expand(0)
t.ones(0,3).as_strided((0,3),(0,0))
t.ones(1,3).expand(0,3)
t.ones(1).expand(0)[::2]
t.ones(1,1).expand(0,4).T
t.ones(1).expand(3)[0:0]
t.ones(1).expand(0)+1
t.ones(1,1).expand(3,0)
t.empty(2,0)[:,:]
t.ones(3)[3:]
t.from_numpy(np.empty((0,3)))
t.ones(1).expand(0).reshape(0,1)
t.ones(1,1).expand(0,4).unsqueeze(1)
t.ones(1,1).expand(0,4).contiguous()
t.ones(1,1).expand(0,4).permute(1,0)[:2]
t.ones(1,1).expand(0,4).sum(1)
t.ones(1).expand(0).view(0,1)
t.ones(1).expand(0).numpy().strides
t.from_numpy(t.ones(1).expand(0).numpy())
x.untyped_storage()[0]
x.untyped_storage()[-1]
x.untyped_storage()[99]
x.untyped_storage()[0:4]
list(x.untyped_storage())[:3]
x.untyped_storage().device
x.untyped_storage().size()
x.untyped_storage().element_size()
x.untyped_storage().is_cuda
x.untyped_storage().clone().data_ptr()!=x.untyped_storage().data_ptr()
x.untyped_storage().clone()
x.untyped_storage().cpu() is x.untyped_storage()
x.untyped_storage().resizable()
x.untyped_storage().is_pinned()
(x.untyped_storage().copy_(t.ones(3).untyped_storage()) is not None, x)
(x.untyped_storage().fill_(0), x)
(x.untyped_storage().__setitem__(0,5), x)
x.untyped_storage().type()
x.untyped_storage().new()
x.untyped_storage().resize_(4)
len(x.untyped_storage().resize_(40))
x.untyped_storage().is_shared()
128 in x.untyped_storage()
t.UntypedStorage(3).nbytes()
t.UntypedStorage([1,2,3])
t.is_storage(x.untyped_storage())
t.is_storage(x)
x.untyped_storage().get_device()
x.untyped_storage() == x.untyped_storage()
x[1:].untyped_storage().data_ptr() == x.data_ptr()
x.storage()[0]
x.storage()[0:2]
x.storage().pickle_storage_type()
x.storage().clone()
x.storage().fill_(2.)
(x.storage().fill_(2.) is not None, x)
x.storage().type()
x.storage().dtype
x.storage().device
list(x.storage())
len(x.storage())
x[1:].storage().tolist()
x.set_(y)
(x.set_(y).data_ptr()==y.data_ptr())
x.set_(y.untyped_storage(),1,(2,),(1,))
x.set_(y.untyped_storage(),1,(2,2)).shape
x.set_(y.untyped_storage())
x.set_()
x.set_(y.double())
x.set_(source=y)
x.set_(y.untyped_storage(),3,(2,),(1,)).shape
x.set_(y.storage())
x.set_(y, 1,(2,),(1,))
x.set_(3)
r.set_(y)
x.is_set_to(x.view(3))
x.is_set_to(x.clone())
x.is_set_to(x[1:])
x.is_set_to(3)
t.is_same_size(x,y)
x.is_same_size(x)
(x.set_(y), y.fill_(9), x)
(x.set_(y[1:]), x.fill_(9), y)
x.narrow_copy(0,1,1)
x.narrow(0,t.tensor(1),1)
t.narrow(x,0,t.tensor([1]),1)
z.resize_(2)
z.resize_(3,3).shape
z.resize_as_(x)
t.resize_as_(z,x)
z.T.resize_(6)
x[1:].resize_(2)
(z.resize_(0), z.resize_(2,2))
r.resize_(1)
z.resize_(-1)
z.resize_((2,))
z.resize_(2,3,memory_format=t.contiguous_format)
t.empty(2,3,4,5).resize_(1,3,2,2,memory_format=t.channels_last).stride()
t.zeros(2,3,4,5).contiguous(memory_format=t.channels_last).stride()
t.zeros(2,3,4,5).to(memory_format=t.channels_last).is_contiguous(memory_format=t.channels_last)
t.zeros(2,3,4,5).to(memory_format=t.channels_last).is_contiguous()
t.zeros(2,3,4,5).is_contiguous(memory_format=t.channels_last)
t.zeros(2,1,4,5).is_contiguous(memory_format=t.channels_last)
t.zeros(2,3,1,1).is_contiguous(memory_format=t.channels_last)
t.zeros(2,3,4,5).to(memory_format=t.channels_last).clone().stride()
(t.zeros(2,3,4,5).to(memory_format=t.channels_last)+1).stride()
t.zeros(2,3,4).contiguous(memory_format=t.channels_last)
t.zeros(2,3,4,5,6).to(memory_format=t.channels_last_3d).stride()
t.zeros(2,3,4,5).contiguous(memory_format=t.preserve_format)
t.empty_like(t.zeros(2,3,4,5).to(memory_format=t.channels_last)).stride()
t.empty(2,3,4,5,memory_format=t.channels_last).stride()
x.view(t.int32)
x.view(t.float64)
x.view(t.uint8).shape
z.view(t.int16).shape
z.view(t.float64)
z.T.view(t.int32)
z.T.view(t.int16)
t.zeros(2,4).view(t.float64).shape
t.zeros(2,4)[:,:3].view(t.float64)
t.zeros(2,4)[:,1:3].view(t.float64)
t.zeros(2,4)[1:].view(t.complex64).shape
x[1].view(t.int32)
x[1].view(t.int64)
x.view(dtype=t.int32)
x.bool().view(t.uint8)
x.view(t.float32) is x
t.zeros(4).view(t.complex64)
z.unfold(1,2,1)
z.unfold(-1,2,2)
z.dim_order()
z.T.dim_order()
z.T.expand(2,3,2).clone()
z.T.expand(2,3,2).flip(0)
z.T.expand(2,3,2).rot90()
z.T.expand(2,3,2).sort(0).values
z.T.expand(2,3,2).index_fill(0,t.tensor([0]),7)
z.T.expand(2,3,2).put(t.tensor([0]),t.tensor([7.]))
z.T.expand(2,3,2).index_put((t.tensor([0]),),t.tensor(7.))
z.T.expand(2,3,2).double()
z.T[:,None].expand(3,2,2).exp()
z.T[:,None].expand(3,2,2)*2
1-z.T[:,None].expand(3,2,2)
z.T[:,None].expand(3,2,2).clamp(0,1)
t.zeros_like(z.T[:,None].expand(3,2,2))
(y>1).expand(3,4)/t.ones(3,4)
t.take_along_dim(x,t.tensor([5]))
t.take_along_dim(x,t.tensor([-1]))
t.take_along_dim(x,t.tensor([5]),0)
t.take_along_dim(x,t.tensor([-5]),0)
t.tensor([.3,.3,.7-.4]).double().histc(2)
t.full((3,),.3,dtype=t.float64).histc(4)
t.histogram(z,3,weight=t.ones(3,2))
t.histogram(z,3,weight=t.ones(3))
t.cov(z,aweights=t.tensor([1.,float('nan'),1]))
t.renorm(x,2,1,1.)
t.renorm(z,2,2,1.)
z[:0].bool()@z[:0].bool().mT
z.bool()@z.bool().mT
x[:0].bool().cumsum_(0)
x.bool().cumsum_(0)
t.cumulative_trapezoid(x[:0],dx=.5)
t.trapezoid(x[:0],x)
t.cumulative_trapezoid(x[:0],x)
t.tensor([-0.]).dot(t.ones(1))
(r*1).asinh_()
(r*1).atanh_()
r.detach().index_reduce(0,t.tensor([0]),t.ones(1),'amax')
z.index_reduce(1,t.tensor([0]),t.ones(1),'amax')
t.pdist(t.tensor([[float('nan'),1],[0,1],[0,-.5]]),0)
t.cdist(t.tensor([[float('nan'),1],[0,float('inf')],[0,-.5]]),z[:,:2],0)
""".strip().splitlines()


def shown(value: Any) -> str:
    if hasattr(value, "requires_grad_"):
        return f"{value!r} stride {value.stride()}"
    return "a capsule" if type(value).__name__ == "PyCapsule" else repr(value)


def answer(t: Any, line: str) -> tuple[str, list[str]]:
    names = {
        "t": t, "np": np, "array": array, "b": bytearray(range(16)), "n": np.arange(3.0), "ro": np.arange(3.0),
        "x": t.arange(3.0), "y": t.arange(4.0), "z": t.arange(6.0).reshape(2, 3), "r": t.ones(2, requires_grad=True),
    }  # fmt: skip
    names["ro"].flags.writeable = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            said = shown(eval(line, names))
        except Exception as error:
            said = type(error).__name__
    # that typed storages are deprecated, PyTorch says once in a process
    return said, [w.category.__name__ for w in caught if "TypedStorage" not in str(w.message)]


@pytest.fixture(autouse=True)
def every_warning() -> Any:
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(before)


@pytest.mark.parametrize("line", LINES)
def test_line(line: str) -> None:
    assert answer(tidu, line) == answer(torch, line)


def test_memory_is_shared_with_pytorch_both_ways() -> None:
    ours, theirs = tidu.zeros(3), torch.zeros(3)
    torch.from_dlpack(ours).fill_(1)
    tidu.from_dlpack(theirs).fill_(2)
    assert ours.tolist() == [1, 1, 1]
    assert theirs.tolist() == [2, 2, 2]


def test_a_difference_is_seen() -> None:
    assert answer(tidu, "x + (t.__name__ == 'tidu')") != answer(torch, "x + (t.__name__ == 'tidu')")
    assert answer(tidu, "t.asarray(r)")[1] == ["UserWarning"]
