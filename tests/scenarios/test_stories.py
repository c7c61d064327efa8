"""Every story of this folder, and every worked example in them, played through the real services."""

import re
from pathlib import Path

import pytest

from passport_service.config import Settings
from passport_service.evidence import Recognisers
from passport_service.plugins import load
from passport_service.scenarios.player import play
from passport_service.scenarios.reading import read_file, read_text

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.fixture(scope="module")
def recognisers() -> Recognisers:
    return load(Settings.model_fields["integrations"].default).recognisers


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_everything_a_story_expects_comes(file: Path, recognisers: Recognisers) -> None:
    assert play(read_file(file), recognisers).failures == []


def test_the_example_in_the_documentation_holds(recognisers: Recognisers) -> None:
    text = (Path(__file__).parents[2] / "docs" / "stories.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert examples
    for one in examples:
        assert play(read_text(one), recognisers).failures == []
