"""Run the tests of the kernels on builds that watch for mistakes: ``python scripts/sanitize.py``.

AddressSanitizer and UBSan over the tests of the ops, ThreadSanitizer over those of the threads.
The extension is built in a folder of its own; GCC or Clang, on Linux. Arguments are handed to
pytest in place of the tests that are run without: ``scripts/sanitize.py address -- -k gemm``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NATIVE = Path("combinet", "ops", "_native")
CHECKS = {
    "address": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    "thread": ["-fsanitize=thread"],
}
LIBRARIES = {"address": ["libasan.so", "libubsan.so"], "thread": ["libtsan.so"]}
TESTS = {
    # Not those that start a Python of their own, which would not be watched.
    "address": ["tests/ops", "-n0", "-k", "not switches and not environment and not process"],
    "thread": ["tests/ops/native/test_threads.py", "-n0", "-k", "bits or eight or busy"],
}
OPTIONS = {
    # Python does not give all its memory back at the end, and sizes that no memory holds are asked
    # for on purpose.
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    # Only what the kernels do: Python, NumPy and their BLAS are not built to be watched.
    "TSAN_OPTIONS": "halt_on_error=1:ignore_noninstrumented_modules=1:report_signal_unsafe=0",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("check", nargs="?", choices=CHECKS, help="one of them alone")
    parser.add_argument("tests", nargs="*", help="arguments for pytest, after --")
    arguments = parser.parse_args()
    chosen = [arguments.check] if arguments.check else list(CHECKS)
    with tempfile.TemporaryDirectory() as folder:
        return max(passes(check, Path(folder, check), arguments.tests) for check in chosen)


def passes(check: str, folder: Path, tests: list[str]) -> int:
    """Pytest's exit code in a copy of the tree with an extension that is watched."""
    for name in ("combinet", "tests", "scripts", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.so"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    build(folder, CHECKS[check])
    found = [library_path(name) for name in LIBRARIES[check]]
    environment = {**os.environ, **OPTIONS, "PYTHONMALLOC": "malloc", "LD_PRELOAD": ":".join(found)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    print(f"== {check}", flush=True)
    done = subprocess.run(
        [*command, *(tests or TESTS[check])], cwd=folder, env=environment, check=False
    )
    return done.returncode


def build(folder: Path, flags: list[str]) -> None:
    """Compile the sources that pyproject names, with its flags and these."""
    (extension,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"][
        "ext-modules"
    ]
    compiler = os.environ.get("CXX", "g++")
    macros = [f"-D{name}={value}" for name, value in extension["define-macros"]]
    include = f"-I{sysconfig.get_paths()['include']}"
    ours = [*extension["extra-compile-args"], "-O1", "-g", "-fPIC", *macros, include, *flags]

    def compiled(source: str) -> str:
        target = folder / Path(source).with_suffix(".o")
        subprocess.run([compiler, *ours, "-c", source, "-o", target], cwd=folder, check=True)
        return str(target)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compiled, extension["sources"]))
    target = folder / NATIVE / "compiled.abi3.so"
    subprocess.run([compiler, "-shared", "-pthread", *flags, *objects, "-o", target], check=True)


def library_path(name: str) -> str:
    """Where the compiler keeps a library, to load before Python."""
    compiler = os.environ.get("CXX", "g++")
    asked = [compiler, f"-print-file-name={name}"]
    path = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return str(Path(path).resolve())


if __name__ == "__main__":
    sys.exit(main())
