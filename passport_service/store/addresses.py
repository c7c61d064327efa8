"""Where a database is, and why it cannot be reached, as an operator reads it: never with the password."""

import re

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from passport_service.store.engines import sqlite_path

UNREADABLE = (
    "this is no address of a database; in the password, write % as %25, "
    "@ as %40, / as %2F, : as %3A, # as %23 and ? as %3F"
)


def cannot_connect(url: str, fault: Exception) -> str:
    """One line: ``cannot connect to HOST:PORT/NAME: why``, or for SQLite the file, from what the driver raised."""
    said = str(fault).strip().partition("\n")[0]
    if url.startswith("sqlite:"):
        return f"cannot open {sqlite_path(url)}: {said}"
    account_and_host, *rest = re.split("[/?#]", url.partition("://")[2])
    if account_and_host.count("@") > 1 or "@" in "".join(
        rest
    ):  # a part of the password is taken for the host
        return UNREADABLE
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        return UNREADABLE
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    name = parts.get("dbname") or parts.get("user") or ""
    why = said.rpartition(" failed: ")[2].removeprefix("FATAL:").strip()
    if password := parts.get("password"):
        why = why.replace(str(password), "…")
    return f"cannot connect to {host}:{parts.get('port') or 5432}/{name}: {why}"
