"""Documents: bytes of any type, the tag that tells one content from another, and what a POST makes of two of them."""

import re
from dataclasses import dataclass
from hashlib import sha1

import msgspec
import orjson

from passport_service.xapi.errors import Invalid

RULE = "Communication 2.2"
JSON = "application/json"
# Sent without a type, a body is bytes and nothing more (RFC 2616 §7.2.1).
UNTYPED = "application/octet-stream"
# A media type with its parameters, as it can be sent back in a header (RFC 2616 §3.7).
TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?:;[ -~]*)?")
LONGEST_TYPE = 255
PROPERTIES = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Content:
    """What a document holds: its bytes as they were sent, and the content type that came with them."""

    type: str
    data: bytes

    @property
    def is_json(self) -> bool:
        return self.type.partition(";")[0].strip().lower() == JSON

    @property
    def tag(self) -> str:
        """40 hexadecimal digits, the SHA-1 of the bytes: the entity tag without its quotes (Communication 3.1)."""
        return sha1(self.data, usedforsecurity=False).hexdigest()


def check_type(text: str) -> None:
    if len(text) > LONGEST_TYPE or TYPE.fullmatch(text) is None:
        raise Invalid(RULE, "must be a media type such as application/json", "Content-Type")


def posted_onto(existing: Content | None, posted: Content) -> Content:
    """What is there after a POST: the posted object, over the existing one's properties if there is one.

    Only the top level is merged, and each value keeps its own bytes, so that numbers keep their digits. Raises Invalid
    when either is not a JSON object sent as such.
    """
    changed = properties_of(
        posted, "must be a JSON object sent as application/json, as only those can be merged"
    )
    if existing is None:
        return posted
    kept = properties_of(
        existing, "cannot be merged into the document that is there, which is no JSON object"
    )
    return Content(posted.type, msgspec.json.encode(kept | changed))


def properties_of(content: Content, otherwise: str) -> dict[str, msgspec.Raw]:
    """The properties of a JSON object, each with its own bytes. Raises Invalid, in the words of ``otherwise``."""
    try:
        if content.is_json and type(orjson.loads(content.data)) is dict:
            return PROPERTIES.decode(content.data)
    except (ValueError, RecursionError):
        pass
    raise Invalid(RULE, otherwise, "document")
