"""A body of several parts taken apart while it comes in, however it is cut into pieces (RFC 2046 §5.1).

Only what may yet turn out to be a boundary is held back, so memory stays that of one piece. Lines end with CR LF: with
anything less, nobody could say whether a line break belongs to an attachment or to the boundary after it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from passport_service.xapi.errors import Invalid

RULE = "Communication 1.5.2"
MOST_PARTS = 1_000
LONGEST_HEAD = 8_192  # bytes of the headers of one part, and of the padding of a boundary's line
PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""")
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
FOLDED = re.compile(rb"\r\n[ \t]+")
BREAK, GAP = b"\r\n", b"\r\n\r\n"

Headers = Mapping[str, str]


def boundary_of(content_type: str) -> bytes:
    """The boundary that a header names. Raises Invalid when it names none, or none that RFC 2046 allows."""
    for name, quoted, plain in PARAMETER.findall(content_type):
        if name.lower() == "boundary":
            found = re.sub(r"\\(.)", r"\1", quoted) or plain
            if BOUNDARY.fullmatch(found) is None:
                raise Invalid(RULE, "names a boundary that none can be", "Content-Type")
            return bytes(found, "ascii")
    raise Invalid(RULE, "must name a boundary", "Content-Type")


class Parts:
    """The parts of a body, each as its headers (names in lower case) and its content in pieces, to be taken in order.

    What stands before the first boundary and after the last is passed over. Raises Invalid, also in the midst.
    """

    def __init__(self, content_type: str, pieces: Iterable[bytes]) -> None:
        self._mark = b"\r\n--" + boundary_of(content_type)
        self._pieces = iter(pieces)
        self._held = BREAK  # so that a boundary at the very beginning follows a line break like any other

    def __iter__(self) -> Iterator[tuple[Headers, Iterator[bytes]]]:
        pass_over(self._content(0))
        count = 0
        while not self._is_last():
            count += 1
            if count > MOST_PARTS:
                raise Invalid(RULE, f"holds more than {MOST_PARTS} parts")
            content = self._content(len(BREAK))
            yield self._headers(), content
            pass_over(content)
        pass_over(self._pieces)

    def _content(self, skipped: int) -> Iterator[bytes]:
        """Everything up to the next boundary, but for the first bytes, which are the line break before it."""
        kept = len(self._mark) - 1
        while (place := self._held.find(self._mark)) < 0:
            if len(self._held) > kept + skipped:
                yield self._held[skipped:-kept]
                self._held, skipped = self._held[-kept:], 0
            self._fill()
        last = self._held[skipped:place]
        self._held = self._held[place + len(self._mark) :]
        if last:
            yield last

    def _is_last(self) -> bool:
        """Whether the boundary just passed is the closing one; otherwise its line must end, and its end is held."""
        while len(self._held) < 2:
            self._fill()
        if self._held.startswith(b"--"):
            return True
        place = self._find(BREAK, "has a boundary that does not end its line")
        if self._held[:place].strip(b" \t"):
            raise Invalid(RULE, "has a boundary that does not end its line")
        self._held = self._held[place:]
        return False

    def _headers(self) -> Headers:
        place = self._find(GAP, "has a part without an empty line after its headers")
        lines = FOLDED.sub(b" ", self._held[:place]).split(BREAK)[1:]
        self._held = self._held[place + len(BREAK) :]
        headers: dict[str, str] = {}
        for line in lines:
            found = HEADER.fullmatch(line)
            if found is None:
                raise Invalid(RULE, "has a part with a header that is none")
            name = found[1].decode("ascii").lower()
            if name in headers:
                raise Invalid(RULE, "has a part that names a header twice", name)
            headers[name] = found[2].decode("latin-1").rstrip(" \t")
        return headers

    def _find(self, wanted: bytes, otherwise: str) -> int:
        """Where it stands in what is held, which is filled for as long as a head may be."""
        while (place := self._held.find(wanted, 0, LONGEST_HEAD)) < 0:
            if len(self._held) > LONGEST_HEAD:
                raise Invalid(RULE, otherwise)
            self._fill()
        return place

    def _fill(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise Invalid(
                RULE,
                "does not hold parts between its boundaries, up to the closing one, in lines ended by CR LF",
            )
        self._held += piece


def pass_over(pieces: Iterable[bytes]) -> None:
    for _ in pieces:
        pass
