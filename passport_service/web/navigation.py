"""The service navigation: one table; a person sees the entries whose view allows one of their roles."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from passport_service.web.access import may_use


@dataclass(frozen=True, slots=True)
class Entry:
    """A word in the navigation and the endpoint it leads to; pages of the same area light it up too."""

    text: str
    endpoint: str


ENTRIES = (
    Entry("My passport", "passport.mine"),
    Entry("My items", "items.mine"),
    Entry("CCV work", "decisions.waiting"),
    Entry("Waiting for a person", "answers.listing"),
    Entry("Practitioners", "practitioners.listing"),
    Entry("Training", "training.listing"),
    Entry("Quarantine", "quarantine.listing"),
    Entry("Refused batches", "refused.listing"),
    Entry("Draws", "draws.listing"),
    Entry("Concerns", "concerns.listing"),
    Entry("People", "people.listing"),
    Entry("Accounts", "accounts.listing"),
    Entry("Keys", "keys.listing"),
    Entry("Jobs", "jobs.listing"),
)
FOOTER = (
    Entry("Accessibility statement", "home.accessibility"),
    Entry("Privacy", "home.privacy"),
    Entry("How decisions are made", "home.decisions"),
)


def visible(app: Flask, user: Any) -> list[Entry]:
    """The entries that a user may follow."""
    if not user.is_authenticated:
        return []
    return [
        entry
        for entry in ENTRIES
        if entry.endpoint in app.view_functions and may_use(app, entry.endpoint, user)
    ]


def navigation() -> list[dict[str, Any]]:
    """The navigation as the page component takes it."""
    return [
        {
            "text": entry.text,
            "href": url_for(entry.endpoint),
            "current": request.endpoint == entry.endpoint,
            "active": request.blueprint == entry.endpoint.partition(".")[0]
            or _is_below(url_for(entry.endpoint)),
        }
        for entry in visible(current_app, current_user)
    ]


def _is_below(path: str) -> bool:
    """Areas that live below another one's address light up its entry."""
    return request.path.startswith(f"{path}/")


def footer() -> list[dict[str, str]]:
    """The links at the foot of every page."""
    return [{"text": entry.text, "href": url_for(entry.endpoint)} for entry in FOOTER]
