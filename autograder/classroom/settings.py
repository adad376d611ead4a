"""The configuration of a class as nbgrader's own commands see it: the class's file over the user's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config

FILE = "nbgrader_config.py"


def load(root: Path) -> Config:
    """What ``nbgrader`` started in the class folder ``root`` would be configured with. 读取班级的 nbgrader 配置。

    Whatever the files raise is raised.
    """
    from jupyter_core.paths import jupyter_config_path
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    config = Config()
    for folder in [*reversed(jupyter_config_path()), str(root)]:
        if (Path(folder) / FILE).is_file():
            config.merge(PyFileConfigLoader(FILE, path=folder).load_config())
    return config
