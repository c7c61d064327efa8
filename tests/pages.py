"""A browser without scripts for tests. It checks every page it gets, so that no test needs to say so again.

page = pages.get("/people")
page = page.submit(name="Asha")          # fills the page's form, sends it, follows the redirect
assert "Asha" in page.text
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

ORIGIN = "https://localhost"
_UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
_FIELDS = ("input", "select", "textarea")


class Pages:
    """A person's browser: cookies, addresses and forms. Anything that is not a well-made page fails the test."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def sign_in_as(self, user_id: str | int) -> Pages:
        """Signs a user in without the sign-in page, by the id that the user loader knows."""
        with self.client.session_transaction(base_url=ORIGIN) as session:
            session["_user_id"] = str(user_id)
            session["_fresh"] = True
        return self

    def get(self, path: str, *, status: int = 200, follow: bool = True) -> Page:
        """Opens an address; redirects are followed. The answer must have the status and be a well-made page."""
        return self._page(self.client.get(path, base_url=ORIGIN, follow_redirects=follow), status)

    def post(self, path: str, fields: dict[str, Any], *, status: int = 200, follow: bool = True) -> Page:
        """Sends a form's fields as they are, with no token but what they hold; ``Page.submit`` is what people do."""
        answer = self.client.post(
            path, data=fields, base_url=ORIGIN, headers={"Referer": f"{ORIGIN}/"}, follow_redirects=follow
        )
        return self._page(answer, status)

    def _page(self, answer: TestResponse, status: int) -> Page:
        assert answer.status_code == status, f"{answer.request.path}: {answer.status}\n{answer.text[:2000]}"
        if answer.mimetype != "text/html" or 300 <= answer.status_code < 400:
            return Page(self, answer, None)
        page = Page(self, answer, parse(answer.text))
        problems = page.problems()
        assert not problems, f"{answer.request.path} is not well made:\n" + "\n".join(problems)
        return page


@dataclass
class Page:
    """One answer: ``root`` is the parsed document of an HTML page, None for a file or a redirect."""

    pages: Pages
    answer: TestResponse
    root: Element | None

    @property
    def path(self) -> str:
        """Where the browser ended up."""
        return self.answer.request.path

    @property
    def text(self) -> str:
        """What a person reads in the page's main part, with single spaces."""
        return text_of(self.one("main"))

    @property
    def heading(self) -> str:
        return text_of(self.one("h1"))

    @property
    def links(self) -> dict[str, str]:
        """Text to address of every link of the page; of links with the same text the first."""
        found: dict[str, str] = {}
        for link in self.every("a"):
            found.setdefault(text_of(link), link.get("href", ""))
        return found

    def every(self, tag: str) -> list[Element]:
        assert self.root is not None, f"{self.path} is not a page"
        return list(self.root.iter(tag))

    def one(self, tag: str) -> Element:
        found = self.every(tag)
        assert len(found) == 1, f"{self.path} has {len(found)} {tag}"
        return found[0]

    def follow(self, text: str, *, status: int = 200) -> Page:
        """Follows the link with this text."""
        assert text in self.links, f"{self.path} has no link {text!r}, only {sorted(self.links)}"
        return self.pages.get(self.links[text], status=status)

    def form(self, button: str | None = None) -> Element:
        """The form of the main part; where there are several, the one with this button."""
        forms = [form for form in self.one("main").iter("form") if button is None or button in _buttons(form)]
        assert len(forms) == 1, f"{self.path} has {len(forms)} forms" + (
            f" with the button {button!r}" if button else ""
        )
        return forms[0]

    def submit(self, button: str | None = None, *, status: int = 200, **fields: Any) -> Page:
        """Fills in a form as a person would, leaving the rest as it stands, and sends it."""
        form = self.form(button)
        values = {**filled_in(form), **_pressed(form, button), **fields}
        unknown = set(fields) - {field.get("name") for tag in _FIELDS for field in form.iter(tag)}
        assert not unknown, f"{self.path} has no field {', '.join(sorted(unknown))}"
        path = form.get("action") or self.answer.request.full_path.rstrip("?")
        if form.get("method", "get").lower() == "get":
            return self.pages.get(f"{path.partition('?')[0]}?{urlencode(values, doseq=True)}", status=status)
        return self.pages.post(path, values, status=status)

    def problems(self) -> list[str]:
        """What is wrong with the page, whatever it is about."""
        headings = self.every("h1")
        title = "".join(text_of(title) for title in self.every("title")[:1])
        ids = Counter(element.get("id") for element in self.one("html").iter() if element.get("id"))
        found = [f"id {name} is there {times} times" for name, times in ids.items() if times > 1]
        if len(headings) != 1:
            found.append(f"{len(headings)} h1")
        elif text_of(headings[0]) not in title:
            found.append(f"the title {title!r} does not contain the h1 {text_of(headings[0])!r}")
        if self.one("html").get("lang") != "en-GB":
            found.append("the language is not en-GB")
        found += [f"no label: {field}" for field in self._unlabelled()]
        found += [
            f"no CSRF token: form to {form.get('action')}"
            for form in self.every("form")
            if not _is_protected(form)
        ]
        found += [
            f"inline {name} on {element.tag}"
            for element in self.one("html").iter()
            for name in _inline(element)
        ]
        return found + [
            f"an image without alt: {image.get('src')}"
            for image in self.every("img")
            if image.get("alt") is None
        ]

    def _unlabelled(self) -> list[str]:
        labelled = {label.get("for") for label in self.every("label")}
        wrapped = {
            id(field) for label in self.every("label") for field in label.iter() if field.tag in _FIELDS
        }
        return [
            field.get("name") or field.get("id") or field.tag
            for tag in _FIELDS
            for field in self.every(tag)
            if field.get("type", "text") not in _UNLABELLED
            and field.get("id") not in labelled
            and id(field) not in wrapped
            and not field.get("aria-label")
            and not field.get("aria-labelledby")
        ]


def parse(html: str) -> Element:
    """The document, by the parsing rules of HTML with every error an error. Raises html5lib's ParseError."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(html)
    return root


def text_of(element: Element) -> str:
    """The text inside an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def filled_in(form: Element) -> dict[str, Any]:
    """What a form would send as it stands."""
    values: dict[str, Any] = {}
    for field in form.iter("input"):
        name, kind = field.get("name"), field.get("type", "text")
        if (
            not name
            or kind in ("submit", "file")
            or (kind in ("radio", "checkbox") and field.get("checked") is None)
        ):
            continue
        values[name] = field.get("value", "on" if kind == "checkbox" else "")
    for area in form.iter("textarea"):
        values[area.get("name", "")] = area.text or ""
    for select in form.iter("select"):
        chosen = [one for one in select.iter("option") if one.get("selected") is not None] or list(
            select.iter("option")
        )[:1]
        values[select.get("name", "")] = [one.get("value", text_of(one)) for one in chosen]
    return values


def _buttons(form: Element) -> dict[str, Element]:
    return {text_of(button): button for button in form.iter("button")}


def _pressed(form: Element, text: str | None) -> dict[str, str]:
    button = _buttons(form).get(text or "")
    if button is None or not button.get("name"):
        return {}
    return {button.get("name", ""): button.get("value", "")}


def _is_protected(form: Element) -> bool:
    if form.get("method", "get").lower() != "post":
        return True
    return any(field.get("name") == "csrf_token" and field.get("value") for field in form.iter("input"))


def _inline(element: Element) -> list[str]:
    # The content security policy would leave these without effect.
    return [name for name in element.attrib if name == "style" or name.startswith("on")]
