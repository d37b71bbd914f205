"""Every metric can be named in a config, and so can a user's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import combinet.metrics as metrics
from combinet.config import Config
from combinet.errors import ConfigError
from combinet.metrics import Accumulator, Metric
from combinet.registry import registry

KINDS = {
    name: kind
    for name, kind in vars(metrics).items()
    if isinstance(kind, type) and kind not in (Accumulator, Metric)
}


def resolved(text: str) -> Any:
    return registry.resolve(Config().from_str(text))["metric"]


@pytest.mark.parametrize("name", KINDS)
def test_a_config_names_it(name: str) -> None:
    assert type(resolved(f'[metric]\n@metrics = "{name}.v1"')) is KINDS[name]


@pytest.mark.parametrize("name", KINDS)
def test_it_can_be_read_and_reset_before_the_first_batch(name: str) -> None:
    metric = KINDS[name]()
    value = metric.get_metric(reset=True)
    values = value.values() if isinstance(value, dict) else [value]
    assert all(type(each) is float and (each == 0 or np.isnan(each)) for each in values)


def test_a_config_gives_settings() -> None:
    metric = resolved('[metric]\n@metrics = "FBetaMeasure.v1"\nbeta = 2\naverage = "macro"')
    assert (metric.beta, metric.average) == (2.0, "macro")
    with pytest.raises(ConfigError, match="average"):
        resolved('[metric]\n@metrics = "FBetaMeasure.v1"\naverage = "median"')


def test_a_user_registers_a_metric_and_names_it() -> None:
    @registry.metrics("tests.WithinTolerance.v1")
    class WithinTolerance(Metric):
        def __init__(self, tolerance: float) -> None:
            self.tolerance = tolerance
            self.reset()

        def __call__(self, predictions: Any, truths: Any) -> None:
            self.right += int((abs(predictions - truths) <= self.tolerance).sum())
            self.all += len(truths)

        def get_metric(self, reset: bool = False) -> float:
            value = self.right / self.all if self.all else 0.0
            if reset:
                self.reset()
            return value

        def reset(self) -> None:
            self.right = self.all = 0

    try:
        metric = resolved('[metric]\n@metrics = "tests.WithinTolerance.v1"\ntolerance = 0.5')
        metric(np.array([1.0, 2.0]), np.array([1.4, 3.0]))
        assert metric.get_metric(reset=True) == 0.5
        assert metric.get_metric() == 0.0
    finally:
        registry.metrics.unregister("tests.WithinTolerance.v1")
