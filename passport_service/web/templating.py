"""Where templates are found, and the few words that every template may use."""

from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, current_app, url_for
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from passport_service.config import LOCAL_TIME, Settings
from passport_service.web.navigation import arrivals_navigation, footer, navigation
from passport_service.web.security import nonce

PACKAGE = Path(__file__).parent.parent
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def templates_folder() -> Path:
    """The templates: inside the installed package, or beside it in a checkout."""
    inside = PACKAGE / "templates"
    return inside if inside.is_dir() else PACKAGE.parent / "templates"


def date_in_words(value: date | datetime | None) -> str:
    """``4 March 2026``: the local day of a moment, or the day itself; empty for nothing."""
    if value is None:
        return ""
    day = value.astimezone(LOCAL_TIME) if isinstance(value, datetime) else value
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def iso_day_in_words(text: str | None) -> str:
    """``4 March 2026`` for ``2026-03-04``, as days stand in the facts of a notice; empty for nothing."""
    return date_in_words(date.fromisoformat(text)) if text else ""


def moment_in_words(value: datetime | None) -> str:
    """``4 March 2026 at 3:05pm``, local time; what begins with a day says so; empty for nothing."""
    if value is None:
        return ""
    local = value.astimezone(LOCAL_TIME)
    if local.time() == time.min:
        return f"{date_in_words(value)}, at the start of the day"
    hour = local.hour % 12 or 12
    return f"{date_in_words(value)} at {hour}:{local.minute:02}{'am' if local.hour < 12 else 'pm'}"


def in_lines(text: str | None) -> Markup:
    """What somebody wrote, with the line breaks they made."""
    return Markup("<br>").join(escape(line) for line in (text or "").splitlines())


def web_link(address: str) -> str:
    """An address that may become a link: itself if http or https, else empty (it came from outside)."""
    return address if address.lower().startswith(("https://", "http://")) else ""


def asset(name: str) -> str:
    """The address of a built file; it changes when the file does, so browsers may keep it."""
    return url_for("static", filename=name, v=_version(name))


def is_built() -> bool:
    """Whether the styles and scripts of the pages are there, which ``./run`` makes and a wheel brings."""
    return all((PACKAGE / "static" / name).is_file() for name in ("service.css", "service.js"))


def dress(app: Flask, settings: Settings) -> None:
    """Sets up the templates of an app."""
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(templates_folder()),
            PrefixLoader(
                {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")}
            ),
        ]
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    WTFormsHelpers(app)
    app.jinja_env.filters.update(
        day=date_in_words,
        in_lines=in_lines,
        iso_day=iso_day_in_words,
        moment=moment_in_words,
        web_link=web_link,
    )
    app.context_processor(lambda: _words(settings))


def _words(settings: Settings) -> dict[str, Any]:
    return {
        "asset": asset,
        "has_endpoint": lambda name: name in current_app.view_functions,
        "nonce": nonce,
        "navigation": navigation,
        "arrivals_navigation": arrivals_navigation,
        "footer_links": footer,
        "settings": settings,
        "cspNonce": nonce(),  # the name that the vendor's page template looks for
    }


_versions: dict[str, str] = {}


def _version(name: str) -> str:
    if name not in _versions:
        file = PACKAGE / "static" / name
        _versions[name] = sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "0"
    return _versions[name]
