"""HTTP for case systems: submit, check, confirm, decide, read a passport, follow what happens. See docs/api.md."""

from passport_service.api import description, draws, feed, passports, saying, work
from passport_service.api.door import blueprint

__all__ = ["blueprint", "description", "draws", "feed", "passports", "saying", "work"]
