"""Notices leave by mail or into a folder: whole, once, to one person, and with no header but ours."""

import smtplib
import threading
from email import message_from_bytes, policy

import pytest

from integrations.outbox_file.delivery import file_name, folder_delivery
from integrations.smtp.delivery import mail_delivery
from passport_service.plugins import Message, NotDelivered

GOOD = Message(
    id="N-000001",
    to="asha@council.example",
    subject="Your passport is active – well done",
    text="Dear Asha,\n\nYour passport is active.\n",
    html="<p>Your passport is <strong>active</strong>.</p>",
)

MAIL = {
    "smtp_host": "localhost",
    "smtp_security": "none",
    "mail_from": "Passports <passports@council.example>",
}


class Server:
    """Stands in for `smtplib.SMTP`, with its signatures."""

    sent: list = []
    fault: Exception | None = None

    def __init__(self, host, port, timeout):
        self.steps = [("connect", host, port, timeout)]
        Server.last = self

    def starttls(self, *, context):
        self.steps.append(("starttls", context.check_hostname))

    def login(self, username, password):
        self.steps.append(("login", username, password))

    def send_message(self, letter):
        if Server.fault:
            raise Server.fault
        Server.sent.append(letter)

    def close(self):
        self.steps.append(("close",))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(smtplib, "SMTP", Server)
    Server.sent, Server.fault = [], None
    return Server


def test_a_letter_has_plain_text_with_html_beside_it(server):
    mail_delivery(MAIL)(GOOD)
    (letter,) = server.sent
    assert letter["To"] == "asha@council.example"
    assert letter["Subject"] == GOOD.subject
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert letter.get_body(("plain",)).get_content() == GOOD.text
    assert letter["Auto-Submitted"] == "auto-generated"


def test_the_same_notice_has_the_same_message_id_each_time(server):
    deliver = mail_delivery(MAIL)
    deliver(GOOD)
    deliver(GOOD)
    assert {letter["Message-ID"] for letter in server.sent} == {"<N-000001@council.example>"}


def test_the_connection_is_encrypted_before_the_password_is_sent(server):
    given = {
        **MAIL,
        "smtp_host": "mail.example",
        "smtp_security": "starttls",
        "smtp_username": "u",
        "smtp_password": "p",
    }
    mail_delivery(given)(GOOD)
    assert server.last.steps == [
        ("connect", "mail.example", 587, 20.0),
        ("starttls", True),
        ("login", "u", "p"),
        ("close",),
    ]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("to", "asha@council.example\r\nBcc: all@council.example"),
        ("to", "asha@council.example\n"),
        ("subject", "Hello\nBcc: all@council.example"),
        ("subject", "Hello\u2028Bcc: all@council.example"),
        ("id", "N-1>\r\nBcc: all@council.example"),
        ("to", "asha@council.example, rhys@council.example"),
        ("to", "Asha <asha@council.example>"),
        ("to", "no address"),
        ("to", ""),
        ("to", "a" * 300 + "@council.example"),
    ],
)
def test_a_header_cannot_be_forged_and_a_notice_goes_to_one_person(server, part, value):
    forged = Message(**{name: getattr(GOOD, name) for name in GOOD.__slots__} | {part: value})
    with pytest.raises(NotDelivered) as refusal:
        mail_delivery(MAIL)(forged)
    assert refusal.value.again is False
    assert server.sent == []


def test_an_id_with_unusual_characters_still_makes_a_message_id_of_its_own(server):
    deliver = mail_delivery(MAIL)
    for one in ("a/b", "a b", "a:b"):
        deliver(Message(one, GOOD.to, GOOD.subject, GOOD.text))
    assert len({letter["Message-ID"] for letter in server.sent}) == 3


FAULTS = [
    (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no such user")}), False),
    (smtplib.SMTPRecipientsRefused({"a@b": (450, b"greylisted")}), True),
    (smtplib.SMTPDataError(554, b"spam"), False),
    (smtplib.SMTPDataError(451, b"later"), True),
    (smtplib.SMTPSenderRefused(550, b"who are you", "x"), True),
    (smtplib.SMTPAuthenticationError(535, b"wrong password"), True),
    (smtplib.SMTPServerDisconnected("gone"), True),
    (TimeoutError("slow"), True),
    (ConnectionRefusedError(), True),
]


@pytest.mark.parametrize(("fault", "again"), FAULTS)
def test_a_failure_says_whether_another_try_is_worth_it(server, fault, again):
    server.fault = fault
    with pytest.raises(NotDelivered) as refusal:
        mail_delivery(MAIL)(GOOD)
    assert refusal.value.again is again
    assert server.last.steps[-1] == ("close",)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"smtp_host": ""}, "smtp_host"),
        ({"mail_from": "nobody"}, "mail_from"),
        ({"mail_from": "a@b.example\nBcc: x@y.example"}, "mail_from"),
        ({"smtp_security": "maybe"}, "smtp_security"),
        ({"smtp_host": "mail.example"}, "smtp_security"),
    ],
)
def test_a_wrong_mail_setting_is_named(given, name):
    with pytest.raises(ValueError, match=name):
        mail_delivery({**MAIL, **given})


# The folder


def read(path):
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_a_notice_becomes_one_file_that_a_person_and_a_mail_program_can_read(tmp_path):
    folder_delivery({"outbox_folder": tmp_path / "outbox"})(GOOD)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == "N-000001.eml"
    assert "Subject: Your passport is active – well done" in path.read_text(encoding="utf-8")
    assert read(path).get_body(("plain",)).get_content() == GOOD.text
    assert read(path).get_body(("html",)).get_content().strip() == GOOD.html


def test_the_same_notice_twice_is_one_file_and_the_first_stays(tmp_path):
    deliver = folder_delivery({"outbox_folder": tmp_path})
    deliver(GOOD)
    before = (tmp_path / "N-000001.eml").read_bytes()
    deliver(Message(GOOD.id, GOOD.to, "Another subject", "Another text"))
    assert [one.name for one in tmp_path.iterdir()] == ["N-000001.eml"]
    assert (tmp_path / "N-000001.eml").read_bytes() == before


def test_many_writers_of_one_notice_leave_one_whole_file(tmp_path):
    deliver = folder_delivery({"outbox_folder": tmp_path})
    writers = [threading.Thread(target=deliver, args=(GOOD,)) for _ in range(8)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert [one.name for one in tmp_path.iterdir()] == ["N-000001.eml"]


def test_no_id_leads_out_of_the_folder_and_different_ids_have_different_files(tmp_path):
    ids = ["../../etc/passwd", "/etc/passwd", "..", "", "N-1", "N.1", "N 1", "x" * 400, "x" * 401, "CON\\a"]
    names = [file_name(one) for one in ids]
    assert len(set(names)) == len(ids)
    assert all("/" not in name and "\\" not in name and len(name) < 120 for name in names)
    assert not any(name.startswith(".") for name in names)


def test_the_folder_is_for_the_services_own_account(tmp_path):
    folder_delivery({"outbox_folder": tmp_path / "outbox"})(GOOD)
    folder = tmp_path / "outbox"
    assert folder.stat().st_mode & 0o077 == 0
    assert next(folder.iterdir()).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_named_at_the_start_or_tried_again_later(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match="outbox_folder"):
        folder_delivery({"outbox_folder": tmp_path / "file"})
    with pytest.raises(ValueError, match="outbox_folder"):
        folder_delivery({})
    deliver = folder_delivery({"outbox_folder": tmp_path / "gone"})
    (tmp_path / "gone").rmdir()
    with pytest.raises(NotDelivered) as refusal:
        deliver(GOOD)
    assert refusal.value.again is True
