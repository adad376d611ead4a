"""What the loader is made of: collating, fetching, workers. 加载器的零件。"""

from typing import Any

from tidu.utils.data._utils import collate, fetch, pin_memory

__all__ = ["MP_STATUS_CHECK_INTERVAL", "ExceptionWrapper", "collate", "fetch", "pin_memory", "worker"]


def __getattr__(name: str) -> Any:
    if name in ("worker", "ExceptionWrapper", "MP_STATUS_CHECK_INTERVAL"):  # which need processes
        from importlib import import_module

        worker = import_module("tidu.utils.data._utils.worker")
        return worker if name == "worker" else getattr(worker, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
