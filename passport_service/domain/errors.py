"""What the service says when it will not do a thing; each door translates it once."""


class Refused(Exception):
    """A request that is not carried out and leaves no trace but its refusal.

    ``code`` is one of the words of the interface (``MALFORMED``, ``NOT_ALLOWED`` …), ``message`` a plain sentence for a
    person, ``where`` the field or path that is at fault, if one is.
    """

    def __init__(self, code: str, message: str, where: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.where = where
        self.codes: tuple[str, ...] = (code,)
