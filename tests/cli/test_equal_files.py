"""The same config trained twice, in processes of their own, leaves the same files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = """
import sys
from combinet.cli import main
sys.argv = ["combinet", "train", "own.cfg", "--output", sys.argv[1], "--code", "readers.py"]
main()
"""


def test_the_command_writes_the_same_files_again(home: Path) -> None:
    folders = [home / "one", home / "two"]
    for number, folder in enumerate(folders):
        env = {**os.environ, "PYTHONHASHSEED": str(number), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", COMMAND, str(folder)]
        done = subprocess.run(command, capture_output=True, check=False, cwd=home, env=env)
        assert done.returncode == 0, done.stderr
    one, two = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert one.keys() == two.keys()
    names = {"config.cfg", "model.safetensors", "vocabulary.json"}
    assert {name for name in one if one[name] == two[name]} >= names
