"""The project's own files, as git would keep them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def kept_files() -> list[Path]:
    """Every file that is tracked, or would be with ``git add``; no built or fetched ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file()]


def kept_texts() -> dict[str, str]:
    """Path from the root to text, of every kept file that is text."""
    found = {}
    for file in kept_files():
        try:
            found[str(file.relative_to(ROOT))] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found
