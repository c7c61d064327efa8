"""What waits for a person: proposals, activities and statements in quarantine; and what was heard of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_json, read_moment
from passport_service.store.statement_rows import in_parts, marks

Reason = Literal["UNMAPPED_ACTIVITY", "UNKNOWN_PERSON", "BEFORE_2000"]


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
    store: Store, reason: Reason, *, activity: str | None = None, actor: str | None = None, limit: int = 50
) -> list[Waiting]:
    """Statements that wait for one reason, about one activity or by one actor, the latest first."""
    # Word for word, not as a value: only so does SQLite know which of the indexes of what waits it may use.
    conditions, values = [f"reason = '{reason}'"], []
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
    """One unmapped activity with its names, or None when nothing waits for it; at most three names are kept."""
    waits = "FROM recognition WHERE reason = 'UNMAPPED_ACTIVITY' AND activity_id = ?"
    parts = store.execute(
        f"SELECT detail, is_course, key_id, count(*), min(recorded_at), max(recorded_at) {waits}"
        " GROUP BY detail, is_course, key_id ORDER BY max(recorded_at) DESC, detail",
        (activity,),
    ).fetchall()
    if not parts:
        return None
    details = [read_json(one[0]) or {} for one in parts]
    kinds = {None if one[1] is None else bool(one[1]) for one in parts}
    (actors,) = store.execute(f"SELECT count(DISTINCT actor_key) {waits}", (activity,)).fetchone()
    return Waited(
        activity,
        tuple(dict.fromkeys(one["name"] for one in details if one.get("name")))[:3],
        tuple(dict.fromkeys(one["type"] for one in details if one.get("type")))[:3],
        tuple(dict.fromkeys(one[2] for one in parts if one[2])),
        False if False in kinds else (True if True in kinds else None),
        sum(one[3] for one in parts), actors,
        min(read_moment(one[4]) for one in parts), max(read_moment(one[5]) for one in parts),
    )  # fmt: skip


def learned_since(store: Store, moment: datetime, activity: str) -> int:
    """How many statements about an activity count for somebody by a reading at or after a moment."""
    row = store.execute(
        "SELECT count(*) FROM recognition WHERE activity_id = ? AND stream IS NOT NULL AND recorded_at >= ?",
        (activity, moment_text(moment)),
    ).fetchone()
    return int(row[0])
