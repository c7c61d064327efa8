"""The service navigation: one table; a person sees the entries whose view allows one of their roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from passport_service.web.access import may_use


@dataclass(frozen=True, slots=True)
class Entry:
    """A word in the navigation and the endpoint it leads to; pages of the same area light it up too, and ``also`` those
    of these areas."""

    text: str
    endpoint: str
    also: tuple[str, ...] = ()


ENTRIES = (
    Entry("My passport", "passport.mine"),
    Entry("My items", "items.mine"),
    Entry("CCV work", "decisions.waiting"),
    Entry("Waiting for a person", "answers.listing"),
    Entry("Practitioners", "practitioners.listing"),
    Entry("Training", "training.listing"),
    Entry("What arrives", "arrivals.listing", also=("quarantine", "refused")),
    Entry("Draws", "draws.listing"),
    Entry("Concerns", "concerns.listing"),
    Entry("People", "people.listing"),
    Entry("Personal data", "personal_data.overview"),
    Entry("Accounts", "accounts.listing"),
    Entry("Keys", "keys.listing"),
    Entry("Jobs", "jobs.listing"),
)
# What learning systems send is one place, seen by those who map it and by those who look after the systems.
WITHIN_ARRIVALS = (
    Entry("Arrivals", "arrivals.listing"),
    Entry("Statements", "statements.listing"),
    Entry("Refused", "refused.listing"),
    Entry("Quarantine", "quarantine.listing"),
    Entry("Try a statement", "trials.ask"),
    Entry("Learning systems", "arrivals.systems"),
)
FOOTER = (
    Entry("Accessibility statement", "home.accessibility"),
    Entry("Privacy", "home.privacy"),
    Entry("How decisions are made", "home.decisions"),
)


def visible(app: Flask, user: Any, entries: Iterable[Entry] = ENTRIES) -> list[Entry]:
    """The entries that a user may follow."""
    if not user.is_authenticated:
        return []
    return [
        entry
        for entry in entries
        if entry.endpoint in app.view_functions and may_use(app, entry.endpoint, user)
    ]


def navigation() -> list[dict[str, Any]]:
    """The navigation as the page component takes it."""
    return [
        {
            "text": entry.text,
            "href": url_for(entry.endpoint),
            "current": request.endpoint == entry.endpoint,
            "active": request.blueprint in (entry.endpoint.partition(".")[0], *entry.also)
            or _is_below(url_for(entry.endpoint)),
        }
        for entry in visible(current_app, current_user)
    ]


def arrivals_navigation() -> list[dict[str, Any]]:
    """The pages about what arrives that this person may see; the one that is open is ``active``."""
    here = request.endpoint or ""
    exact = {entry.endpoint for entry in WITHIN_ARRIVALS}
    return [
        {
            "text": entry.text,
            "href": url_for(entry.endpoint),
            "active": here == entry.endpoint
            or (here not in exact and request.blueprint == entry.endpoint.partition(".")[0]),
        }
        for entry in visible(current_app, current_user, WITHIN_ARRIVALS)
    ]


def _is_below(path: str) -> bool:
    """Areas that live below another one's address light up its entry."""
    return request.path.startswith(f"{path}/")


def footer() -> list[dict[str, str]]:
    """The links at the foot of every page."""
    return [{"text": entry.text, "href": url_for(entry.endpoint)} for entry in FOOTER]
