"""``python -m combinet`` is the command ``combinet``."""

from __future__ import annotations

from combinet.cli import main

if __name__ == "__main__":
    main()
