"""TorchScriptWrapper: a TorchScript module as a layer."""

from __future__ import annotations

from typing import Any

from ..errors import DTypeError, StructureError
from ..model import Model
from ..registry import registry
from ._wrapper import Convert
from .arrays import import_torch
from .grad_scaler import PyTorchGradScaler
from .torch_shim import Precision, PyTorchShim
from .torch_wrapper import wrapped


class TorchScriptShim(PyTorchShim):
    """A ``PyTorchShim`` of a scripted or traced module.

    Files hold its weights, as those of any shim, and not its code: TorchScript's own files
    hold pickles. Build the module as before and load the weights into it.

    Args:
        model: What ``torch.jit.script`` or ``torch.jit.trace`` gave.
        config: See ``PyTorchShim``, as for the others.
        optimizer: One of ``torch.optim`` for this module alone.
        mixed_precision: Run under autocast.
        grad_scaler: For float16.
        device: Where the module is put.
    """

    def __init__(
        self,
        model: Any,
        config: Any = None,
        optimizer: Any = None,
        mixed_precision: Precision = False,
        grad_scaler: PyTorchGradScaler | None = None,
        device: Any = None,
    ) -> None:
        if not isinstance(model, import_torch().jit.ScriptModule):
            raise DTypeError(
                f"a TorchScript module is wanted, got {type(model).__name__}",
                fix="torch.jit.script(module), or pytorch_to_torchscript_wrapper(model)",
            )
        super().__init__(model, config, optimizer, mixed_precision, grad_scaler, device)

    def copy(self) -> PyTorchShim:
        """A deep copy under an id of its own; gradients are not taken along."""
        twin = super().copy()
        for mine, other in zip(self._model.parameters(), twin.module.parameters(), strict=True):
            other.detach_().requires_grad_(mine.requires_grad)  # scripts copy by an operation
        return twin


@registry.layers("TorchScriptWrapper.v1")
def TorchScriptWrapper_v1(
    torchscript_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
    mixed_precision: Precision = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any = None,
) -> Model[Any, Any]:
    """A TorchScript module as a layer, see ``PyTorchWrapper`` and ``TorchScriptShim``."""
    shim = TorchScriptShim(
        torchscript_model, mixed_precision=mixed_precision, grad_scaler=grad_scaler, device=device
    )
    return wrapped("pytorch_script", shim, convert_inputs, convert_outputs)


def pytorch_to_torchscript_wrapper(model: Model[Any, Any]) -> Model[Any, Any]:
    """The same layer with its module scripted; the weights are shared.

    Raises:
        StructureError: It is no ``PyTorchWrapper``.
    """
    shim = model.shims[0] if len(model.shims) == 1 else None
    if not isinstance(shim, PyTorchShim):
        raise StructureError(f"{model.name!r} wraps no PyTorch module")
    scripted = TorchScriptShim(
        import_torch().jit.script(shim.module),
        shim.cfg,
        optimizer=shim.optimizer,
        mixed_precision=shim.mixed_precision,
        grad_scaler=shim.grad_scaler,
        device=shim.device,
    )
    convert_inputs, convert_outputs = model.attrs["convert_inputs"], model.attrs["convert_outputs"]
    return wrapped("pytorch_script", scripted, convert_inputs, convert_outputs)
