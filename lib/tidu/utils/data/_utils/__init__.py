"""What the loader is made of: collating, fetching, workers. 加载器的零件。"""

from tidu.utils.data._utils import collate, fetch, pin_memory, worker
from tidu.utils.data._utils.worker import MP_STATUS_CHECK_INTERVAL, ExceptionWrapper

__all__ = ["MP_STATUS_CHECK_INTERVAL", "ExceptionWrapper", "collate", "fetch", "pin_memory", "worker"]
