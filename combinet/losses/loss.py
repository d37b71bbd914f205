"""What a loss is: a gradient for the model's output, and a number to watch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Literal, TypeVar

Guesses = TypeVar("Guesses")
Truths = TypeVar("Truths")


class Loss(ABC, Generic[Guesses, Truths]):
    """``loss(guesses, truths)`` gives (gradient, loss), as Thinc's of the same name does.

    ``value`` is the number of the textbooks: the function that ``get_grad`` is the gradient
    of. ``get_loss``, and so the second result of a call, is Thinc's number, which for some
    losses is another one.

    Attributes:
        gradient_of: What ``get_grad`` is a gradient by: the model's "output", or the "logits"
            that a softmax in its last layer made the output from. The second is right only
            for a layer whose backprop takes such a gradient, as ``Softmax``'s does.
    """

    gradient_of: Literal["logits", "output"] = "output"

    def __call__(self, guesses: Guesses, truths: Truths) -> tuple[Guesses, float]:
        """``(get_grad(guesses, truths), get_loss(guesses, truths))``."""
        return self.get_grad(guesses, truths), self.get_loss(guesses, truths)

    @abstractmethod
    def get_grad(self, guesses: Guesses, truths: Truths) -> Guesses:
        """The gradient to hand to ``backprop``, of the shape of ``guesses``."""

    @abstractmethod
    def get_loss(self, guesses: Guesses, truths: Truths) -> float:
        """Thinc's number."""

    def value(self, guesses: Guesses, truths: Truths) -> float:
        """The number of the textbooks; ``get_loss`` where a loss has no other."""
        return self.get_loss(guesses, truths)

    def get_output_grad(self, guesses: Guesses, truths: Truths) -> Guesses:
        """The gradient of ``value`` by ``guesses``, for a model whose backprop is exact."""
        return self.get_grad(guesses, truths)
