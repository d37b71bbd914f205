"""Names that were probably meant."""

from __future__ import annotations

from ..errors import RegistryError


def unknown(what: str, name: str, known: list[str]) -> RegistryError:
    """The error for a name that is not among the known ones."""
    alike = did_you_mean(name, known)
    listed = f"one of {', '.join(known[:12])}" + (", ..." if len(known) > 12 else "")
    fix = alike or (listed if known else "import the module that registers it first")
    return RegistryError(what, fix=fix)


def did_you_mean(name: str, known: list[str]) -> str:
    """``did you mean 'a' or 'b'?``, or nothing when no known name looks alike."""
    import difflib

    def likeness(other: str) -> float:
        return difflib.SequenceMatcher(None, _folded(name), _folded(other)).ratio()

    scored = sorted(((likeness(k), k) for k in known), reverse=True)[:3]
    alike = [k for score, k in scored if score >= max(0.6, scored[0][0] - 0.1)]
    return f"did you mean {' or '.join(map(repr, alike))}?" if alike else ""


def _folded(name: str) -> str:
    """The name with what looks alike made alike: ``n0`` is meant to be ``nO``."""
    return name.casefold().replace("0", "o")
