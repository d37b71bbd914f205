"""Task: networks with their loss, metrics and labels; what a trainer trains.

**The seam.** A trainer calls the methods of ``Trainable`` and nothing else, so anything that
has them can be trained. ``as_task`` in ``supervised.py`` gives them to what does not have
them: a combinet ``Model`` now; an adapter for another kind of model (a ``torch.nn.Module``
whose forward returns a dict with a loss) goes there too, and no trainer changes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np

from ..errors import CombinetError
from ..initialize import before_first_call
from ..model import Model, is_model, predict_only
from ..optimizers import Optimizer as BatchedOptimizer
from ..rng import derive_key
from ..shims import take_step
from ..text.vocabulary import Vocabulary
from ..types import Parameter
from .batches import collate

Fields: TypeAlias = Mapping[str, Any]
Output: TypeAlias = dict[str, Any]
Optimizer: TypeAlias = Callable[..., tuple[Any, Any]]


@runtime_checkable
class Trainable(Protocol):
    """What a trainer asks of what it trains."""

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """The output, with "loss" where the fields have labels, and what backpropagates it."""
        ...

    def evaluate(self, **fields: Any) -> Output:
        """``forward`` out of training, counted by the metrics."""
        ...

    def finish_update(self, optimizer: Optimizer) -> None:
        """One step on every parameter."""
        ...

    def parameters(self) -> Iterable[Parameter]:
        """Every parameter with its path."""
        ...

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        """Over the batches since the last reset."""
        ...


class Task:
    """Base of tasks: a subclass gives ``forward``, and the rest where it has something to say.

    Every attribute that is a ``Model`` is trained and saved, under the attribute's name.
    """

    def __init__(self, vocab: Vocabulary | None = None) -> None:
        self.vocab = vocab if vocab is not None else Vocabulary()

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """Its parameters are the batch's field names; without labels there is no backprop."""
        raise CombinetError(
            f"{type(self).__name__} has no forward()",
            fix="write forward(self, text, label=None) that returns (output, backprop)",
        )

    def evaluate(self, **fields: Any) -> Output:
        """``forward`` with every network predicting."""
        with predict_only():
            return self.forward(**fields)[0]

    def networks(self) -> dict[str, Model[Any, Any]]:
        """The models among the attributes, without those that are inside another of them."""
        found = {name: value for name, value in vars(self).items() if is_model(value)}
        inside = {node for model in found.values() for node in list(model.walk())[1:]}
        first = {model: name for name, model in reversed(found.items())}
        return {name: m for name, m in found.items() if m not in inside and first[m] == name}

    def parameters(self) -> Iterator[Parameter]:
        """Of all networks; where there are several, paths begin with the attribute's name."""
        networks = self.networks()
        seen: set[tuple[int, str]] = set()
        for name, network in networks.items():
            for row in network.parameters():
                row.path = f"{name}.{row.path}" if len(networks) > 1 else row.path
                if row.key not in seen:
                    seen.add(row.key)
                    yield row

    def finish_update(self, optimizer: Optimizer) -> None:
        """One step on every network; what several share takes one step too."""
        networks = list(self.networks().values())
        if len(networks) > 1 and isinstance(optimizer, BatchedOptimizer):
            nodes = [node for network in networks for node in network.walk()]
            take_step(optimizer, list(self.parameters()), nodes)
            return
        for network in networks:
            network.finish_update(optimizer)

    def initialize(self, *, seed: int | None = None, **fields: Any) -> Self:
        """Run ``forward`` on these fields; each network is initialized by what reaches it."""
        with _initialized_on_arrival(self.networks(), seed):
            self.evaluate(**fields)
        self.get_metrics(reset=True)
        return self

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        """None, unless a subclass has some."""
        return {}

    def make_output_human_readable(self, output: Output) -> Output:
        """Add what a person wants to read, such as the names of labels."""
        return output

    def forward_on_instance(self, instance: Fields) -> Output:
        """Predict one instance."""
        return self.forward_on_instances([instance])[0]

    def forward_on_instances(self, instances: Sequence[Fields]) -> list[Output]:
        """Predict instances as one batch; a readable output for each."""
        if not instances:
            return []
        output = self.make_output_human_readable(self.evaluate(**collate(instances)))
        rows = {name: values for name, values in output.items() if _has_rows(values)}
        return [{name: values[i] for name, values in rows.items()} for i in range(len(instances))]


def _has_rows(values: Any) -> bool:
    return isinstance(values, (list, tuple)) or np.ndim(values) > 0


@contextmanager
def _initialized_on_arrival(
    networks: Mapping[str, Model[Any, Any]], seed: int | None
) -> Generator[None]:
    """Inside the block each network is initialized with the first input that it is given."""
    names = {network: name for name, network in networks.items()}

    def on_arrival(network: Model[Any, Any], X: Any) -> None:
        network.initialize(X, seed=None if seed is None else derive_key(seed, names[network]))

    with before_first_call(names, on_arrival):
        yield
