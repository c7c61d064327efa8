"""As much of X.509 and PKCS #1 as checking a well-formed signature takes: no trust is built on it."""

from collections.abc import Iterator
from typing import Protocol

SEQUENCE, INTEGER, BIT_STRING, VERSION = 0x30, 0x02, 0x03, 0xA0
# RFC 8017 §9.2: what stands before the digest inside a signature.
PREFIXES = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
LONGEST_KEY = 1024  # bytes


class NotReadable(ValueError):
    """Bytes that are not the certificate they should be."""


class Digest(Protocol):
    @property
    def name(self) -> str: ...
    def digest(self) -> bytes: ...


def rsa_key_of(certificate: bytes) -> tuple[int, int]:
    """Modulus and exponent of the RSA key in a DER certificate (RFC 5280 §4.1). Raises NotReadable."""
    body = first(first(certificate, SEQUENCE), SEQUENCE)
    fields = [value for tag, value in elements(body) if tag != VERSION]
    if len(fields) < 6:
        raise NotReadable("too few fields")
    # Serial, algorithm, issuer, validity, subject; then the key.
    key = [value for tag, value in elements(fields[5]) if tag == BIT_STRING]
    if not key:
        raise NotReadable("no key")
    numbers = [
        int.from_bytes(value) for tag, value in elements(first(key[0][1:], SEQUENCE)) if tag == INTEGER
    ]
    if len(numbers) != 2 or not 0 < numbers[0].bit_length() <= LONGEST_KEY * 8 or numbers[1] < 3:
        raise NotReadable("not an RSA key")
    return numbers[0], numbers[1]


def signed_by(modulus: int, exponent: int, digest: Digest, signature: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2)."""
    size = (modulus.bit_length() + 7) // 8
    told = PREFIXES[digest.name] + digest.digest()
    if len(signature) != size or size < len(told) + 11 or exponent.bit_length() > 64:
        return False
    expected = b"\x00\x01" + b"\xff" * (size - len(told) - 3) + b"\x00" + told
    return pow(int.from_bytes(signature), exponent, modulus).to_bytes(size) == expected


def first(data: bytes, wanted: int) -> bytes:
    tag, value = next(elements(data), (0, b""))
    if tag != wanted:
        raise NotReadable("another structure")
    return value


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The DER elements that follow one another: tag and value."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise NotReadable("cut off")
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            more = length & 0x7F
            length, start = int.from_bytes(data[start : start + more]), start + more
        end = start + length
        if end > len(data):
            raise NotReadable("cut off")
        yield tag, data[start:end]
        at = end
