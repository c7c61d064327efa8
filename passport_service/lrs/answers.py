"""Answers to a GET, with the tag by which a sender knows whether what it has is still what is there."""

from datetime import datetime
from hashlib import sha1

from flask import Response

from passport_service.xapi.timestamps import http_date


def tagged(body: bytes, content_type: str, changed_at: datetime | None = None) -> Response:
    """200 with a body, its ETag (Communication 3.1: the SHA-1 of what is sent, in quotes), and when it last changed."""
    answer = Response(body, content_type=content_type)
    answer.headers["ETag"] = f'"{sha1(body, usedforsecurity=False).hexdigest()}"'
    if changed_at is not None:
        answer.headers["Last-Modified"] = http_date(changed_at)
    return answer
