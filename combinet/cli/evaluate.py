"""combinet evaluate DIR [DATA]."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..training import run
from ._code import asking_for_code_of, import_code


def evaluate(
    model: Annotated[Path, typer.Argument(help="A model directory.")],
    data: Annotated[
        str | None, typer.Argument(help="What its reader is to read; its test data if omitted.")
    ] = None,
    code: Annotated[
        list[str] | None, typer.Option(help="A file or module to import first.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Instances in a batch.")] = 256,
) -> None:
    """Print the metrics of a trained model on labelled data, as JSON."""
    import_code(code or [])
    with asking_for_code_of(model, code):
        task, config = run.load_task(model)
        run.score_as_in_training(task, config)
        instances = run.read_from_config(config, data)
    metrics = run.evaluate(task, instances, batch_size)
    print(json.dumps({"instances": len(instances), **metrics}))
