"""What composes, and of which type it is."""

from typing import Any, assert_type

from combinet import Dropout, Linear, Model, Relu, Softmax, chain, with_array
from combinet.types import Floats2d, Padded, Ragged

assert_type(Relu(4) >> Linear(2), Model[Floats2d, Floats2d])
assert_type(chain(Relu(4), Linear(2)), Model[Floats2d, Floats2d])
assert_type(Relu(4) >> Dropout(0.2) >> Softmax(), Model[Floats2d, Floats2d])
assert_type(with_array(Linear(3)), Model[list[Floats2d], list[Floats2d]])
assert_type(with_array(Linear(3), of="ragged"), Model[Ragged, Ragged])
assert_type(with_array(Linear(3), of="padded"), Model[Padded, Padded])
assert_type(with_array(Linear(3), of="array"), Model[Floats2d, Floats2d])
assert_type(with_array(Relu(4)) >> with_array(Linear(2)), Model[list[Floats2d], list[Floats2d]])
assert_type(Dropout(0.1), Model[Floats2d, Floats2d])
assert_type(Dropout(0.1, of="list"), Model[list[Floats2d], list[Floats2d]])
assert_type(Dropout(0.1, of="ragged"), Model[Ragged, Ragged])
assert_type(Dropout(0.1, of="padded"), Model[Padded, Padded])


def seven(
    a: Model[str, int],
    b: Model[int, float],
    c: Model[float, bytes],
    d: Model[bytes, bool],
    e: Model[bool, complex],
    f: Model[complex, str],
    g: Model[str, object],
) -> None:
    assert_type(chain(a, b), Model[str, float])
    assert_type(chain(a, b, c), Model[str, bytes])
    assert_type(chain(a, b, c, d), Model[str, bool])
    assert_type(chain(a, b, c, d, e), Model[str, complex])
    assert_type(chain(a, b, c, d, e, f), Model[str, str])
    assert_type(chain(a, b, c, d, e, f, g), Model[str, Any])
    assert_type(a >> b >> c >> d >> e >> f >> g, Model[str, object])
    assert_type(a >> (b >> c), Model[str, bytes])


def any_of_a_kind(layers: list[Model[Any, Any]]) -> Model[Any, Any]:
    return layers[0] >> layers[1]


tagger: Model[list[Floats2d], list[Floats2d]] = with_array(Relu(4)) >> with_array(Softmax(3))
