"""gunicorn's worker of threads (Procfile), which answers in the service's words what gunicorn itself refuses, leaves nobody
without an answer when it stops, and does not end the service because the database is away for a while.

gunicorn's master imports this module before it forks, and keeps it when it loads the service anew; so it knows nothing of
the service but what the application offers.
"""

import time
from contextlib import suppress
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

AWAY = 75  # how a worker ends that cannot reach the database: EX_TEMPFAIL, "try again later"
PAUSE = 5  # seconds before the next is started


class Listener:
    """Stands where the client would, and hears the page of HTML that gunicorn answers with."""

    def __init__(self) -> None:
        self.heard = b""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, data: bytes) -> None:
        self.heard += data

    @property
    def status(self) -> int:
        return int(self.heard.split(b" ", 2)[1])


class Worker(ThreadWorker):
    """``gthread``, whose refusals have the one JSON shape. They are logged by gunicorn, as ever."""

    def load_wsgi(self) -> None:
        """As gthread; and where the database is away, ends the service only if it has just been started.

        Who starts a service wants to know at once that it cannot run. But one that runs is not ended because a worker was
        killed during an outage: the next is started, and the one after it, until the database is back.
        """
        try:
            super().load_wsgi()
        except SystemExit as end:
            if end.code == AWAY:
                if self.age <= self.cfg.workers:
                    raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from end
                time.sleep(PAUSE)
            raise
        self.log.info("Worker ready (pid: %s)", self.pid)

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gthread; and when it stops, takes in who has come so far and lets nobody else in.

        gthread stops to accept, but listens on for the seconds in which it finishes: who connects then sends a request and is
        cut off without an answer. A connection that is refused at once can go to another node, with nothing sent.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._take_all(listener)
                listener.close()

    def _take_all(self, listener: Any) -> None:
        before = -1
        while before != self.nr_conns:
            before = self.nr_conns
            self.accept(listener)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers a request that could not be read, or in which the application failed before it answered."""
        instead = Listener()
        super().handle_error(req, instead, addr, exc)
        answer = self.wsgi.answer_unread(instead.status, exc, req)
        with suppress(OSError):  # the client may have gone by itself
            write_nonblock(client, answer)
