"""What knows how it was made, and so the config that makes it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..registry.calls import Made

if TYPE_CHECKING:
    from ..config import Config


class Described(Made):
    """Base of ``Node``: ``made_by`` is the call of the registered function that made it."""

    __slots__ = ()

    def to_config(self, *, sizes: bool = False) -> Config:
        """The config that builds this model again, as its section ``[model]``, without weights.

        Everything in the model has to come out of registered functions. The config is built
        and compared with the model before it is returned.

        Args:
            sizes: Write the sizes that were inferred, where the constructors left them open.

        Raises:
            ConfigError: There is no such config: something was not made by a registered
                function, or was changed after it was made. It says what, and where.

        Example:
            >>> from combinet import Relu, Softmax
            >>> print((Relu(8, dropout=0.1) >> Softmax(3)).to_config().to_str())
            [model]
            @layers = "chain.v1"
            <BLANKLINE>
            [model.*.relu]
            @layers = "Relu.v1"
            nO = 8
            dropout = 0.1
            <BLANKLINE>
            [model.*.softmax]
            @layers = "Softmax.v1"
            nO = 3
        """
        from .to_config import to_config

        model: Any = self
        return to_config(model, sizes=sizes)
