"""A real Chromium, the service on loopback, and a page that axe looks at."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.store.database import Store
from tests.conftest import Clock, skip_or_fail
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
INSTALL = "no Chromium for the browser tests: apt-get install chromium"
# No sandbox as root in a container, and no talk with the maker's servers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    if found is None:
        skip_or_fail(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_app(tmp_path: Path, sqlite_store: Store, clock: Clock) -> Flask:
    """The service as the demo runs it: plain HTTP, on loopback."""
    settings = Settings(
        demo=True,
        public_url="http://127.0.0.1",
        data_folder=tmp_path,
        secret_key="a secret that is only ever used in tests",
    )
    return create_app(settings, sqlite_store, now=clock)


@pytest.fixture
def address(browser_app: Flask) -> Iterator[str]:
    """Where the service answers, on loopback."""
    server = make_server("127.0.0.1", 0, browser_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh browser window; what its console calls an error fails the test."""
    context = browser.new_context(base_url=address, locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(PATIENCE * 1000)
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    window.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield window
    context.close()
    assert not errors, errors


@pytest.fixture
def accessible(page: Page) -> Callable[[], None]:
    """Call it on each page of a journey: axe finds nothing to complain of."""

    def check() -> None:
        page.wait_for_load_state()  # a click returns before the page is whole
        # The content security policy keeps foreign scripts out, so axe comes in by the debugger, not by the page.
        page.evaluate(f"() => {{ {AXE.read_text()}; window.axe = window.axe || axe }}")
        found: dict[str, Any] = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG
        )
        problems = [
            (one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in found["violations"]
        ]
        assert not problems, f"{page.url}\n{json.dumps(problems, indent=1)}"

    return check
