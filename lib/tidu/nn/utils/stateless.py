"""A module called with other parameters than its own. 无状态调用。

Source: https://docs.pytorch.org/docs/stable/generated/torch.func.functional_call.html
"""

from __future__ import annotations

from typing import Any

from tidu.nn.modules.module import Module


def functional_call(
    module: Module, parameters_and_buffers: Any, args: Any = None, kwargs: dict[str, Any] | None = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """以给定参数调用 / ``module(*args, **kwargs)`` with these tensors, by name, in place of its own during the call."""
    given = parameters_and_buffers
    if isinstance(given, (list, tuple)):
        merged: dict[str, Any] = {}
        for part in given:
            if twice := merged.keys() & part.keys():
                raise ValueError(
                    f"{sorted(twice)} appeared in multiple dictionaries; behavior of functional call is ambiguous"
                )
            merged |= part
        given = merged
    own = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
    names = [name for name, _ in own]
    if strict:
        missing, unexpected = sorted(set(names) - given.keys()), sorted(given.keys() - set(names))
        if missing or unexpected:
            raise RuntimeError(
                "Error(s) in loading state_dict: "
                + (f"Unexpected key(s): {', '.join(unexpected)}. " if unexpected else "")
                + (f"Missing key(s): {', '.join(missing)}." if missing else "")
            )
    replacing = {name: t for name, t in given.items() if name in set(names)}
    if tie_weights:  # a tensor under several names is replaced under all of them
        by_tensor = {id(t): replacing[name] for name, t in own if name in replacing}
        replacing |= {name: by_tensor[id(t)] for name, t in own if id(t) in by_tensor and name not in replacing}
    held: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for path, t in replacing.items():
            parent, _, name = path.rpartition(".")
            owner = module.get_submodule(parent)
            kind = owner._parameters if name in owner._parameters else owner._buffers
            held.append((kind, name, kind[name]))
            kind[name] = t
        args = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*args, **(kwargs or {}))
    finally:
        for kind, name, t in reversed(held):
            kind[name] = t
