"""Lines of a text file with their numbers, and errors that say them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from ..errors import DataError


def numbered_lines(path: str) -> Iterator[tuple[int, str]]:
    """Each line without its end, from number 1; a file that ends in ``.gz`` is unpacked.

    Raises:
        DataError: A line is no UTF-8, or the packed file is damaged.
    """
    number = 0
    try:
        with gzip.open(path) if path.endswith(".gz") else Path(path).open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise bad_line(path, number, "this is no text in UTF-8", "convert the file") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise bad_line(path, number + 1, f"the packed file is damaged: {error}") from error


def bad_line(path: str, number: int, what: str, fix: str = "") -> DataError:
    """The error for a line that cannot be read."""
    return DataError(f"{path}:{number}: {what}", fix=fix)
