"""What waits for a person: proposals, activities and statements in quarantine; and what was heard, when, of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_json, read_moment
from passport_service.store.statement_rows import in_parts, marks


@dataclass(frozen=True, slots=True)
class Proposal:
    """Earlier learning that one person proposed and another has not decided yet (R2.8)."""

    id: str
    stream: str
    requirement: str
    completed_on: date
    proposed_at: datetime
    proposed_by: str
    caused_by: str
    details: dict[str, Any]


def open_proposals(store: Store, streams: Sequence[str] | None = None) -> list[Proposal]:
    """Proposals of earlier learning that wait for an answer, the oldest first; of everybody, or of these people."""
    chosen = "" if streams is None else f" AND e.stream IN ({marks(streams)})"
    rows = store.execute(
        "SELECT e.stream, e.kind, e.recorded_at, e.caused_by, p.body FROM event e"
        " JOIN event_payload p ON p.event_id = e.id"
        f" WHERE e.kind IN ('prior_proposed', 'prior_answered'){chosen} ORDER BY e.id",
        list(streams or ()),
    )
    waiting: dict[str, Proposal] = {}
    for stream, kind, recorded_at, caused_by, body in rows.fetchall():
        data = read_json(body)
        if kind == "prior_answered":
            waiting.pop(data["proposal"], None)
            continue
        waiting[data["proposal"]] = Proposal(
            data["proposal"], stream, data["requirement"], date.fromisoformat(data["completed_on"]),
            read_moment(recorded_at), data["by"], caused_by, data,
        )  # fmt: skip
    return list(waiting.values())


def streams_with_waivers(store: Store) -> list[str]:
    """People of whom a learning system has said that something was waived."""
    rows = store.execute(
        "SELECT DISTINCT stream FROM recognition WHERE meaning = ? AND stream IS NOT NULL ORDER BY stream",
        ("waived",),
    )
    return [stream for (stream,) in rows.fetchall()]


@dataclass(frozen=True, slots=True)
class ActivityUse:
    """What has come in about one mapped activity, and through which key last."""

    activity: str
    statements: int
    people: int
    last_at: datetime
    key_id: str | None


def activity_uses(store: Store, activities: Sequence[str]) -> dict[str, ActivityUse]:
    """How much each of these activities has been heard of; those never heard of are left out."""
    found: dict[str, ActivityUse] = {}
    for part in in_parts(activities):
        rows = store.execute(
            "SELECT activity_id, count(*), count(DISTINCT stream), max(recorded_at), max(key_id) FROM recognition"
            f" WHERE activity_id IN ({marks(part)}) GROUP BY activity_id",
            part,
        )
        for activity, statements, people, last_at, key_id in rows.fetchall():
            found[activity] = ActivityUse(activity, statements, people, read_moment(last_at), key_id)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """One statement that waits in quarantine."""

    statement: str
    actor_key: str
    activity_id: str
    name: str | None
    meaning: str
    course: str | None
    effective_at: datetime
    recorded_at: datetime
    key_id: str | None


def waiting_statements(
    store: Store, reason: str, *, activity: str | None = None, actor: str | None = None, limit: int = 50
) -> list[Waiting]:
    """Statements that wait for one reason, about one activity or by one actor, the latest first."""
    conditions, values = ["reason = ?"], [reason]
    for column, value in (("activity_id", activity), ("actor_key", actor)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    rows = store.execute(
        "SELECT statement, actor_key, activity_id, detail, meaning, course, effective_at, recorded_at, key_id"
        f" FROM recognition WHERE {' AND '.join(conditions)} ORDER BY recorded_at DESC, statement LIMIT ?",
        [*values, limit],
    )
    return [
        Waiting(
            statement, actor_key, activity_id, (read_json(detail) or {}).get("name"), meaning, course,
            read_moment(effective_at), read_moment(recorded_at), key_id,
        )
        for statement, actor_key, activity_id, detail, meaning, course, effective_at, recorded_at, key_id in rows.fetchall()
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waited:
    """One activity in quarantine: how often it came, under which names, and through which keys (R2.2)."""

    activity: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    keys: tuple[str, ...]
    is_course: bool | None
    statements: int
    actors: int
    first_at: datetime
    last_at: datetime


def waiting_activity(store: Store, activity: str) -> Waited | None:
    """One unmapped activity with its names, or None when nothing waits for it."""
    found = waiting_activities(store, activity)
    return found[0] if found else None


def waiting_activities(store: Store, activity: str | None = None) -> list[Waited]:
    """The unmapped activities, one entry each, the most waited-for first; at most three names of each are kept."""
    chosen = "" if activity is None else " AND activity_id = ?"
    rows = store.execute(
        "SELECT activity_id, detail, is_course, key_id, count(*), min(recorded_at), max(recorded_at)"
        f" FROM recognition WHERE reason = ?{chosen} GROUP BY activity_id, detail, is_course, key_id",
        ["UNMAPPED_ACTIVITY", *([activity] if activity is not None else [])],
    ).fetchall()
    people = store.execute(
        f"SELECT activity_id, count(DISTINCT actor_key) FROM recognition WHERE reason = ?{chosen} GROUP BY activity_id",
        ["UNMAPPED_ACTIVITY", *([activity] if activity is not None else [])],
    )
    actors = dict(people.fetchall())
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    found = [_waited(one, parts, actors.get(one, 0)) for one, parts in grouped.items()]
    return sorted(found, key=lambda one: (-one.statements, one.activity))


def _waited(activity: str, parts: list[tuple[Any, ...]], actors: int) -> Waited:
    details = [read_json(one[1]) or {} for one in parts]
    kinds = {None if one[2] is None else bool(one[2]) for one in parts}
    return Waited(
        activity,
        tuple(dict.fromkeys(one["name"] for one in details if one.get("name")))[:3],
        tuple(dict.fromkeys(one["type"] for one in details if one.get("type")))[:3],
        tuple(dict.fromkeys(one[3] for one in parts if one[3])),
        False if False in kinds else (True if True in kinds else None),
        sum(one[4] for one in parts), actors,
        min(read_moment(one[5]) for one in parts), max(read_moment(one[6]) for one in parts),
    )  # fmt: skip


def days_heard(store: Store, *, since_on: date) -> dict[str, list[date]]:
    """The days since then on which each key sent something, in order (R2.12)."""
    rows = store.execute(
        "SELECT key_id, day_on FROM last_heard WHERE day_on >= ? ORDER BY key_id, day_on",
        (since_on.isoformat(),),
    )
    found: dict[str, list[date]] = {}
    for key, day in rows.fetchall():
        found.setdefault(key, []).append(day if isinstance(day, date) else date.fromisoformat(day))
    return found


def learned_since(store: Store, moment: datetime, activity: str) -> int:
    """How many statements about an activity count for somebody by a reading at or after a moment."""
    row = store.execute(
        "SELECT count(*) FROM recognition WHERE activity_id = ? AND stream IS NOT NULL AND recorded_at >= ?",
        (activity, moment_text(moment)),
    ).fetchone()
    return int(row[0])
