"""How decisions are made, in plain sentences filled in from the policy in force: for anybody who asks (D.18.1)."""

from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.council import Council
from passport_service.domain.policy import Policy
from passport_service.domain.roles import LABELS
from passport_service.services.sentences import KINDS, SOURCES, joined, number_in_words

ALWAYS_SINCE = 2001  # the first policy of a council is dated back before anything else


@dataclass(frozen=True, slots=True)
class Chapter:
    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicRules:
    """The rules in force; ``since_at`` is None for those that held from the start."""

    version: int
    since_at: datetime | None
    chapters: tuple[Chapter, ...]


def rules(council: Council, now: datetime) -> PublicRules | None:
    """The rules in words, None for a council that has not published any."""
    if not len(council.policies):
        return None
    policy = council.policies.at(now)
    since = policy.effective_from if policy.effective_from.year >= ALWAYS_SINCE else None
    chapters = (
        Chapter("Who may hold a passport", _eligibility(policy)),
        Chapter("The training that is required", _training(council, policy)),
        Chapter("Approvals in a row", _streak(policy)),
        Chapter("Which confirmed work is looked at again", _moderation(policy)),
        Chapter("Concerns", _concerns(policy)),
        Chapter("Asking for a review", _review(policy)),
    )
    return PublicRules(policy.version, since, chapters)


def _eligibility(policy: Policy) -> tuple[str, ...]:
    roles = joined([LABELS[one].lower() + "s" for one in LABELS if one in policy["eligibility.roles"]])
    return (
        f"These roles may hold a passport: {roles}. Their professional registration must be current.",
        "Newly qualified staff "
        + (
            "may hold one too."
            if policy["eligibility.newly_qualified"] == "allowed"
            else "collect approvals, and may hold one after their first, supported year."
        ),
        "Agency staff "
        + ("may hold one." if policy["eligibility.agency"] == "allowed" else "may not hold one."),
    )


def _training(council: Council, policy: Policy) -> tuple[str, ...]:
    every = {one.months for one in council.catalogue.core}
    courses = [
        one.title + (f" (every {one.months} months)" if one.months and len(every) > 1 else "")
        for one in council.catalogue.core
    ]
    together = (
        f" Each is renewed every {every.pop()} months." if len(every) == 1 and None not in every else ""
    )
    return (
        f"All of these must be up to date: {joined(courses)}.{together}"
        if courses
        else "No training is required yet.",
        "When one runs out, the passport is "
        + (
            "withdrawn."
            if policy["training.on_expiry"] == "revoke"
            else "paused from the day after. The pause lifts by itself when it is renewed."
        ),
        f"A pause for training alone that lasts {policy['training.lapse_months']} months ends in a lapse. Days of recorded "
        "absence do not count towards that.",
    )


def _streak(policy: Policy) -> tuple[str, ...]:
    kinds = joined([KINDS[one].lower() + "s" for one in KINDS if one in policy["streak.kinds"]])
    window = policy["streak.window_months"]
    reviewers = policy["streak.min_reviewers"]
    found = [
        f"The central team (CCV) must approve {number_in_words(policy['streak.length'])} pieces of work in a row. "
        f"These count: {kinds}.",
    ]
    if policy["streak.resets_on"]:
        words = {"returned": "sent back with questions", "concern": "recorded with a concern"}
        found.append(
            f"The count starts again when a piece is {' or '.join(words[one] for one in policy['streak.resets_on'])}."
        )
    if window:
        found.append(f"Approvals count for {window} months.")
    if reviewers > 1:
        found.append(f"They must come from at least {number_in_words(reviewers)} different reviewers.")
    found.append(
        "A reviewer does not know whose work they read until they have decided. Nobody reads the work of their own team."
    )
    return tuple(found)


def _moderation(policy: Policy) -> tuple[str, ...]:
    found = [
        f"{policy['moderation.rate_bp'] / 100:g}% of confirmed work is drawn by chance ({policy['moderation.schedule']}). "
        "The draw can be worked out again by anybody who has its receipt, and nobody can know it beforehand.",
    ]
    if policy["moderation.coverage"]:
        found.append(
            f"Whoever confirms anything has a piece looked at at least every {policy['moderation.coverage']} days."
        )
    if policy["moderation.tighten"]:
        found.append(
            "After a concern that counts, everything the person confirms is looked at, until "
            f"{number_in_words(policy['moderation.tighten'])} pieces in a row were clean."
        )
    return tuple(found)


def _concerns(policy: Policy) -> tuple[str, ...]:
    sources = joined([SOURCES[one] for one in policy["concern.sources"]])
    threshold, months = policy["concern.threshold"], policy["concern.window_months"]
    found = [
        f"A concern is recorded by a person, with reasons. It may come from {sources}.",
        "It counts when a second person, who has not seen what the first one wrote, agrees."
        if policy["concern.second_reader"]
        else "It counts from the moment it is recorded.",
        "A serious concern pauses the passport at once, and a named person decides what follows. Waiting never turns a pause "
        "into anything worse.",
    ]
    outcome = (
        "withdraw the passport automatically. The person is told at once, with reasons, and can have a person look again."
        if policy["revocation.mode"] == "automatic"
        else "pause the passport; only a named person can withdraw it."
    )
    number = number_in_words(threshold).capitalize()
    found.append(f"{number} concerns about different pieces of work done within {months} months {outcome}")
    if policy["concern.opportunity_to_learn"]:
        found.append("Work that was confirmed before the person knew of the first concern is no repetition.")
    found.append("A withdrawn passport can be earned again, by the same steps as the first.")
    return tuple(found)


def _review(policy: Policy) -> tuple[str, ...]:
    return (
        f"Whoever gets a notice may ask for a review within {policy['challenge.window_wd']} working days, and later with a "
        "reason. Days of recorded absence do not count.",
        "Somebody who had no part in the decision looks at everything afresh, and decides within "
        f"{policy['challenge.decide_wd']} working days.",
    )
