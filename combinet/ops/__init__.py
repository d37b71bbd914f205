"""Array backends: the reference, what overrides it, and which one is current."""

from ._current import get_current_ops as get_current_ops
from ._current import get_ops as get_ops
from ._current import set_current_ops as set_current_ops
from ._current import use_ops as use_ops
from ._gpu import prefer_gpu as prefer_gpu
from ._gpu import require_cpu as require_cpu
from ._gpu import require_gpu as require_gpu
from ._gpu import set_active_gpu as set_active_gpu
from ._gpu import set_gpu_allocator as set_gpu_allocator
from ._gpu import use_pytorch_for_gpu_memory as use_pytorch_for_gpu_memory
from ._gpu import use_tensorflow_for_gpu_memory as use_tensorflow_for_gpu_memory
from ._threads import get_num_threads as get_num_threads
from ._threads import set_num_threads as set_num_threads
from .cupy_ops import CupyOps as CupyOps
from .numpy_ops import NumpyOps as NumpyOps
from .reference import Ops as Ops
