"""Files that travel with the package: bank holidays of 2012 to 2030, in the government's shape; the API's description."""

from importlib.resources import files


def read_bank_holidays() -> str:
    """The shipped bank holidays of England and Wales as JSON text: what holds until an import (R15.1)."""
    return files(__name__).joinpath("bank_holidays.json").read_text(encoding="utf-8")


def read_openapi() -> str:
    """The description of the API for programs, as JSON text."""
    return files(__name__).joinpath("openapi.json").read_text(encoding="utf-8")
