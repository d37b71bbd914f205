"""Every exception combinet raises on purpose: what, where, the facts, the fix."""

from __future__ import annotations


class CombinetError(Exception):
    """Base of all combinet errors: what happened, where, and how to mend it.

    ``where`` is filled in while the error unwinds through the models that were
    running, so it costs nothing until something breaks.

    Args:
        what: One line that says what is wrong.
        fix: What to do about it.
        facts: Names and values that the reader needs, such as ``X=X.shape``.
    """

    def __init__(self, what: str, *, fix: str = "", **facts: object) -> None:
        super().__init__(what)
        self.what, self.fix, self.facts = what, fix, facts
        self.where = ""

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        lines += [f"  {name}: {value}" for name, value in self.facts.items()]
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.fix, self.facts, self.where)


def _rebuild(
    kind: type[CombinetError], what: str, fix: str, facts: dict[str, object], where: str
) -> CombinetError:
    error = kind.__new__(kind)  # its own __init__ may take something else
    CombinetError.__init__(error, what, fix=fix, **facts)
    error.where = where
    return error


class ShapeError(CombinetError, ValueError):
    """An array does not fit the layer it was given to."""


class DTypeError(CombinetError, TypeError, ValueError):
    """A value is of the wrong kind: ints where floats are wanted, a list for an array."""


class RangeError(CombinetError, IndexError):
    """An index points outside its array, or lengths do not fit the rows they divide."""


class DimError(CombinetError, ValueError):
    """A dimension is unset, or would be set to two different sizes."""


class UnknownName(CombinetError, KeyError):
    """A dim, parameter, reference or attribute that the model does not have."""


class LabelError(CombinetError, ValueError):
    """A class label that does not fit the number of classes."""


class BackpropError(CombinetError, ValueError):
    """A backprop was called that cannot work, or with a gradient that does not fit."""


class NonFiniteError(CombinetError, ArithmeticError):
    """A NaN or an infinity would be written into a weight."""


class OperatorError(CombinetError, TypeError):
    """An operator between models has no combinator in the current table."""


class StructureError(CombinetError, ValueError):
    """An edit that would break the tree of layers."""


class SaveError(CombinetError, ValueError):
    """A model holds something that cannot be written to a file."""


class LoadError(CombinetError, ValueError):
    """A file does not hold what is asked of it; nothing was changed."""


class RegistryError(CombinetError, ValueError):
    """A name is not registered, or is registered already."""


class ConfigError(CombinetError, ValueError):
    """A config cannot be read, or does not describe what it should."""


class DataError(CombinetError, ValueError):
    """Data cannot be read, or does not have the form it should."""


class MissingPackageError(CombinetError, ImportError):
    """An optional package is needed and not installed."""


class DeviceError(CombinetError, ValueError):
    """A device that is not there, or arrays on different devices."""
