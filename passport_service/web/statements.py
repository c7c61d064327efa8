"""Statements as they arrived: lists of them, and one with all that it did. Who looked at one is in the security log."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import arrived, councils, keys
from passport_service.store import queries, security_log
from passport_service.store.queries import Asked, Outcome
from passport_service.web.access import allow
from passport_service.web.deeds import consequences
from passport_service.web.forms import asked
from passport_service.web.json_lines import lines_of
from passport_service.web.reach import can, roles_with
from passport_service.web.users import user
from passport_service.xapi.errors import Invalid
from passport_service.xapi.query import format_cursor, parse_cursor
from passport_service.xapi.values import UUID

blueprint = Blueprint("statements", __name__, url_prefix="/arrivals/statements")

WHO_SEES = roles_with(Act.SEE_ARRIVALS)
AN_HOUR = timedelta(hours=1)
LARGEST = 2**62


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> ResponseReturnValue:
    """The newest statements of a key or of all, by hour, verb and outcome, older ones a page at a time; or one by its id."""
    search = asked("search").lower()
    if UUID.fullmatch(search):
        return redirect(url_for("statements.one", statement_id=search))
    store, question = deployment().store, question_of()
    with store.reading():
        known = keys.every(store)
        found = queries.list_statements(store, question)
        verbs = queries.verbs_known(store)
        requirements = councils.load(store).catalogue.requirements
    kept = {name: asked(name) for name in ("key", "hour", "verb", "outcome") if asked(name)}
    return render_template(
        "statements/listing.html", found=found, verbs=verb_names(verbs), requirements=requirements, question=question,
        known=[one for one in known if one.purpose == "xapi"], labels={one.id: one.label for one in known}, kept=kept,
        older=address(kept | {"after": format_cursor(*found.after)}) if found.after else None,
        newest=address(kept) if question.after else None, without_hour=address(kept | {"hour": ""}),
        outcomes=list(Outcome), search=search,
    )  # fmt: skip


def verb_names(verbs: Sequence[str]) -> dict[str, str]:
    """Each verb by its last word; those that share theirs, as a Moodle's do from before and after a release, in full."""
    words = {one: one.rstrip("/").rpartition("/")[2] or one for one in verbs}
    shared = Counter(words.values())
    return {one: word if shared[word] == 1 else f"{word} ({one})" for one, word in words.items()}


def address(asked_for: dict[str, str]) -> str:
    """The list with these questions."""
    return (
        f"{url_for('statements.listing')}?{urlencode({name: one for name, one in asked_for.items() if one})}"
    )


@blueprint.get("/<uuid:statement_id>")
@allow(*WHO_SEES)
def one(statement_id: object) -> str:
    """One statement, word for word, and what it did; whose it is only for those who may see people."""
    store = deployment().store
    looked = arrived.look(store, str(statement_id))
    with store.writing():
        security_log.note(
            store, "statement_seen", at=moment(), who=user().account.id, statement=looked.statement.id
        )
    key = next((one for one in keys.every(store) if one.id == looked.statement.key_id), None)
    return render_template(
        "statements/one.html", looked=looked, statement=looked.statement, deed=looked.deed, key=key,
        lines=lines_of(looked.statement.statement), sees_people=can(Act.SEE_PRACTITIONERS),
        consequences=consequences(looked.deed), maps=can(Act.MAP_ACTIVITIES),
    )  # fmt: skip


def question_of() -> Asked:
    """What the address asks for; parts that make no sense are left out."""
    since = hour_asked()
    outcome = asked("outcome")
    return Asked(
        key_id=asked("key") or None,
        since=since,
        until=None if since is None else since + AN_HOUR,
        verb=asked("verb") or None,
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        after=place_asked(),
    )


def hour_asked() -> datetime | None:
    try:
        found = datetime.fromisoformat(asked("hour"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def place_asked() -> tuple[datetime, int] | None:
    try:
        found = parse_cursor(asked("after"))
    except (Invalid, ValueError):
        return None
    return found if 0 <= found[1] < LARGEST else None
