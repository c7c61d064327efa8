"""Playing a story: each step at its time through the real services, the jobs between, every expectation checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.evidence import Recognisers
from passport_service.scenarios import jobs, questions, steps
from passport_service.scenarios.comparing import differences, plain
from passport_service.scenarios.story import Malformed, Question, Step, Story
from passport_service.scenarios.world import World, opened
from passport_service.services import learning

IN_MEMORY = "sqlite:///:memory:"
THE_STORY_IS_WRONG = ("MALFORMED", "NOT_FOUND")


@dataclass(slots=True)
class Played:
    """What came of a story: the failed expectations in words, and every answer."""

    story: Story
    failures: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def fail(self, step: Step, what: str) -> None:
        self.failures.append(f"step {step.number} ({plain(step.at)}), {what}")


class _Undo(Exception):
    """Takes back a step that was not refused although it should have been."""


def play(story: Story, recognisers: Recognisers, url: str = IN_MEMORY) -> Played:
    """Play a story on a fresh database. Raises Malformed for a step that names what is not there."""
    learning.use(recognisers)
    played = Played(story)
    with opened(story, url) as world:
        for step in story.steps:
            try:
                _play(world, step, played)
            except Malformed as fault:
                raise fault.at(step.number, step.word) from None
    return played


def _play(world: World, step: Step, played: Played) -> None:
    if not world.story.manual:
        # A job due at this very moment sees what the step records then, and a question sees what the job did.
        jobs.run_until(world, step.at, included=step.word in ("expect", "tick"))
    world.now = max(world.now, step.at)
    if step.word == "expect":
        for one in step.questions:
            _ask(world, step, one, played)
    elif step.inner is not None:
        _expect_refusal(world, step, step.inner, played)
    else:
        _do(world, step, played)


def _do(world: World, step: Step, played: Played) -> None:
    try:
        with _one_transaction(world):
            steps.do(world, step.word, step.given, step.effective_at)
    except Refused as refusal:
        if refusal.code in THE_STORY_IS_WRONG:
            raise Malformed(refusal.message, refusal.where or step.word) from None
        codes = ", ".join(refusal.codes)
        played.fail(step, f"{step.word}: expected to be done, was refused: {codes}: {refusal.message}")


def _expect_refusal(world: World, step: Step, inner: Step, played: Played) -> None:
    wanted = step.given["with"]
    try:
        with _one_transaction(world):
            steps.do(world, inner.word, inner.given, inner.effective_at)
            raise _Undo
    except Refused as refusal:
        if wanted not in refusal.codes:
            came = ", ".join(refusal.codes)
            played.fail(step, f"fails {inner.word}: expected {wanted}, got {came}: {refusal.message}")
    except _Undo:
        played.fail(step, f"fails {inner.word}: expected {wanted}, got no refusal")


@contextmanager
def _one_transaction(world: World) -> Iterator[None]:
    """All of a step or nothing of it."""
    with world.store.writing(world.now):
        yield


def _ask(world: World, step: Step, question: Question, played: Played) -> None:
    came = questions.answer(world, question)
    failed = differences(question.expected, came)
    about = next((one for one in question.asked.values() if isinstance(one, str)), "")
    if failed:
        played.fail(step, f"{question.word} {about}".rstrip() + ": " + "; ".join(failed))
    played.answers.append(
        {
            "step": step.number,
            "at": plain(step.at),
            "question": question.word,
            "asked": plain(question.asked),
            "expected": plain(question.expected),
            "answer": plain(came),
            "failed": failed,
        }
    )
