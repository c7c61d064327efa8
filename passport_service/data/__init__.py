"""Files that travel with the package: bank holidays of 2012 to 2030, in the government's shape; the descriptions of the doors
for programs; the words that statements are deflated against."""

from importlib.resources import files


def read_bank_holidays() -> str:
    """The shipped bank holidays of England and Wales as JSON text: what holds until an import (R15.1)."""
    return files(__name__).joinpath("bank_holidays.json").read_text(encoding="utf-8")


def read_openapi() -> str:
    """The description of the API for programs, as JSON text."""
    return files(__name__).joinpath("openapi.json").read_text(encoding="utf-8")


def read_xapi_openapi() -> str:
    """The description of the door of learning systems, as JSON text."""
    return files(__name__).joinpath("xapi.openapi.json").read_text(encoding="utf-8")


def read_payload_words(number: int) -> bytes:
    """The texts that statements are deflated against. A file that was ever released never changes."""
    return files(__name__).joinpath(f"payload-words-{number}.txt").read_bytes()
