"""The shape of the house: what stands at the top, how long files may be, and which part may know which."""

import subprocess
import sys

import pytest

from tests.project.files import ROOT, kept_files

FOLDERS = {".ci", "assets", "benchmarks", "docs", "integrations", "passport_service", "templates", "tests"}
LONGEST = 300  # lines; most files have half of that or less


def test_nothing_stands_at_the_top_but_what_the_design_names():
    folders = {file.relative_to(ROOT).parts[0] for file in kept_files() if file.parent != ROOT}

    assert folders <= FOLDERS


def test_no_file_of_the_service_is_too_long_to_read():
    ours = [
        file for file in kept_files() if file.suffix == ".py" and "tests" not in file.relative_to(ROOT).parts
    ]
    too_long = {str(file): lines for file in ours if (lines := len(file.read_text().splitlines())) > LONGEST}

    assert not too_long


def test_every_module_of_the_service_says_what_it_is_for():
    ours = [
        file
        for file in kept_files()
        if file.suffix == ".py" and file.is_relative_to(ROOT / "passport_service")
    ]
    silent = [
        str(file)
        for file in ours
        if (text := file.read_text().strip()) and not text.startswith(('"""', "'''", 'r"""'))
    ]

    assert not silent


@pytest.mark.slow
def test_the_layers_hold():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
