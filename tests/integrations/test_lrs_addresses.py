"""Outbound calls reach public hosts, and private ones only when the council has named them."""

import shutil
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from threading import Event, Thread

import pytest

from integrations.lrs import addresses
from integrations.lrs.addresses import (
    NotAllowed,
    Unreachable,
    find_target,
    is_public,
    origin_of,
    resolve_in_time,
)
from integrations.lrs.client import BoundedStore
from integrations.lrs.settings import StoreSettings, read_settings
from tests.integrations.fake_store import FakeStore, send, serving
from tests.waiting import PATIENCE

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_a_network_is_not_public_however_it_is_written(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_open_internet_is_public(address):
    assert is_public(ip_address(address))


def answering(*addresses: str):
    return lambda host, port, seconds: addresses


def test_a_public_host_may_be_called_at_the_address_that_was_checked():
    target = find_target("https://Store.Example/xapi/", resolve=answering("1.1.1.1"))
    assert (target.host, target.port, target.addresses) == ("store.example", 443, ("1.1.1.1",))


@pytest.mark.parametrize("answers", [("10.0.0.1",), ("1.1.1.1", "127.0.0.1"), ("::1",), ("fe80::1%eth0",)])
def test_a_name_with_any_private_address_is_refused(answers):
    with pytest.raises(NotAllowed, match="private address"):
        find_target("https://store.example/", resolve=answering(*answers))


def test_a_named_host_may_have_a_private_address_and_no_other_host():
    allowed = {"allowed_private_hosts": ("Store.internal",), "resolve": answering("10.0.0.1")}
    assert find_target("https://store.internal/", **allowed).addresses == ("10.0.0.1",)
    with pytest.raises(NotAllowed):
        find_target("https://other.internal/", **allowed)


@pytest.mark.parametrize(
    "form", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "localhost"]
)
def test_loopback_is_refused_in_every_form_the_resolver_understands(form):
    with pytest.raises(Unreachable):
        find_target(f"https://{form}/xapi/")


@pytest.mark.parametrize(
    "url",
    [
        "http://store.example/",
        "ftp://store.example/",
        "file:///etc/passwd",
        "//x/",
        "https://",
        "store.example",
    ],
)
def test_only_https_is_called_unless_http_is_allowed(url):
    with pytest.raises(NotAllowed):
        find_target(url, resolve=answering("1.1.1.1"))


def test_credentials_do_not_belong_in_an_address():
    with pytest.raises(NotAllowed, match="password"):
        origin_of("https://user:secret@store.example/")


def test_a_name_that_is_not_resolved_in_time_is_given_up(monkeypatch):
    ended = Event()
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: ended.wait(PATIENCE) and [])
    began = time.monotonic()
    assert resolve_in_time("store.example", 443, 0.2) == ()
    assert time.monotonic() - began < PATIENCE / 2
    ended.set()


def test_a_name_that_answers_differently_the_second_time_changes_nothing():
    asked = []

    def rebinding(host, port, seconds):
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("192.0.2.99",)

    with serving(FakeStore()) as fake:
        endpoint = fake.endpoint.replace("127.0.0.1", "rebind.example")
        settings = StoreSettings(endpoint, allow_http=True, allowed_private_hosts=("rebind.example",))
        store = BoundedStore(settings, resolve=rebinding)
        store.first_page(None, 10)
        store.first_page(None, 10)
        assert (len(fake.requests), len(asked)) == (2, 1)


def test_a_host_is_reached_at_its_next_address_when_the_first_does_not_answer():
    with serving(FakeStore()) as fake:
        endpoint = fake.endpoint.replace("127.0.0.1", "store.example")
        settings = StoreSettings(endpoint, allow_http=True, allowed_private_hosts=("store.example",))
        store = BoundedStore(settings, resolve=answering("127.0.0.99", "127.0.0.1"))
        assert store.first_page(None, 10).statements == []


def test_the_secret_is_not_shown_with_the_settings():
    assert "s3cret" not in repr(StoreSettings("https://store.example/", key="a", secret="s3cret"))


def test_a_setting_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="timeout"):
        read_settings({"endpoint": "https://store.example/", "timeout": 3})


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-addext", "subjectAltName=DNS:store.example", "-subj", "/CN=store.example"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *names]
    subprocess.run(made, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure_port(certificate):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            send(self, 200, b'{"statements": [], "more": ""}')

        def log_message(self, *_):
            pass

    class Server(HTTPServer):
        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def secure(host: str, port: int, trust: ssl.SSLContext | None) -> BoundedStore:
    settings = StoreSettings(
        f"https://{host}:{port}/xapi/", allowed_private_hosts=(host,), exchange_seconds=60
    )
    return BoundedStore(settings, resolve=answering("127.0.0.1"), trust=trust)


def test_the_certificate_is_checked_for_the_name_though_the_address_is_pinned(certificate, secure_port):
    trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    assert secure("store.example", secure_port, trust).first_page(None, 1).statements == []
    with pytest.raises(Unreachable, match="could not be trusted"):
        secure("other.example", secure_port, trust).first_page(None, 1)


def test_a_certificate_nobody_vouches_for_is_refused(secure_port):
    with pytest.raises(Unreachable, match="could not be trusted"):
        secure("store.example", secure_port, None).first_page(None, 1)
