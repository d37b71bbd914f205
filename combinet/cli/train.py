"""combinet train CFG --output DIR."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from .._guards import is_dict
from .._replace import try_to_write
from ..archive import holds_model, refuse_to_replace
from ..config import Config
from ..errors import CombinetError, NonFiniteError
from ..training.run import Run
from ._code import asking_for_code, import_code
from ._config import UsageError, read_config, read_overrides
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
        raise UsageError(f"{config!r} is no config", fix="name the config before any setting")
    _refuse_to_overwrite(output, overwrite)
    import_code(code or [])
    settings = read_config(config, read_overrides(context.args))
    _refuse_checkpoints_in(output, settings)
    with asking_for_code(code, settings):
        run = Run(settings)
    try:
        metrics = _train(run)
    except NonFiniteError:
        if run.trainer.best_epoch is not None:
            output = _place_for(output, overwrite)
            run.save(output, _best(run))
            print(f"epoch {run.trainer.best_epoch + 1} is saved to {output}", file=sys.stderr)
        raise
    metrics.update({f"test_{name}": value for name, value in run.test().items()})
    output = _place_for(output, overwrite)
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
    """Raise now for what would keep the model from being saved when it is trained."""
    refuse_to_replace(output)
    if holds_model(output) and not overwrite:
        raise CombinetError(
            f"{output} already holds a model", fix="choose another --output, or pass --overwrite"
        )
    try_to_write(output)


def _refuse_checkpoints_in(output: Path, settings: Config) -> None:
    """Raise for checkpoints in the place of the model: it would not be written over them."""
    training = settings.get("training")
    folder = training.get("serialization_dir") if is_dict(training) else None
    if isinstance(folder, str) and Path(folder).resolve() == output.resolve():
        raise CombinetError(
            f"serialization_dir = {folder!r} is the --output", fix="choose two directories"
        )


def _place_for(output: Path, overwrite: bool) -> Path:
    """Where to save: beside ``output`` if something came there since the training began."""
    try:
        _refuse_to_overwrite(output, overwrite)
    except CombinetError as error:
        places = (output.with_name(f"{output.name}-{n}") for n in count(2))
        free = next(place for place in places if not place.exists())
        print(f"{error.what}: saving to {free}", file=sys.stderr)
        return free
    return output
