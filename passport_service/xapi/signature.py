"""Signed statements (Data 2.6): whether a JSON web signature is well formed and signs the statement it came with.

The standard means this to catch mistakes. Whom to trust is another question, and nobody here relies on a signature.
"""

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from hashlib import sha256, sha384, sha512
from typing import Any

from passport_service.xapi.certificates import NotReadable, rsa_key_of, signed_by
from passport_service.xapi.compare import fingerprint
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import Attached
from passport_service.xapi.reading import read_json
from passport_service.xapi.statement import check_statement
from passport_service.xapi.versions import Version

RULE = "Data 2.6"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
CONTENT_TYPE = "application/octet-stream"
ENCODED = re.compile(rb"[A-Za-z0-9_\-]+")
LONGEST = 1_048_576
ALGORITHMS = {"RS256": sha256, "RS384": sha384, "RS512": sha512}


def check_signatures(
    statement: Mapping[str, Any],
    received: Mapping[str, Attached],
    place: int,
    version: Version = Version.V1,
) -> None:
    """Checks every signature among a statement's attachments whose data came along (by SHA-2). Raises Invalid."""
    for number, attachment in enumerate(statement.get("attachments", ())):
        if attachment["usageType"] != SIGNATURE:
            continue
        try:
            if attachment["contentType"] != CONTENT_TYPE:
                raise Invalid(RULE, f"must be {CONTENT_TYPE} for a signature", "contentType")
            data = received.get(attachment["sha2"].lower())
            if data is not None:
                check_signature(statement, small(data), version)
        except Invalid as fault:
            for key in (number, "attachments", place, "statements"):
                fault.under(key)
            raise


def small(data: Attached) -> bytes:
    if data.size > LONGEST:
        raise Invalid(RULE, f"is longer than {LONGEST} bytes, as no signature is")
    return data.content()


def check_signature(statement: Mapping[str, Any], data: bytes, version: Version = Version.V1) -> None:
    """A compact JWS by RS256, RS384 or RS512 whose payload is the statement before it was signed."""
    parts = data.strip().split(b".")
    if len(parts) != 3:
        raise Invalid(RULE, "is not a JSON web signature in its compact form")
    try:
        header, payload, signature = (decoded(part) for part in parts)
    except ValueError:
        raise Invalid(RULE, "is not a JSON web signature in its compact form") from None
    about = read_json(header)
    algorithm = about.get("alg") if isinstance(about, dict) else None
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Invalid(RULE, "must be signed by RS256, RS384 or RS512")
    check_payload(statement, payload, version)
    if "x5c" in about:
        check_certificate(about, parts[0] + b"." + parts[1], signature)


def decoded(part: bytes) -> bytes:
    """What a part holds (RFC 7515 §2: base64url without padding). Raises ValueError."""
    if ENCODED.fullmatch(part) is None:
        raise ValueError("not base64url")
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def check_payload(statement: Mapping[str, Any], payload: bytes, version: Version) -> None:
    signed = read_json(payload)
    try:
        check_statement(signed, version)
    except Invalid:
        raise Invalid(RULE, "signs something that is not a valid statement") from None
    # What the signer left out, a store on the way may have assigned (Data 2.3.1).
    timed = "timestamp" in signed
    known = fingerprint(unsigned(signed), with_timestamp=timed)
    if known != fingerprint(unsigned(statement), with_timestamp=timed) or is_renamed(signed, statement):
        raise Invalid(RULE, "signs another statement than the one it came with")


def is_renamed(signed: Mapping[str, Any], statement: Mapping[str, Any]) -> bool:
    """Whether both name an id, and not the same: a signature does not make a second fact of one."""
    ids = {one["id"].lower() for one in (signed, statement) if "id" in one}
    return len(ids) > 1


def unsigned(statement: Mapping[str, Any]) -> dict[str, Any]:
    """The statement before its signatures were added."""
    others = [one for one in statement.get("attachments", ()) if one["usageType"] != SIGNATURE]
    bare = {name: value for name, value in statement.items() if name != "attachments"}
    return bare | {"attachments": others} if others else bare


def check_certificate(about: Mapping[str, Any], signed: bytes, signature: bytes) -> None:
    """The signature fits the first certificate of the header's chain (RFC 7515 §4.1.6)."""
    try:
        modulus, exponent = rsa_key_of(b64decode(about["x5c"][0], validate=True))
    except (NotReadable, ValueError, TypeError, LookupError):
        raise Invalid(RULE, "has an x5c header without a readable RSA certificate") from None
    algorithm = ALGORITHMS[about["alg"]]
    if not signed_by(modulus, exponent, algorithm(signed), signature):
        raise Invalid(RULE, "does not fit the certificate in its header")
