"""Ports on loopback for servers of the tests' own."""

import random
import socket

# Below those that the system gives to clients. A client that asks again and again for a port of that range where nobody
# listens is given it as its own one day, is connected with itself, and keeps the server from coming back.
RANGE = range(15_000, 30_000)


def free_port() -> int:
    """A port at which nobody listens, and which no client is given."""
    for port in random.SystemRandom().sample(RANGE, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("a hundred ports are taken")
