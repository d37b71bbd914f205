"""What does not fit together is refused: each line marked E fails on both checkers."""

from combinet import Dropout, Linear, Model, Relu, Softmax, chain, with_array
from combinet.types import Floats2d, Ragged

Relu(4) >> with_array(Linear(2))  # E
with_array(Relu(4)) >> Linear(2)  # E
chain(Relu(4), with_array(Linear(2)))  # E
chain(with_array(Relu(4)), Softmax())  # E
chain(Relu(4), Dropout(0.1, of="list"), Softmax())  # E
with_array(Relu(4)) >> Dropout(0.1)  # E
with_array(Relu(4)) >> with_array(Linear(2), of="ragged")  # E
chain(Relu(4))  # E
chain()  # E
Relu(4) >> Relu  # E
Relu(4) >> 3  # E
with_array(Relu)  # E
with_array(Linear(3), of="tensor")  # E
Dropout(0.1, of="tensor")  # E
Relu(4) + with_array(Linear(2))  # E

wrong_output: Model[Floats2d, list[Floats2d]] = Relu(4) >> Linear(2)  # E
wrong_input: Model[Ragged, Floats2d] = Linear(2)  # E


def chained(
    a: Model[str, int], b: Model[int, float], c: Model[bytes, bool], d: Model[bool, int]
) -> None:
    chain(a, c)  # E
    chain(a, b, c)  # E
    chain(a, b, c, d)  # E
    chain(b, a)  # E
    a >> b >> c  # E


def widened(narrow: Model[bool, bool]) -> Model[int, int]:
    return narrow  # E
