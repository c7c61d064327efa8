"""Notices by mail, through the council's own mail server."""

from integrations.smtp.delivery import mail_delivery
from passport_service.plugins import Plugins


def register(plugins: Plugins) -> None:
    """Contribute the delivery named `smtp`."""
    plugins.add_delivery("smtp", mail_delivery)
