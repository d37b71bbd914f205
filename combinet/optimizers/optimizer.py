"""One step on every parameter, from their gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from .._live import LiveDict, Watched
from ..errors import ConfigError
from ..schedules import Rate, Schedule
from ..types import FloatsXd, Parameter
from ._gradients import not_finite
from ._groups import REST, Groups, GroupTable
from ._rates import Number, Rates
from ._rules import ADAM, RADAM, SGD_RULE, Rule, Settings
from ._steps import Key, Rows, Steps

if TYPE_CHECKING:
    from pathlib import Path

    from ._state import Root


class Optimizer(Watched):
    """Changes weights by their gradients, and keeps what it needs for that by parameter.

    ``model.finish_update(optimizer)`` hands over all parameters at once, ``update``; the call
    ``optimizer(key, weights, gradient)`` takes one. Both give the same weights. In this order:
    gradients that are not finite are refused before anything is written; they are cut by value,
    then by global norm; L2 is added where it is no weight decay; each is clipped by its own
    norm; the rule takes its step; gradients become zero; weights decay; averages follow.

    Args:
        learn_rate: Like all numbers here a number, a list, an iterator or a schedule.
        L2: Weight decay, or the factor of an L2 penalty.
        beta1, beta2: How much of the old moments is kept.
        eps: Keeps the step finite where a second moment is near zero.
        grad_clip: The largest norm of one parameter's gradient; 0 for no limit.
        use_averages: Keep a running average of each parameter in ``averages``.
        use_radam: Rectified Adam in place of Adam.
        L2_is_weight_decay: Decay the weights themselves, not through the gradient.
        momentum: For SGD.
        grad_norm: The largest norm of all gradients together; None for no limit.
        grad_clipping: The largest number in a gradient, either sign; None for no limit.
        groups: (regular expression, settings): the first that is found in a parameter's path
            holds for it. Settings: learn_rate, lr_scale (a factor of the learn_rate), L2,
            grad_clip, beta1, beta2, eps, momentum.
        freeze: Regular expressions of parameters that are left as they are.
        rule: What to do with a gradient; by the other arguments if omitted.
    """

    _structure = frozenset({"L2_is_weight_decay", "averages", "mom1", "mom2", "nr_update", "rule"})

    learn_rate = Number()
    L2 = Number()
    b1 = Number()
    b2 = Number()
    eps = Number()
    grad_clip = Number()
    momentum = Number()
    grad_norm = Number()
    grad_clipping = Number()

    def __init__(
        self,
        learn_rate: Rate,
        *,
        L2: Rate = 0.0,
        beta1: Rate = 0.9,
        beta2: Rate = 0.999,
        eps: Rate = 1e-8,
        grad_clip: Rate = 1.0,
        use_averages: bool = True,
        use_radam: bool = False,
        L2_is_weight_decay: bool = True,
        momentum: Rate = 0.0,
        grad_norm: Rate | None = None,
        grad_clipping: Rate | None = None,
        groups: Groups = (),
        freeze: Sequence[str] = (),
        rule: Rule | None = None,
    ) -> None:
        self.step = 0
        self._last_score: tuple[int, float] | None = None
        numbers = {"learn_rate": learn_rate, "L2": L2, "b1": beta1, "b2": beta2, "eps": eps}
        limits = {"grad_clip": grad_clip, "grad_norm": grad_norm, "grad_clipping": grad_clipping}
        self.rates = Rates({**numbers, **limits, "momentum": momentum})
        self.groups = GroupTable(groups, freeze)
        self.L2_is_weight_decay = L2_is_weight_decay
        self.rule = rule or (RADAM if use_radam else ADAM if self.b2 > 0 else SGD_RULE)
        self.mom1: dict[Key, Any] = LiveDict()
        self.mom2: dict[Key, Any] = LiveDict()
        self.averages: dict[Key, Any] | None = LiveDict() if use_averages else None
        self.nr_update: dict[Key, int] = LiveDict()
        self.paths: dict[Key, str] = {}
        self._steps: WeakKeyDictionary[Rows, Steps] = WeakKeyDictionary()
        self._last = 0  # the number of the steps that were taken last

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={value:g}" for name, value in self.rates.values.items())
        return f"Optimizer({self.rule.name}, {numbers})"

    def __getstate__(self) -> dict[str, Any]:
        # Tables may hold what only this process has.
        return {**self.__dict__, "_steps": WeakKeyDictionary[Rows, Steps](), "_last": 0}

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """The schedules that numbers follow, by the number's name."""
        return self.rates.schedules

    @property
    def last_score(self) -> tuple[int, float] | None:
        """(step, score) of the last evaluation, for schedules that watch it.

        Assign the score alone; the step is the one where the optimizer stands.
        """
        return self._last_score

    @last_score.setter
    def last_score(self, score: float) -> None:
        self._last_score = (self.step, float(score))

    def step_schedules(self) -> None:
        """Go to the next step: every number that has a schedule takes its next value."""
        self.step += 1
        for rates in (self.rates, *self.groups.rates):
            rates.advance(self.step, self._last_score)

    def __call__(
        self, key: Key, weights: FloatsXd, gradient: FloatsXd, *, lr_scale: float = 1.0
    ) -> tuple[FloatsXd, FloatsXd]:
        """Change ``weights`` in place by ``gradient``, which becomes zero; return both.

        Raises:
            NonFiniteError: The gradient holds NaN or infinite numbers; nothing was changed.
            ConfigError: Groups, freeze or grad_norm are set, which need all parameters.
        """
        if self.groups or self.grad_norm:
            raise ConfigError(
                "groups, freeze and grad_norm need all parameters with their paths",
                fix="call optimizer.update(list(model.parameters()))",
            )
        if gradient.size:
            self.update([Parameter(str(key), key, weights, gradient)], lr_scale=lr_scale)
        return weights, gradient

    def update(self, rows: Sequence[Parameter], *, lr_scale: float = 1.0) -> None:
        """Take one step on all of ``rows``; those without a gradient are left alone.

        Args:
            rows: ``list(model.parameters())``.
            lr_scale: A factor of the learn_rate for this step.

        Raises:
            NonFiniteError: A gradient holds NaN or infinite numbers; nothing was changed.
            ConfigError: At the first update: a regular expression is found in no path.
        """
        steps = rows.steps() if isinstance(rows, Rows) else None
        stamp = self._stamp(lr_scale)
        settings = partial(self._all_settings, lr_scale)
        if steps is None or not (steps.holds(self) and steps.set_numbers(self, stamp, settings)):
            self.groups.check(rows)
            steps = Steps(self, rows, settings())
            steps.holds(self)
            steps.set_numbers(self, stamp, settings)
            if isinstance(rows, Rows):
                self._steps[rows], rows.steps = steps, ref(steps)
        elif steps.number != self._last:  # the same parameter may have been stepped elsewhere
            steps.read_counts(self)
        self._take(steps)

    def to_bytes(self, roots: Mapping[str, Root]) -> bytes:
        """Everything that has to be saved to go on, with the parameters of ``roots`` by path.

        Raises:
            SaveError: There is state of parameters that none of ``roots`` has.
        """
        from ._state import to_bytes

        return to_bytes(self, roots)

    def from_bytes(self, data: bytes, roots: Mapping[str, Root]) -> Optimizer:
        """Go on from what ``to_bytes`` gave, on the same roots.

        Raises:
            LoadError: It does not fit, with every difference; nothing was changed.
        """
        from ._state import from_bytes

        from_bytes(self, data, roots)
        return self

    def to_disk(self, path: Path | str, roots: Mapping[str, Root]) -> None:
        """``to_bytes`` into a file, which is replaced whole or not at all."""
        from ._state import to_disk

        to_disk(self, path, roots)

    def from_disk(self, path: Path | str, roots: Mapping[str, Root]) -> Optimizer:
        """``from_bytes`` of a file."""
        from ._state import from_disk

        from_disk(self, path, roots)
        return self

    def restore(self, step: int, last_score: tuple[int, float] | None) -> None:
        """Stand at ``step`` with this last score, as a saved run did; no schedule is asked."""
        self.step, self._last_score = step, last_score

    def forget(self, keys: Iterable[Key]) -> None:
        """Drop what is kept for these parameters, of a part that was taken out for example."""
        for key in list(keys):
            for slot in (self.mom1, self.mom2, self.averages or {}, self.nr_update, self.paths):
                slot.pop(key, None)

    def _take(self, steps: Steps) -> None:
        if self._last != steps.number:
            self._last = steps.number
        try:
            bad = steps.ops.take_step(steps.table) if steps.live else -1
        except BaseException:
            self._last = 0  # nobody knows which rows have had their step
            raise
        if bad >= 0:
            raise not_finite(steps.live[bad], self)
        for gradient in steps.frozen:
            gradient[...] = 0
        steps.write_counts(self)

    def _stamp(self, lr_scale: float) -> tuple[float, ...]:
        """Equal as long as no number changes that the settings are made of."""
        if not self.groups.rates:
            return lr_scale, self.rates.version
        return lr_scale, self.rates.version, *(rates.version for rates in self.groups.rates)

    def _all_settings(self, lr_scale: float) -> dict[int, Settings]:
        """The numbers of each group, and of what is in none."""
        settings = {REST: self._settings(None, lr_scale)}
        for number, rates in enumerate(self.groups.rates):
            settings[number] = self._settings(rates, lr_scale)
        return settings

    def _settings(self, own: Rates | None, lr_scale: float) -> Settings:
        """The numbers of a group, or of what is in none."""
        numbers = self.rates.values if own is None else {**self.rates.values, **own.values}
        if numbers["momentum"] and not self.rule.takes_momentum:
            raise ConfigError(
                f"{self.rule.name} takes no momentum", fix="its beta1 plays that part: set b1"
            )
        learn_rate = numbers["learn_rate"] * numbers.get("lr_scale", 1.0) * lr_scale
        decays = self.L2_is_weight_decay
        return Settings(
            learn_rate=learn_rate,
            b1=numbers["b1"],
            b2=numbers["b2"],
            eps=numbers["eps"],
            L2=0.0 if decays else numbers["L2"],
            decay=learn_rate * numbers["L2"] if decays else 0.0,
            grad_clip=numbers["grad_clip"],
            momentum=numbers["momentum"],
        )
