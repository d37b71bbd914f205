"""MultiTask: several heads on one tok2vec."""

from __future__ import annotations

from typing import Any

from ..chain import chain
from ..combinators import tuplify
from ..errors import StructureError
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .doc import Doc


@registry.architectures("combinet.MultiTask.v1")
def MultiTask(
    tok2vec: Model[list[Doc], list[Floats2d]], heads: dict[str, Model[list[Floats2d], Any]]
) -> Model[list[Doc], tuple[Any, ...]]:
    """Run ``tok2vec`` once and every head on what it gives; the heads' gradients are summed.

    Args:
        tok2vec: Such as ``combinet.Tok2Vec.v1``; it is the reference "tok2vec".
        heads: By the name of the field that holds their labels, such as
            ``combinet.TaggerHead.v1``; each is a reference by that name. Lives, as the names in
            order, in ``attrs["heads"]``.

    Shapes:
        A list of documents of n words -> what the heads give, in a tuple.

    Raises:
        StructureError: There are fewer than two heads, or one is called "tok2vec".
    """
    if len(heads) < 2 or "tok2vec" in heads:
        raise StructureError(
            "MultiTask needs two heads or more, none of them called 'tok2vec'",
            heads=", ".join(heads) or "none",
            fix="for one head, combinet.Tagger.v1 or combinet.SequenceTagger.v1",
        )
    model: Model[list[Doc], tuple[Any, ...]] = chain(tok2vec, tuplify(*heads.values()))
    model.attrs["heads"] = list(heads)
    model.set_ref("tok2vec", tok2vec)
    for name, head in heads.items():
        model.set_ref(name, head)
    return model
