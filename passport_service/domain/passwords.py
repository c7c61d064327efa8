"""What a password may be: long, and not one that anybody would try first (D.18.2). No rules of composition."""

import re
import unicodedata
from collections.abc import Iterable

from passport_service.domain.errors import Refused

SHORTEST = 12
LONGEST = 200
FEW_LETTERS = 4  # a password of fewer different characters is a pattern

_COMMON = [
    "password",
    "passwort",
    "passw0rd",
    "letmein",
    "welcome",
    "changeme",
    "iloveyou",
    "qwerty",
    "qwertyuiop",
    "asdfgh",
    "asdfghjkl",
    "zxcvbn",
    "zxcvbnm",
    "administrator",
    "admin",
    "secret",
    "dragon",
    "monkey",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "batman",
    "trustno",
    "summer",
    "winter",
    "spring",
    "autumn",
    "monday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "council",
    "social",
    "worker",
    "socialworker",
    "england",
    "london",
    "passport",
    "training",
    "login",
    "master",
    "hello",
    "test",
    "temp",
    "demo",
    "the",
    "and",
    "of",
    "my",
    "me",
    "new",
    "one",
    "two",
    "three",
    "abc",
    "xyz",
]
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")


def normalised(password: str) -> str:
    """The password in the one form that is hashed: keyboards write the same letter in several ways."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, known: Iterable[str] = (), where: str = "password") -> None:
    """Raises Refused MALFORMED for a password that is too short, too long, or easily guessed.

    ``known`` are words that others know of the person or the service: their name, their address, the council.
    """
    text = normalised(password)
    if len(text) < SHORTEST:
        raise Refused(
            "MALFORMED", f"Use at least {SHORTEST} characters. Three random words work well.", where
        )
    if len(text) > LONGEST:
        raise Refused("MALFORMED", f"Use at most {LONGEST} characters.", where)
    if len(set(text.casefold())) < FEW_LETTERS or _is_made_of(text, [*_COMMON, *_words(known)]):
        raise Refused(
            "MALFORMED", "This is easy to guess. Choose words that have nothing to do with you.", where
        )


def _words(known: Iterable[str]) -> list[str]:
    return [word for text in known for word in re.split(r"[^a-z0-9]+", text.casefold()) if len(word) > 2]


def _is_made_of(text: str, words: Iterable[str]) -> bool:
    """Whether little is left when words that anybody would try, and rows of keys, are taken out."""
    plain = text.casefold()
    return min(len(_without(plain, words)), len(_without(plain.translate(_LOOKALIKES), words))) < FEW_LETTERS


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(set(words), key=len, reverse=True):
        text = text.replace(word, " ")
    text = re.sub(r"[\W_]+|[0-9]+", " ", _without_rows(text))
    return "".join(text.split())


def _without_rows(text: str) -> str:
    """The text without runs of four or more neighbours on the keyboard or in the alphabet, either way round."""
    kept = ""
    place = 0
    while place < len(text):
        length = _row_length(text, place)
        kept += "" if length >= 4 else text[place : place + length]
        place += length
    return kept


def _row_length(text: str, place: int) -> int:
    longest = 1
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        length = 1
        while place + length < len(text) and text[place : place + length + 1] in row:
            length += 1
        longest = max(longest, length)
    return longest
