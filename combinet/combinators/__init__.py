"""Functions from layers to layers, one file a name. ``chain`` is in ``combinet.chain``."""

from .add import add as add
from .clone import clone as clone
from .concatenate import concatenate as concatenate
from .noop import noop as noop
from .residual import residual as residual
from .tuplify import tuplify as tuplify
from .with_array import with_array as with_array
from .with_list import with_list as with_list
from .with_padded import with_padded as with_padded
from .with_ragged import with_ragged as with_ragged
