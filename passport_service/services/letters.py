"""Letters about accounts, as text and as HTML, from ``templates/emails``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


def write(letter: str, subject: str, **words: Any) -> Letter:
    """The letter of this name, with these words put in."""
    words = {"subject": subject, **words}
    text, html = (
        _environment().get_template(f"emails/{letter}.{kind}").render(words) for kind in ("txt", "html")
    )
    return Letter(subject, text.strip() + "\n", html)


@cache
def _environment() -> Environment:
    inside = PACKAGE / "templates"
    folder = inside if inside.is_dir() else PACKAGE.parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
