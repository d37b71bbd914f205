"""Functions ``f(ops, shape) -> array`` that make the first value of a parameter.

They draw from ``combinet.rng.current_generator``, which ``Model.initialize`` sets from the
node's key, and always on the CPU: a seed gives the same weights on every device.
"""

from __future__ import annotations

from ._draw import Initializer as Initializer
from .applicator import InitializerApplicator as InitializerApplicator
from .block_orthogonal import block_orthogonal_init as block_orthogonal_init
from .block_orthogonal import configure_block_orthogonal_init as configure_block_orthogonal_init
from .constant import configure_constant_init as configure_constant_init
from .constant import configure_one_init as configure_one_init
from .constant import constant_init as constant_init
from .constant import one_init as one_init
from .eye import configure_eye_init as configure_eye_init
from .eye import eye_init as eye_init
from .glorot import configure_glorot_normal_init as configure_glorot_normal_init
from .glorot import configure_glorot_uniform_init as configure_glorot_uniform_init
from .glorot import glorot_normal_init as glorot_normal_init
from .glorot import glorot_uniform_init as glorot_uniform_init
from .he import configure_he_normal_init as configure_he_normal_init
from .he import configure_he_uniform_init as configure_he_uniform_init
from .he import he_normal_init as he_normal_init
from .he import he_uniform_init as he_uniform_init
from .kaiming import configure_kaiming_normal_init as configure_kaiming_normal_init
from .kaiming import configure_kaiming_uniform_init as configure_kaiming_uniform_init
from .kaiming import kaiming_normal_init as kaiming_normal_init
from .kaiming import kaiming_uniform_init as kaiming_uniform_init
from .lecun import configure_lecun_normal_init as configure_lecun_normal_init
from .lecun import configure_lecun_uniform_init as configure_lecun_uniform_init
from .lecun import lecun_normal_init as lecun_normal_init
from .lecun import lecun_uniform_init as lecun_uniform_init
from .lstm_hidden_bias import configure_lstm_hidden_bias_init as configure_lstm_hidden_bias_init
from .lstm_hidden_bias import lstm_hidden_bias_init as lstm_hidden_bias_init
from .orthogonal import configure_orthogonal_init as configure_orthogonal_init
from .orthogonal import orthogonal_init as orthogonal_init
from .plain import configure_normal_init as configure_normal_init
from .plain import configure_uniform_init as configure_uniform_init
from .plain import configure_zero_init as configure_zero_init
from .plain import normal_init as normal_init
from .plain import uniform_init as uniform_init
from .plain import zero_init as zero_init
from .pretrained import configure_pretrained_init as configure_pretrained_init
from .pretrained import pretrained_init as pretrained_init
from .sparse import configure_sparse_init as configure_sparse_init
from .sparse import sparse_init as sparse_init
from .uniform_unit_scaling import (
    configure_uniform_unit_scaling_init as configure_uniform_unit_scaling_init,
)
from .uniform_unit_scaling import uniform_unit_scaling_init as uniform_unit_scaling_init
from .xavier import configure_xavier_normal_init as configure_xavier_normal_init
from .xavier import configure_xavier_uniform_init as configure_xavier_uniform_init
from .xavier import xavier_normal_init as xavier_normal_init
from .xavier import xavier_uniform_init as xavier_uniform_init
