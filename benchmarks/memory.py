"""Resident memory of a web process and the worker at work: python -m benchmarks.memory

Both are real processes over a database with the people of benchmarks/decision.py. The web process has answered pages and
requests of both doors; the worker has run every job once, the self-check among them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.decision import made_people
from passport_service.store import job_runs
from passport_service.store.database import Store, migrate, open_store

GOAL_MB = 150
PORT = 18_473
REQUESTS = 300
PATHS = ("/", "/privacy", "/xapi/about", "/api/v1/openapi.json", "/api/v1/events")
WEB = f"""
from waitress import serve
from passport_service.app import create_app
from passport_service.config import load_settings
serve(create_app(load_settings()), host="127.0.0.1", port={PORT}, threads=4)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/passport.sqlite"
        store = open_store(url, create=True)
        migrate(store)
        made_people(store, given.people)
        environment = {
            **os.environ,
            "PASSPORT_DATABASE_URL": url,
            "PASSPORT_DATA_FOLDER": folder,
            "PASSPORT_SECRET_KEY": "b" * 40,
            "PASSPORT_PUBLIC_URL": "https://localhost",
        }
        web = _measured(["-c", WEB], environment, _ask)
        worker = _measured(["-m", "passport_service", "worker"], environment, lambda: _wait_for_jobs(store))
        store.close()
    for name, (now, most) in {"web": web, "worker": worker}.items():
        print(f"{name}: {now:.0f} MB resident, {most:.0f} MB at most; goal {GOAL_MB} MB each")


def _measured(
    words: list[str], environment: dict[str, str], at_work: Callable[[], None]
) -> tuple[float, float]:
    process = subprocess.Popen(
        [sys.executable, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        at_work()
        return _megabytes(process.pid, "VmRSS"), _megabytes(process.pid, "VmHWM")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _megabytes(process: int, name: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def _ask() -> None:
    for number in range(REQUESTS):
        path = PATHS[number % len(PATHS)]
        for _ in range(200):
            try:
                connection = HTTPConnection("127.0.0.1", PORT, timeout=10)
                connection.request("GET", path, headers={"Host": "localhost"})
                connection.getresponse().read()
                connection.close()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)


def _wait_for_jobs(store: Store) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        last = job_runs.last_runs(store)
        if "clean-up" in last and all(one.state != "running" for one in last.values()):
            return
        time.sleep(0.2)
    raise SystemExit("the worker did not run its jobs")


if __name__ == "__main__":
    main()
