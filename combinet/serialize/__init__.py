"""Models as files in the safetensors format, read with suspicion, loaded whole or not at all."""

from __future__ import annotations

from .attributes import deserialize_attr as deserialize_attr
from .attributes import serialize_attr as serialize_attr
from .files import can_from_bytes as can_from_bytes
from .files import can_from_disk as can_from_disk
from .files import from_bytes as from_bytes
from .files import from_disk as from_disk
from .files import to_bytes as to_bytes
from .files import to_disk as to_disk
from .foreign import load_tensors as load_tensors
from .load import differences as differences
from .load import from_dict as from_dict
from .message import to_dict as to_dict
