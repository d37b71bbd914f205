"""What the text classifiers share: how a vector becomes scores of labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ..chain import chain
from ..errors import CombinetError
from ..layers import Linear, Logistic, Softmax
from ..model import Model
from ..types import Floats2d

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


def scores(exclusive_classes: bool, nO: int | None) -> Model[Floats2d, Floats2d]:
    """Probabilities that sum to 1 where only one label is right; else one for each label."""
    return Softmax(nO) if exclusive_classes else chain(Linear(nO), Logistic())


def classifier(
    parts: Sequence[Model[Any, Any]], exclusive_classes: bool, nO: int | None, **refs: Any
) -> Model[Any, Any]:
    """The parts in a chain, then ``scores``; its last layer is the reference "output_layer"."""
    output = scores(exclusive_classes, nO)
    model: Model[Any, Any] = chain(chain(*parts) if len(parts) > 1 else parts[0], output)
    return noted(model, exclusive_classes, output_layer=output, **refs)


def noted(model: AnyModel, exclusive_classes: bool, **refs: Model[Any, Any]) -> AnyModel:
    """What spaCy's pipes ask of a classifier: ``attrs["multi_label"]`` and references."""
    model.attrs["multi_label"] = not exclusive_classes
    for name, node in refs.items():
        model.set_ref(name, node)
    return model


def is_exclusive(linear_model: Model[Any, Any]) -> bool:
    """Whether this classifier says that one label is right.

    Raises:
        CombinetError: It does not say.
    """
    if "multi_label" not in linear_model.attrs:
        raise CombinetError(
            f"{linear_model.name!r} does not say whether a text has one label or several",
            fix="use combinet.TextCatBOW.v1, or set model.attrs['multi_label']",
        )
    return not linear_model.attrs["multi_label"]
