"""What combinet's own layers are tested with, for the layers of others too."""

from __future__ import annotations

from ._wrong import WrongGradient as WrongGradient
from .cases import Case as Case
from .cases import NoCase as NoCase
from .cases import cases_of as cases_of
from .cases import register_case as register_case
from .finite import Blame as Blame
from .finite import blame as blame
from .gradients import assert_is_gradient as assert_is_gradient
from .laws import LAWS as LAWS
from .laws import assert_same as assert_same
from .ownership import OwnershipError as OwnershipError
from .ownership import read_only as read_only
from .samples import Sample as Sample
from .samples import padded_of as padded_of
from .samples import sample_of as sample_of
