"""Other learning record stores: those that cannot push are read, and told of passports.

Built on `tincan`, over a connection with limits of its own: a time-out for the whole exchange, a size limit,
no redirects, no private addresses unless allowed, and the address that was checked is the one that is called.
Its models are used for what we write; what we read is kept as it came, because they drop what they do not
know.
"""

from integrations.lrs.forward import forward
from integrations.lrs.pull import pull
from passport_service.plugins import Plugins


def register(plugins: Plugins) -> None:
    """Contribute the puller and the forwarder, both named `lrs`."""
    plugins.add_puller("lrs", pull)
    plugins.add_forwarder("lrs", forward)
