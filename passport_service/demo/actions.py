"""What somebody in the county does at a moment, as calls of the real services."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from passport_service.demo import county
from passport_service.demo.plan import CASE_TYPES, Life
from passport_service.demo.playing import BY, Play
from passport_service.services import concerns, decisions, dossiers, items, people

VERB = "http://adlnet.gov/expapi/verbs/"
COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"
LOOKS_A_DAY = 5
WORDS = {
    "approved": "Clear and well evidenced. Thank you.",
    "approved_with_comments": "A strong piece of work. Say next time how the carer's own view was sought.",
    "returned": "One page says the son does the shopping and another that he is in hospital. Which is right?",
    "concern": "The decision about capacity is asserted and not shown. Let us talk it through.",
    "not_reviewable": "The record is locked.",
}


def completion(person: county.Person, slug: str, at: datetime, verb: str = "completed") -> dict[str, Any]:
    """A course completion as the county's Moodle sends it."""
    number, title = county.COURSES[slug]
    return {
        "actor": {"name": person.name, "account": {"homePage": county.LMS, "name": str(person.number)}},
        "verb": {"id": f"{VERB}{verb}", "display": {"en": verb.capitalize()}},
        "object": {
            "objectType": "Activity",
            "id": f"{county.LMS}/course/view.php?id={number}",
            "definition": {"type": COURSE_TYPE, "name": {"en": title}},
        },
        "timestamp": at.astimezone(UTC).isoformat(timespec="seconds"),
        "context": {"language": "en", "contextActivities": {"category": [{"id": county.LMS}]}},
    }


def submit(playing: Play, stream: str, item: str, kind: int, now: datetime) -> None:
    name, case_type = CASE_TYPES[kind]
    playing.call(items.submit, stream, item=item, kind=name, type=case_type, now=now, caused_by=BY)


def decide(playing: Play, item: str, outcome: str, now: datetime) -> None:
    reviewer = playing.random.choice(playing.reviewers)
    playing.call(
        decisions.record,
        item=item,
        outcome=outcome,
        reviewer=reviewer,
        reason=WORDS[outcome],
        now=now,
        caused_by=BY,
    )


def confirm(playing: Play, now: datetime, *, stream: str, kind: int) -> None:
    """A holder asks, and confirms if they may; otherwise the item goes to CCV like anybody's."""
    name, case_type = CASE_TYPES[kind]
    check = f"demo-{playing.order}-{playing.calls}"
    found = playing.call(items.check, stream, kind=name, type=case_type, id=check, now=now, caused_by=BY)
    item = playing.new_item()
    if found.route == "self_confirm":
        playing.call(items.confirm, check=check, item=item, now=now, caused_by=BY)
        return
    playing.call(items.submit, stream, item=item, kind=name, type=case_type, now=now, caused_by=BY)
    day = (now.date() - playing.start).days
    playing.on(day + 2, 14, lambda p, at: decide(p, item, "approved", at))


def raise_concern(
    playing: Play, now: datetime, *, life: Life, stream: str, number: int, severity: str
) -> None:
    playing.call(
        concerns.record,
        stream,
        id=f"AUD-{life.person.number}-{number}",
        item=f"AUD-{life.person.number}-{number}",
        severity=severity,
        source="audit",
        reader=playing.reviewers[number],
        reason=WORDS["concern"],
        category="capacity",
        occurred_on=now.date() - timedelta(days=4),
        now=now,
        caused_by=BY,
    )


def overturn(playing: Play, life: Life, now: datetime) -> None:
    playing.call(
        concerns.overturn,
        f"AUD-{life.person.number}-0",
        by=playing.leads[0],
        now=now,
        caused_by=BY,
        reason="The assessment of capacity was on file; the reader had not been given it.",
    )


def reinstate(playing: Play, stream: str, now: datetime) -> None:
    """A person looks at a revocation whose basis no longer holds, and gives the passport back."""
    playing.call(
        concerns.answer_notice,
        stream,
        "REPEATED_CONCERNS",
        by=playing.leads[1],
        outcome="overturned",
        reason="One of the two concerns did not stand. The record says so.",
        now=now,
        caused_by=BY,
    )


def uphold(playing: Play, life: Life, now: datetime) -> None:
    playing.call(
        concerns.answer_concern,
        f"AUD-{life.person.number}-0",
        by=playing.leads[0],
        outcome="upheld",
        now=now,
        caused_by=BY,
        reason="Both readers saw the same omission, and the practitioner agrees.",
    )


def change(playing: Play, stream: str, now: datetime, **changes: Any) -> None:
    playing.call(people.change, stream, changes, now=now, caused_by=BY)


def void_training(playing: Play, life: Life, day: int, slug: str, now: datetime) -> None:
    """The learning system takes one statement back."""
    target = str(uuid5(NAMESPACE_URL, f"{life.person.ref} {slug} {day}"))
    playing.outgoing.append(
        {
            "actor": {"account": {"homePage": county.LMS, "name": "2"}},
            "verb": {"id": f"{VERB}voided", "display": {"en": "Voided"}},
            "object": {"objectType": "StatementRef", "id": target},
            "timestamp": now.astimezone(UTC).isoformat(timespec="seconds"),
        }
    )


def spoil_basis(playing: Play, stream: str, now: datetime) -> None:
    """A decision that a passport was issued on is corrected."""
    dossier = dossiers.load(playing.store, stream)
    if dossier.live is None:
        return
    item = dossier.decisions[dossier.live.approvals[1]].item
    playing.call(
        decisions.correct,
        item=item,
        outcome="returned",
        reviewer=playing.leads[1],
        now=now,
        caused_by=BY,
        reason="The approval was recorded against the wrong item.",
    )


def cancel(playing: Play, stream: str, lead: int, now: datetime) -> None:
    if dossiers.load(playing.store, stream).live is None:
        return
    playing.call(
        concerns.answer_notice,
        stream,
        "ISSUE_BASIS_CHANGED",
        by=playing.leads[lead],
        outcome="upheld",
        now=now,
        caused_by=BY,
        reason=f"The run was two and not three. Looked at by reader {lead + 1}.",
    )


def look_around(playing: Play, now: datetime) -> None:
    """Most of what a learning system sends means nothing here: somebody opened a course."""
    for place in range(LOOKS_A_DAY):
        person = playing.everybody[(now.toordinal() * LOOKS_A_DAY + place) % len(playing.everybody)]
        statement = completion(person, "mca", now - timedelta(minutes=7 * place))
        statement["verb"] = {"id": "http://id.tincanapi.com/verb/viewed", "display": {"en": "Viewed"}}
        playing.outgoing.append(statement)


def arrives(playing: Play, now: datetime, *, statement: dict[str, Any]) -> None:
    playing.outgoing.append(statement)


def arrive_loose(playing: Play, now: datetime, *, number: int, kind: str, title: str) -> None:
    for who in list(playing.streams)[30 : 36 + number]:
        person = county.Person(who, "", "", "", "", None, int(who[2:]))
        statement = completion(person, "mca", now)
        path = "course/view.php" if kind == COURSE_TYPE else "mod/quiz/view.php"
        statement["object"] = {
            "objectType": "Activity",
            "id": f"{county.LMS}/{path}?id={300 + number}",
            "definition": {"type": kind, "name": {"en": title}},
        }
        playing.outgoing.append(statement)
