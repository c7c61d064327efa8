"""A large attachment in and out of a real server, and the memory that takes: python -m benchmarks.attachments

The web process is gunicorn's, as in the Procfile; the sender and the reader hold a piece at a time, too. The baseline is
what the disk does: the same bytes written to a file, synchronised, and read again.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from random import Random

import orjson

from passport_service.services import keys
from passport_service.store.database import migrate, open_store
from passport_service.xapi.multipart import Enclosed, write_multipart

GOAL_MB = 60
MB = 1024 * 1024
PORT = 18_474
PEPPER = "b" * 40
PIECE = Random(1).randbytes(MB)
STATEMENT = {
    "actor": {"mbox": "mailto:a@council.example"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
    "object": {"id": "https://moodle.example/course/view.php?id=1"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="of the attachment, in MB")
    parser.add_argument("--database", help="an empty PostgreSQL database, instead of SQLite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        disk = measured_disk(Path(folder) / "baseline", given.size)
        url = given.database or f"sqlite:///{folder}/passport.sqlite"
        authorization = made_key(url)
        with running(url, folder) as server:
            worker = worker_of(server)
            ask("GET", "/xapi/about", authorization).read()
            before = megabytes(worker, "VmRSS")
            sent, taken = round_trip(authorization, given.size)
            grown = megabytes(worker, "VmHWM") - before
            server.terminate()
    print(f"{given.size} MB in {sent:.1f} s, out {taken:.1f} s; the disk alone {disk:.1f} s")
    print(f"the web process grew by at most {grown:.0f} MB from {before:.0f} MB; goal {GOAL_MB} MB")


def measured_disk(file: Path, size: int) -> float:
    began = time.monotonic()
    with file.open("wb") as out:
        for piece in content(size):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    with file.open("rb") as there:
        while there.read(MB):
            pass
    file.unlink()
    return time.monotonic() - began


def content(size: int) -> Iterator[bytes]:
    for _ in range(size):
        yield PIECE


def made_key(url: str) -> str:
    store = open_store(url, create=True)
    migrate(store)
    now = datetime.now(UTC)
    made = keys.create(store, label="benchmark", purpose="xapi", pepper=PEPPER, by="admin", now=now)
    store.close()
    return "Basic " + b64encode(f"{made.key.id}:{made.secret}".encode()).decode()


def running(url: str, folder: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PASSPORT_DATABASE_URL": url,
        "PASSPORT_DATA_FOLDER": folder,
        "PASSPORT_SECRET_KEY": PEPPER,
        "PASSPORT_PUBLIC_URL": "https://localhost",
        "PASSPORT_ATTACHMENT_LIMIT": str(16 * 1024 * MB),
    }
    options = f"--no-control-socket --threads 8 --bind 127.0.0.1:{PORT} passport_service.wsgi:app"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options.split()], env=environment, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        try:
            ask("GET", "/xapi/about", "").read()
            return server
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def worker_of(server: subprocess.Popen[bytes]) -> int:
    return int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0])


def megabytes(process: int, name: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def ask(
    method: str,
    path: str,
    authorization: str,
    kind: str = "",
    size: int = 0,
    body: Iterator[bytes] | None = None,
) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", PORT, timeout=600)
    headers = {"Host": "localhost", "Authorization": authorization, "X-Experience-API-Version": "1.0.3"}
    if body is not None:
        headers |= {"Content-Type": kind, "Content-Length": str(size)}
    connection.request(method, path, body, headers)
    return connection.getresponse()


def round_trip(authorization: str, size: int) -> tuple[float, float]:
    """Seconds to send the attachment and have it acknowledged, and to take it back and find it the same."""
    digest = sha256()
    for piece in content(size):
        digest.update(piece)
    about = {
        "usageType": "http://x.example/recording",
        "display": {"en": "A recording"},
        "contentType": "video/mp4",
        "length": size * MB,
        "sha2": digest.hexdigest(),
    }
    one = Enclosed(digest.hexdigest(), "video/mp4", size * MB, lambda: content(size))
    kind, length, body = write_multipart(
        orjson.dumps(STATEMENT | {"attachments": [about]}), [one], "edge" * 12
    )
    began = time.monotonic()
    answer = ask("POST", "/xapi/statements", authorization, kind, length, body)
    assert answer.status == 200, answer.read()
    sent = time.monotonic() - began
    began = time.monotonic()
    answer = ask("GET", "/xapi/statements?attachments=true", authorization)
    end = b""
    while piece := answer.read(MB):
        end = (end + piece)[-MB:]
    assert answer.status == 200
    assert PIECE[-65_536:] in end
    return sent, time.monotonic() - began


if __name__ == "__main__":
    main()
