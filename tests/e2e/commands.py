"""Commands as a user types them: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "combinet", *map(str, arguments)]


def combinet(
    *arguments: object, cwd: Path | None = None, input: bytes | str = b"", **environment: str
) -> Done:
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**ENVIRONMENT, **environment},
        input=input.encode() if isinstance(input, str) else input,
        timeout=300,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def works(
    *arguments: object, cwd: Path | None = None, input: bytes | str = b"", **environment: str
) -> Done:
    done = combinet(*arguments, cwd=cwd, input=input, **environment)
    assert done.code == 0, done.err
    return done


def fails(*arguments: object, cwd: Path | None = None, input: bytes | str = b"") -> str:
    """What a refused command says: a message, no traceback, nothing on standard output."""
    done = combinet(*arguments, cwd=cwd, input=input)
    assert done.code in (1, 2), done
    assert "Traceback" not in done.err
    assert done.err.strip()
    return done.err
