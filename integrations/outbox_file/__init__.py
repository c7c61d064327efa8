"""Notices as files in a folder, for councils without a mail server yet and for the demonstration."""

from integrations.outbox_file.delivery import folder_delivery
from passport_service.plugins import Plugins


def register(plugins: Plugins) -> None:
    """Contribute the delivery named `outbox_file`."""
    plugins.add_delivery("outbox_file", folder_delivery)
