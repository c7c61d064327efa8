"""Signed webhooks: another system is told of what happens to passports, as https://www.standardwebhooks.com says."""

from integrations.webhook.sending import tell
from passport_service.plugins import Plugins


def register(plugins: Plugins) -> None:
    """Contribute the forwarder named `webhook`."""
    plugins.add_forwarder("webhook", tell)
