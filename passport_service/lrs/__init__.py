"""HTTP for learning systems: the xAPI resources under /xapi."""

from passport_service.lrs.routes import blueprint

__all__ = ["blueprint"]
