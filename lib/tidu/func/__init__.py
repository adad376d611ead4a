"""Transforms of functions, and modules as functions of their parameters. 函数变换。

Source: https://docs.pytorch.org/docs/stable/func.html
"""

from tidu._vmap import vmap
from tidu.func.forward import jvp, linearize
from tidu.func.jacobians import hessian, jacfwd, jacrev
from tidu.func.modules import functional_call, replace_all_batch_norm_modules_, stack_module_state
from tidu.func.plain import debug_unwrap, functionalize
from tidu.func.reverse import grad, grad_and_value, vjp

__all__ = [
    "debug_unwrap", "functional_call", "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp",
    "linearize", "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
]  # fmt: skip
