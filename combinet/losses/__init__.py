"""Losses: how far guesses are from the truth, and which way to go."""

from __future__ import annotations

from .binary_crossentropy import BinaryCrossentropy as BinaryCrossentropy
from .binary_crossentropy import BinaryCrossentropyWithLogits as BinaryCrossentropyWithLogits
from .categorical_crossentropy import CategoricalCrossentropy as CategoricalCrossentropy
from .cosine_distance import CosineDistance as CosineDistance
from .hinge_loss import HingeLoss as HingeLoss
from .l2_distance import L2Distance as L2Distance
from .loss import Loss as Loss
from .sequence_categorical_crossentropy import (
    SequenceCategoricalCrossentropy as SequenceCategoricalCrossentropy,
)
