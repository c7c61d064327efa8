"""Every table of the service, one module per area. ``all_tables()`` is what the schema is checked against."""

from passport_service.store.database import Row
from passport_service.store.tables import access, documents, keeping, ledger, people, statements, work


def all_tables() -> list[type[Row]]:
    """Every table class declared in this package."""
    return [one for one in Row.__subclasses__() if one.__module__.startswith(__name__)]


__all__ = ["access", "all_tables", "documents", "keeping", "ledger", "people", "statements", "work"]
