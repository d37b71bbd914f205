"""The compiled kernels, ``kernels``: a module where they were built, else None.

``COMBINET_NATIVE=0`` in the environment switches them off, ``COMBINET_ISA=`` names the
instruction set whose kernels run. The sources lie beside this file; python.hpp says how an
entry deals with its arguments.
"""

from __future__ import annotations

import atexit
import os
from importlib.util import find_spec
from typing import Any


def _built() -> Any:
    wanted = os.environ.get("COMBINET_NATIVE", "1") != "0"
    if not wanted or find_spec(".compiled", __name__) is None:
        return None  # the reference serves every op
    from . import compiled

    atexit.register(compiled.at_exit)
    return compiled


kernels: Any = _built()
