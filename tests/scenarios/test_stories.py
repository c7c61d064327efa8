"""Every story of this folder, and every worked example in them, played through the real services."""

from pathlib import Path

import pytest

from passport_service.config import Settings
from passport_service.evidence import Recognisers
from passport_service.plugins import load
from passport_service.scenarios.player import play
from passport_service.scenarios.reading import read_file

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.fixture(scope="module")
def recognisers() -> Recognisers:
    return load(Settings.model_fields["integrations"].default).recognisers


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_everything_a_story_expects_comes(file: Path, recognisers: Recognisers) -> None:
    assert play(read_file(file), recognisers).failures == []
