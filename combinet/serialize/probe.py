"""A probe: a sample of the input, kept in the file with what the model predicts for it.

Loading predicts again and compares. So a model is noticed that has the right weights and does
something else with them: another activation, another kernel, another version of a framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._guards import is_dict, is_host_array, is_list, is_tuple
from ..errors import CombinetError, LoadError, SaveError
from ..types import ArgsKwargs, Padded, Pairs, Ragged
from .message import PROBED
from .safetensors_file import DTYPES
from .tags import decode, encode

if TYPE_CHECKING:
    from ..model import Model

#: How far a number may be off: by this share of itself, and a tenth of it of the largest beside it.
RTOL = 1e-4
#: The most that a probe may take, in bytes of arrays, and in places when it is padded.
SIZE_LIMIT = PLACES_LIMIT = 4 << 20
INPUT, OUTPUT = "probe.input", "probe.output"
_PARTS: dict[type, tuple[str, ...]] = {
    Ragged: ("data", "lengths"),
    Padded: ("data", "size_at_t", "lengths", "indices"),
    Pairs: ("one", "two"),
    ArgsKwargs: ("args", "kwargs"),
}


def add_probe(message: dict[str, Any], model: Model[Any, Any], sample: Any) -> None:
    """Make a message the one of the same model with a probe.

    Args:
        message: Of ``model``.
        sample: Of its input: a few rows will do.

    Raises:
        SaveError: The sample or what the model predicts for it cannot be written, is too
            large, or is not predicted the same a second time.
    """
    tensors: dict[str, Any] = {}
    inputs = _written(INPUT, sample, model, tensors)
    if not _is_small(sample):
        raise _too_large()
    output = model.predict(sample)
    outputs = _written(OUTPUT, output, model, tensors)
    if sum(array.nbytes for array in tensors.values()) > SIZE_LIMIT:
        raise _too_large()
    again = model.predict(_read(inputs, lambda name: model.ops.asarray(tensors[name].copy())))
    if found := misfit(model, again, output):
        raise SaveError(
            "the model does not predict the same for the sample and for what a file has of it",
            **found,
            fix="predictions must not be drawn at random, and depend on the words of a document "
            "alone; save it without sample=",
        )
    if taken := tensors.keys() & message["tensors"].keys():
        raise SaveError(f"two arrays would be called {min(taken)!r}", fix="rename the parameter")
    message["tensors"].update(tensors)
    message |= {"format": PROBED, "probe": {"input": inputs, "output": outputs}}


def replay(model: Model[Any, Any], sample: Any, output: Any) -> None:
    """Predict the sample of a probe and compare.

    Raises:
        LoadError: The model fails, or predicts something else.
    """
    if not _is_small(sample):
        raise LoadError("the probe in the file is larger than any that is written")
    try:
        found = model.predict(sample)
    except Exception as error:
        raise LoadError(
            "the model fails on the probe in its file, which it could predict when it was saved",
            reason=error,
            fix="build the model as it was when it was saved; nothing was changed",
        ) from error
    if different := misfit(model, found, output):
        raise LoadError(
            "the model does not predict what it predicted when it was saved",
            **different,
            fix="build the model as it was when it was saved; nothing was changed. Where numbers "
            "are rounded differently, as on a GPU with TF32, load with replay=False",
        )


def misfit(model: Model[Any, Any], found: Any, stored: Any) -> dict[str, object]:
    """Facts of the first part in which two predictions differ; none where they agree."""
    here, there = (dict(_leaves(each, "output")) for each in (found, stored))
    if here.keys() != there.keys():
        only = sorted(here.keys() ^ there.keys())
        return {"parts": f"{', '.join(only[:5])} on one side only"}
    for where, expected in there.items():
        different = _difference(*(_on_host(model, each) for each in (here[where], expected)))
        if different:
            return {"where": where, **different}
    return {}


def _difference(found: Any, expected: Any) -> dict[str, object]:
    if not (is_host_array(found) and is_host_array(expected)):
        same = type(found) is type(expected) and found == expected
        return {} if same else {"found": f"{found!r:.80}", "saved": f"{expected!r:.80}"}
    if found.shape != expected.shape or found.dtype.kind != expected.dtype.kind:
        shown = (f"{each.dtype} {each.shape}" for each in (found, expected))
        return dict(zip(("found", "saved"), shown, strict=True))
    if found.dtype.kind != "f":
        count = int((found != expected).sum())
        return {"numbers_off": f"{count} of {found.size}"} if count else {}
    found, expected = found.astype("float64"), expected.astype("float64")
    largest = float(np.max(abs(expected), initial=0.0, where=np.isfinite(expected)))
    close = np.isclose(found, expected, rtol=RTOL, atol=RTOL / 10 * largest, equal_nan=True)
    if close.all():
        return {}
    off = np.where(close, 0.0, abs(found - expected))
    worst = np.unravel_index(int(np.argmax(np.nan_to_num(off, nan=np.inf))), off.shape)
    return {
        "numbers_off": f"{int((~close).sum())} of {found.size}",
        "furthest_off": f"{found[worst]:.6g} for {expected[worst]:.6g}, by {off[worst]:.2g}",
        "allowed": f"{RTOL:g} of the number",
    }


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every array, number and text in a value, by where it is."""
    parts = _PARTS.get(_kind(value))
    if parts is not None:
        for part in parts:
            yield from _leaves(getattr(value, part), f"{where}.{part}")
    elif is_dict(value):
        for key, inner in value.items():
            yield from _leaves(inner, f"{where}[{key!r}]")
    elif is_list(value) or is_tuple(value):
        for i, inner in enumerate(value):
            yield from _leaves(inner, f"{where}[{i}]")
    else:
        yield where, value


