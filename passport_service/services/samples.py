"""What a learning system would send for somebody: the core courses, as one batch (for trying out and for tests)."""

from datetime import datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.catalogue import Catalogue
from passport_service.domain.errors import Refused
from passport_service.plugins import Sample
from passport_service.services import councils, people
from passport_service.store import queries
from passport_service.store.database import Store


def core_completions(
    store: Store, sample: Sample, *, ref: str, now: datetime, generation: str = ""
) -> list[dict[str, Any]]:
    """One completion of each core course by the first account that is the person's now, dated within its validity.

    Raises Refused NOT_FOUND for an unknown reference, somebody without an account, and courses that no activity means;
    MALFORMED for a generation that the platform never had.
    """
    stream = people.find(store, ref)
    home_page, name = account_of(store, stream, now)
    courses = core_courses(councils.load(store).catalogue, home_page, now)
    try:
        return sample(home_page=home_page, name=name, courses=courses, now=now, generation=generation)
    except ValueError as fault:
        raise Refused("MALFORMED", str(fault), "generation") from None


def account_of(store: Store, stream: str, now: datetime) -> tuple[str, str]:
    """Home page and name of the first account that is linked to somebody now. Raises Refused NOT_FOUND."""
    for one in queries.identifiers_of(store, stream):
        kind, _, rest = one.key.partition("|")
        if kind == "account" and (one.until_at is None or one.until_at > now):
            home_page, _, name = rest.partition("|")
            return home_page, name
    raise Refused("NOT_FOUND", "This person has no account in a learning system; link one first.", "person")


def core_courses(catalogue: Catalogue, home_page: str, now: datetime) -> dict[str, tuple[str, str]]:
    """Each core course with an activity that means it today, of this learning system if there is one.

    Raises Refused NOT_FOUND that names the courses without an activity.
    """
    today = business_date(now)
    found: dict[str, tuple[str, str]] = {}
    for requirement in catalogue.core:
        ids = [
            activity
            for activity, entries in catalogue.activities.items()
            if any(one.target == requirement.slug and one.holds(today) for one in entries)
        ]
        if ids:
            own = [one for one in ids if one.startswith(home_page)]
            found[requirement.slug] = ((own or ids)[0], requirement.title)
    missing = [one.title for one in catalogue.core if one.slug not in found]
    if missing:
        raise Refused(
            "NOT_FOUND",
            f"No activity means these courses yet: {', '.join(missing)}. Say which does, on the page Training.",
            "courses",
        )
    return found
