"""Files that travel with the package: the shipped bank holidays, 2012 to 2030, in the shape of the
government's JSON.
"""

from importlib.resources import files


def read_bank_holidays() -> str:
    """The shipped text of ``bank_holidays.json`` for England and Wales (R15.1: the fallback when nothing is
    imported).
    """
    return files(__name__).joinpath("bank_holidays.json").read_text(encoding="utf-8")