def _on_host(model: Model[Any, Any], value: Any) -> Any:
    if isinstance(value, (int, float, np.generic)):
        return np.asarray(value)
    return model.ops.to_numpy(value) if hasattr(value, "dtype") else value


def _written(part: str, value: Any, model: Model[Any, Any], tensors: dict[str, Any]) -> Any:
    """The JSON of the input or the output; its arrays go among the tensors."""
    count = 0

    def put(array: Any) -> str:
        nonlocal count
        if array.dtype.name not in DTYPES:
            raise SaveError(f"an array of {array.dtype} cannot be saved")
        name = part if count == 0 else f"{part}#{count}"
        count += 1
        array = model.ops.to_numpy(array)
        tensors[name] = np.array(array, dtype=array.dtype.newbyteorder("<"), order="C")
        return name

    try:
        return encode(_in_words(value), put)
    except (CombinetError, RecursionError) as error:
        reason = error.what if isinstance(error, CombinetError) else "it contains itself"
        what = "sample" if part == INPUT else "prediction for the sample"
        raise SaveError(
            f"the {what} cannot be kept in the file",
            reason=reason,
            fix="a probe is made of arrays, numbers, text, Ragged, Padded, documents as lists of "
            "words, and lists, tuples and dicts of those",
        ) from error


def _read(tagged: Any, take: Callable[[str], Any]) -> Any:
    def find(tag: str, content: Any) -> Any:
        if tag != "!array":
            raise LoadError("a function cannot be part of a probe")
        return take(content)

    return decode(tagged, find)


def read_probe(probe: Mapping[str, Any], take: Callable[[str, Any], Any]) -> tuple[Any, Any]:
    """The sample and the output of a message's probe.

    Args:
        take: From the name of a part and what was stored for an array in it to the array.

    Raises:
        LoadError: They are malformed.
    """
    return (
        _read(probe["input"], lambda name: take(INPUT, name)),
        _read(probe["output"], lambda name: take(OUTPUT, name)),
    )


def _in_words(value: Any) -> Any:
    """The same with every document that is made of tokens as the list of its words."""
    kind = _kind(value)
    if kind is list:
        return [_in_words(each) for each in value]
    if kind is tuple:
        return tuple(_in_words(each) for each in value)
    if isinstance(value, str) or hasattr(value, "dtype") or not hasattr(value, "__iter__"):
        return value
    words: list[Any] = [getattr(token, "text", None) for token in value]
    return words if words and all(_kind(word) is str for word in words) else value


def _is_small(sample: Any) -> bool:
    """Whether its sequences, side by side and padded, stay within the limit."""
    sizes: list[int] = []
    if isinstance(sample, Ragged):
        sizes = [int(n) for n in sample.lengths]
    elif is_list(sample) or is_tuple(sample):
        sizes = [len(each) if _has_rows(each) else 1 for each in sample]
    return len(sizes) * max(sizes, default=0) <= PLACES_LIMIT


def _kind(value: object) -> type:
    return type(value)


def _has_rows(value: Any) -> bool:
    return hasattr(value, "__len__") and getattr(value, "ndim", 1) > 0


def _too_large() -> SaveError:
    return SaveError(
        f"the sample is too large for a probe, which takes up to {SIZE_LIMIT:,} bytes",
        fix="give a few rows: sample=X[:4]",
    )
