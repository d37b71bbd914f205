"""Labels of every accepted form as one array of probabilities, with what to leave out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ConfigError, DataError, DTypeError, LabelError, ShapeError


class Targets(NamedTuple):
    """What the guesses should have been, (rows, classes) each.

    ``mask`` is 0 where nothing is known and None where all is; ``negative`` is 1 where all that
    is known is that this class is wrong, and None where there is no such row.
    """

    target: Any
    mask: Any
    negative: Any


class Encoder:
    """Turns labels into ``Targets``. The arguments are those of ``CategoricalCrossentropy``."""

    def __init__(
        self,
        names: Sequence[str] | None,
        missing_value: str | int | None,
        neg_prefix: str | None,
        label_smoothing: float,
    ) -> None:
        if not 0 <= label_smoothing < 1:
            raise ConfigError(
                "label_smoothing is a share, at least 0 and below 1", got=label_smoothing
            )
        self.names, self.missing_value = names, missing_value
        self.neg_prefix, self.label_smoothing = neg_prefix, label_smoothing
        self._index = {name: number for number, name in enumerate(names or ())}

    @property
    def is_plain(self) -> bool:
        """Whether class numbers mean what they are, and nothing more."""
        return self.missing_value is None and not self.label_smoothing

    def __call__(self, guesses: Any, truths: Any) -> Targets:
        """Both checked, and ``truths`` in the form of ``guesses``."""
        check_guesses(guesses)
        if not hasattr(truths, "dtype") and _are_labels(truths):
            return self._from_list(guesses, truths)
        truths = np.asarray(truths, like=guesses)
        if truths.ndim == guesses.ndim:
            return self._from_dense(guesses, truths)
        if truths.shape != guesses.shape[:-1]:
            raise _misfit(guesses, truths.shape)
        if truths.dtype.kind not in "iub":
            raise DTypeError(
                "labels are whole numbers",
                truths=f"{truths.dtype} {truths.shape}",
                fix="pass class numbers, or one row of probabilities for each guess",
            )
        missing = None if self._missing_number() is None else truths == self._missing_number()
        return self._from_labels(guesses, truths.astype("int64"), missing, {})

    def _missing_number(self) -> int | None:
        """Which class number means that nothing is known."""
        if isinstance(self.missing_value, str):
            return self._index.get(self.missing_value)
        return self.missing_value

    def _from_list(self, guesses: Any, truths: Sequence[Any]) -> Targets:
        if guesses.ndim != 2 or len(truths) != len(guesses):
            raise _misfit(guesses, (len(truths),))
        missing = [truth is None or truth == self.missing_value for truth in truths]
        negative: dict[int, int] = {}
        numbers: list[int] = []
        for row, truth in enumerate(truths):
            if missing[row]:
                truth = 0
            elif isinstance(truth, str):
                prefix = self.neg_prefix
                bare = truth.removeprefix(prefix) if prefix else truth
                number = self._number(bare, row)
                if bare != truth:
                    negative[row] = number
                truth = number
            numbers.append(int(truth))
        labels = np.asarray(numbers, dtype="int64", like=guesses)
        gaps = np.asarray(missing, dtype="bool", like=guesses) if any(missing) else None
        return self._from_labels(guesses, labels, gaps, negative)

    def _number(self, name: str, row: int) -> int:
        if self.names is None:
            raise LabelError(
                f"label {name!r} is a name, and the loss has no names",
                fix="pass names=[...] in the order of the model's outputs",
            )
        if name not in self._index:
            raise LabelError(
                f"label {name!r} is not among the names",
                row=row,
                names=", ".join(list(self._index)[:20]),
                fix="add it, or pass missing_value if it stands for an unknown one",
            )
        return self._index[name]

    def _from_labels(
        self, guesses: Any, labels: Any, missing: Any, negative: dict[int, int]
    ) -> Targets:
        """From class numbers of the shape ``guesses.shape[:-1]``."""
        n = guesses.shape[-1]
        if missing is not None:
            labels = labels * ~missing
        _check_range(labels, n)
        on, off = self._smoothed(n)
        target = np.full_like(guesses, off)
        flat = target.reshape((-1, n))
        flat[np.arange(len(flat), like=guesses), labels.reshape((-1,))] = on
        mask = None if missing is None else _mask_of(guesses, missing)
        if not negative:
            return Targets(target, mask, None)
        mask = np.ones_like(guesses) if mask is None else mask
        negated = np.zeros_like(guesses)
        for row, column in negative.items():
            target[row], mask[row], negated[row, column] = 0, 0, 1
            mask[row, column] = 1
        return Targets(target, mask, negated)

    def _from_dense(self, guesses: Any, truths: Any) -> Targets:
        """From one row of probabilities for each guess."""
        if truths.shape != guesses.shape:
            raise _misfit(guesses, truths.shape)
        if self.label_smoothing:
            raise DataError(
                "label_smoothing needs labels that are numbers or names",
                truths=truths.shape,
                fix="smooth the probabilities beforehand, or pass label_smoothing=0",
            )
        if truths.size and not (float(truths.min()) >= 0 and float(truths.max()) <= 1):
            raise LabelError(
                "truths hold numbers outside 0 to 1",
                smallest=float(truths.min()),
                largest=float(truths.max()),
            )
        missing = self._missing_number()
        mask = None
        if missing is not None and truths.shape[-1]:
            mask = _mask_of(guesses, truths.argmax(axis=-1) == missing)
        return Targets(truths.astype(guesses.dtype), mask, None)

    def _smoothed(self, n: int) -> tuple[float, float]:
        """The probability of the right class, and of each other one."""
        share = self.label_smoothing
        if not share:
            return 1.0, 0.0
        if n < 2 or share >= (n - 1) / n:
            raise ConfigError(
                f"label_smoothing={share} leaves the right one of {n} classes no lead",
                fix=f"it must be below {(n - 1) / max(1, n):g}",
            )
        return 1 - share, share / (n - 1)


def check_guesses(guesses: Any) -> None:
    """Raise unless ``guesses`` are rows of numbers from 0 to 1.

    A NaN passes: it reaches the gradient, and the optimizer names the parameter it hits.
    """
    if guesses.ndim < 2 or guesses.dtype.kind != "f":
        raise ShapeError(
            "guesses are rows of probabilities", guesses=f"{guesses.dtype} {guesses.shape}"
        )
    if guesses.size and (float(guesses.min()) < 0 or float(guesses.max()) > 1 + 1e-5):
        raise DataError(
            "guesses hold numbers outside 0 to 1",
            smallest=float(guesses.min()),
            largest=float(guesses.max()),
            fix="cross-entropy takes probabilities: end the model in Softmax()",
        )


def _are_labels(truths: Sequence[Any]) -> bool:
    return all(truth is None or isinstance(truth, (str, int, np.integer)) for truth in truths)


def _mask_of(guesses: Any, missing: Any) -> Any:
    mask = np.ones_like(guesses)
    mask[missing] = 0
    return mask


def _check_range(labels: Any, n: int) -> None:
    if not labels.size or (int(labels.min()) >= 0 and int(labels.max()) < n):
        return
    flat = labels.reshape((-1,))
    row = int(((flat < 0) | (flat >= n)).argmax())
    raise LabelError(
        f"label {int(flat[row])} does not fit {n} classes, 0 to {n - 1}",
        row=row,
        fix="initialize the model with a Y that holds every label, or give its last layer"
        " nO; pass missing_value for a number that stands for an unknown label",
    )


def _misfit(guesses: Any, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        "guesses and truths do not go together row by row",
        guesses=guesses.shape,
        truths=shape,
        fix="pass one label, or one row of probabilities, for each row of guesses",
    )
