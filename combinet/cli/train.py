"""combinet train CFG --output DIR."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..archive import holds_model, recover
from ..errors import CombinetError, NonFiniteError
from ..training.run import Run
from ._config import import_code, read_config, read_overrides
from ._progress import ProgressBar


def train(
    context: typer.Context,
    config: Annotated[str, typer.Argument(help="A .cfg file, or the name of an example.")],
    output: Annotated[Path, typer.Option(help="The model directory to write.")],
    code: Annotated[
        list[str] | None, typer.Option(help="A file or module to import first.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a model that is there.")] = False,
) -> None:
    """Train the network that a config describes, and keep its best epoch.

    Any setting of the config can be given as --section.key VALUE.
    """
    if config.startswith("-"):
        raise CombinetError(f"{config!r} is no config", fix="name the config before any setting")
    _refuse_to_overwrite(output, overwrite)
    import_code(code or [])
    run = Run(read_config(config, read_overrides(context.args)))
    try:
        metrics = _train(run)
    except NonFiniteError:
        if run.trainer.best_epoch is not None:
            run.save(output, _best(run))
            print(f"epoch {run.trainer.best_epoch + 1} is saved to {output}", file=sys.stderr)
        raise
    metrics.update({f"test_{name}": value for name, value in run.test().items()})
    run.save(output, metrics)
    for part in ("best_validation_", "test_"):
        for name in sorted(name for name in metrics if name.startswith(part)):
            print(f"{name.removeprefix('best_')} {metrics[name]:.4f}")
    print(f"saved to {output}")


def _train(run: Run) -> dict[str, Any]:
    trainer = run.trainer
    rows = sum(row.weights.size for row in run.task.parameters())
    with ProgressBar(trainer.num_epochs, run.batches_per_epoch) as bar:
        try:
            bar.console.print(
                f"{run.sizes['train']:,} instances to train on, "
                f"{run.sizes['validation']:,} to validate on, "
                f"{run.task.count_labels()} labels, {rows:,} weights",
                highlight=False,
            )
            trainer.batch_callbacks.append(bar.batch)
            trainer.epoch_callbacks.append(bar.epoch)
            return trainer.train()
        except KeyboardInterrupt:
            if trainer.best_epoch is None:
                bar.console.print("interrupted in the first epoch: nothing is saved")
                raise typer.Exit(130) from None
            bar.console.print(
                f"interrupted: keeping epoch {trainer.best_epoch + 1}", highlight=False
            )
            return _best(run)


def _best(run: Run) -> dict[str, Any]:
    return {f"best_{name}": value for name, value in run.trainer.best_metrics.items()}


def _refuse_to_overwrite(output: Path, overwrite: bool) -> None:
    recover(output)
    if holds_model(output) and not overwrite:
        raise CombinetError(
            f"{output} already holds a model", fix="choose another --output, or pass --overwrite"
        )
    if output.is_file() or (output.is_dir() and not holds_model(output) and any(output.iterdir())):
        raise CombinetError(
            f"{output} is there and is no model directory", fix="choose another --output"
        )
