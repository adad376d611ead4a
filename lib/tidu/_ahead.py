"""Loads what a first tensor needs, while nobody looks for garbage. 预先加载。

All that an import makes stays: to look for garbage in it, again and again, would take a sixth of the time. Instead it
is old when it is finished: freezing and unfreezing moves objects to the generation that is looked at last.
"""

import gc

collecting = gc.isenabled()
gc.disable()
try:
    from tidu import _inplace, _repr, ops

    LOADED = (_inplace, _repr, ops)  # importing them attached the operations
finally:
    if collecting:
        if not gc.get_freeze_count():  # what somebody froze before us has to stay so
            gc.freeze()
            gc.unfreeze()
        gc.enable()
