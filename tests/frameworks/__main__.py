"""Test the bridge of a framework where it is installed: ``python -m tests.frameworks tf|mxnet``.

Each is installed into a virtual environment of its own, kept below the temporary folder of the
user and made again when what it holds has changed. MXNet is tried with the NumPy that pip
chooses for it, and with the newest, for which the bridge supplies what MXNet asks for.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("pytest>=8.4", "hypothesis>=6.100", "pytest-randomly>=3.16")


class Environment(NamedTuple):
    """What one environment holds, and the tests and the page of documentation to run in it.

    ``alone`` are installed last and without what they ask for.
    """

    requirements: tuple[str, ...]
    alone: tuple[str, ...]
    shown: tuple[str, ...]
    tests: tuple[str, ...]
    page: str


TENSORFLOW = ("tests/bridges/test_tensorflow.py", "tests/bridges/test_tensorflow_arrays.py")
MXNET = ("tests/bridges/test_mxnet.py", "tests/bridges/test_mxnet_arrays.py")
MXNET_PAGE = "docs/how-to/wrap-an-mxnet-model.md"

FRAMEWORKS: dict[str, dict[str, Environment]] = {
    "tf": {
        "TensorFlow": Environment(
            ("tensorflow-cpu>=2.18" if sys.platform == "linux" else "tensorflow>=2.18",),
            (),
            ("tensorflow", "keras", "numpy"),
            TENSORFLOW,
            "docs/how-to/wrap-a-tensorflow-model.md",
        )
    },
    "mxnet": {
        "MXNet and the NumPy of its choice": Environment(
            ("mxnet==1.9.1",), (), ("mxnet", "numpy"), MXNET, MXNET_PAGE
        ),
        "MXNet and NumPy 2": Environment(
            ("numpy>=2", "requests", "graphviz"),
            ("mxnet==1.9.1",),
            ("mxnet", "numpy"),
            MXNET,
            MXNET_PAGE,
        ),
    },
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("framework", choices=list(FRAMEWORKS))
    parser.add_argument("rest", nargs="*", help="for pytest, behind --")
    chosen = parser.parse_args()
    outcomes: list[str] = []
    for title, environment in FRAMEWORKS[chosen.framework].items():
        print(f"\n== {title}", flush=True)
        python = made(environment)
        if python is None:
            outcomes.append(f"{title}: FAILED, it cannot be installed on this Python")
            continue
        versions = subprocess.run(
            [python, "-c", SHOW, *environment.shown], capture_output=True, check=True, text=True
        ).stdout.strip()
        failed = runs(python, "-m", "pytest", "-q", "-rs", *environment.tests, *chosen.rest)
        failed += runs(python, "-W", "error", "tests/docs/run_page.py", environment.page)
        outcomes.append(f"{title}: {'FAILED' if failed else 'passed'} ({versions})")
    print("", *outcomes, sep="\n")
    return int(any("FAILED" in outcome for outcome in outcomes))


SHOW = """
import sys
from importlib.metadata import PackageNotFoundError, version
shown = [f"Python {sys.version.partition(' ')[0]}"]
for name in sys.argv[1:]:
    try:
        shown.append(f"{name} {version(name)}")
    except PackageNotFoundError:
        shown.append(f"{name} {version(name + '-cpu')}")
print(", ".join(shown))
"""


def runs(*command: str) -> int:
    """Run a command in the project; its exit code."""
    print("$", *command, flush=True)
    quiet = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment = {**quiet, **os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def made(environment: Environment) -> str | None:
    """The Python of the environment, which is made if it is not there; None if pip fails."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *TOOLS, *environment.requirements]
    contents = repr((sys.version, wanted, environment.alone))
    name = hashlib.sha256(contents.encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir(), f"combinet-frameworks-{getpass.getuser()}", name)
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print(f"installing into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        for packages in (wanted, ["--no-deps", *environment.alone]):
            if packages == ["--no-deps"]:
                continue
            if subprocess.run([*install, *packages], check=False).returncode:
                return None
        ready.touch()
    return str(python)


if __name__ == "__main__":
    sys.exit(main())
