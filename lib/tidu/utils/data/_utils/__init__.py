"""What the loader is made of: collating, fetching, workers. 加载器的零件。"""

from tidu.utils.data._utils import collate, fetch, pin_memory

__all__ = ["collate", "fetch", "pin_memory"]
