"""Headers that limit what a browser does with a page: a Content-Security-Policy with a nonce, and its companions."""

import secrets

from flask import Flask, Response, abort, g, request

from passport_service.config import Settings
from passport_service.doors import MACHINE_DOORS, deployment

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def nonce() -> str:
    """The word, new for each request, without which an inline script does not run."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def content_security_policy() -> str:
    """Only what this service itself serves; nothing inline but by nonce, nothing framed, no form sent elsewhere."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce()}'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def secure(app: Flask, settings: Settings) -> None:
    """Sets the headers on every answer, and refuses what no person can have typed."""
    app.before_request(_refuse_nul)

    @app.after_request
    def _headers(answer: Response) -> Response:
        if request.blueprint in MACHINE_DOORS:
            answer.headers.extend(deployment().machine_headers)
            return answer
        if not settings.demo:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        _limit_page(answer)
        return answer


def _limit_page(answer: Response) -> None:
    for name, value in _ALWAYS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    answer.headers.setdefault("Content-Security-Policy", content_security_policy())
    if request.endpoint == "static" and "v" in request.args:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")  # pages are about people


def _refuse_nul() -> None:
    """No text of a page holds a NUL, and PostgreSQL stores none; programs send bodies of their own, checked elsewhere."""
    if request.blueprint in MACHINE_DOORS:
        if "\x00" in request.path:
            abort(400, "No address has a NUL (%00) in it.")
        return
    sent = [one for _, one in (*request.args.items(multi=True), *request.form.items(multi=True))]
    if any("\x00" in one for one in (request.path, *sent)):
        abort(400)
