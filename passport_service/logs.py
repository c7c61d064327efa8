"""How a line of the log looks: its moment, its level, who says it; the same in every process of the service."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def begin() -> None:
    """Sends what the service says to standard error, from INFO on; nothing happens where logging was set up before.

    gunicorn's own lines stay its own: its loggers hand nothing on.
    """
    logging.basicConfig(level=logging.INFO, format=FORMAT)
