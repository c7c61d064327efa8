"""Making the demonstration's data folder: the database, the key of its learning system, people to sign in as."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from passport_service.demo.county import LMS, Person
from passport_service.demo.plan import Fate
from passport_service.demo.play import play
from passport_service.demo.playing import Play
from passport_service.demo.systems import play_others
from passport_service.domain.calendar import business_date
from passport_service.durable import write_once
from passport_service.services import accounts, keys
from passport_service.store import deliveries, queries
from passport_service.store.database import Store, migrate, open_store

DATABASE = "demo.sqlite"
FACTS = "demo.json"
ADDRESS = "demo.address"

# Whom to sign in as: (what they show, role of the account, state of their passport or None)
STATES = ("active", "working_towards", "suspended", "revoked", "lapsed")
STAFF = ("workforce_development", "ccv_reviewer", "ccv_lead", "team_manager", "service_manager")


def facts_of(folder: Path) -> dict[str, str]:
    """What a made folder says of itself: secret of the site, key and secret of the learning system, a person to try."""
    found: dict[str, str] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    return found


def note_address(folder: Path, address: str) -> None:
    """Where the demonstration is served now, for what the commands say of it in another terminal."""
    (folder / ADDRESS).write_text(address, encoding="utf-8")


def address_of(folder: Path) -> str:
    """Where it was served last."""
    noted = folder / ADDRESS
    return noted.read_text(encoding="utf-8") if noted.exists() else "http://127.0.0.1:8000"


def is_made(folder: Path) -> bool:
    return (folder / FACTS).exists() and (folder / DATABASE).exists()


def make(folder: Path, *, draw_key: bytes, now: datetime, progress: Callable[[int, int], None]) -> None:
    """Make the county in a folder, all or nothing: an interrupted making is begun again."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f"unfinished-{DATABASE}"
    for left_over in (folder / FACTS, *folder.glob(f"unfinished-{DATABASE}*")):
        left_over.unlink(
            missing_ok=True
        )  # facts of another database would name keys that this one does not know
    secret = secrets.token_urlsafe(48)
    store = open_store(f"sqlite:///{unfinished.resolve()}", create=True)
    try:
        facts = _fill(store, secret, draw_key, now, progress)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        store.close()
    unfinished.rename(folder / DATABASE)
    for left_over in folder.glob(f"unfinished-{DATABASE}*"):
        left_over.unlink()
    write_once(folder / FACTS, json.dumps({"secret_key": secret, **facts}, indent=2).encode())


def _fill(
    store: Store, secret: str, draw_key: bytes, now: datetime, progress: Callable[[int, int], None]
) -> dict[str, str]:
    migrate(store)
    made = keys.create(
        store,
        label="Learning system (Moodle)",
        purpose="xapi",
        pepper=secret,
        by="demo",
        home_pages=[LMS],
        may_void=True,
        now=now - timedelta(days=760),
    )
    playing = play(store, key=made.key, draw_key=draw_key, today=business_date(now), progress=progress)
    play_others(store, made.key, playing.everybody, pepper=secret, now=now)
    deliveries.put_history_away(now)
    nearly, item = _somebody_nearly_there(store, playing)
    _open_accounts(store, playing, nearly.ref, now)
    return {
        "key": made.key.id,
        "key_secret": made.secret,
        "try_with": nearly.ref,
        "try_name": nearly.name,
        "try_item": item,
    }


def _somebody_nearly_there(store: Store, playing: Play) -> tuple[Person, str]:
    """Somebody with two approvals, no training yet, and a third item waiting for CCV."""
    for life in playing.lives:
        if life.fate is Fate.NEARLY:
            waiting = [
                one
                for one in queries.items_of(store, playing.streams[life.person.ref]).lines
                if one.status == "submitted"
            ]
            if waiting:
                return life.person, waiting[0].ref
    raise LookupError("nobody in the county is nearly there")


def _open_accounts(store: Store, playing: Play, nearly: str, now: datetime) -> None:
    """A dozen people, so that each role and each state of a passport can be looked at."""
    refs = [nearly]
    for state in STATES:
        found = queries.practitioners(store, state=state, size=200).lines
        refs += [one.ref for one in found if one.ref.startswith("PR") and one.ref != nearly][:1]
    for ref in refs:
        _open(store, playing, ref, now, [])
    chosen: dict[str, str] = {}
    for one in playing.everybody:
        if one.role in STAFF:
            chosen.setdefault(one.role, one.ref)
    for role, ref in chosen.items():
        _open(store, playing, ref, now, [role])
    for name, role in (("Site administrator", "administrator"), ("LMS administrator", "lms_administrator")):
        accounts.open_account(
            store, email=f"{role}@harrowmere.example", name=name, roles=[role], now=now, by="demo"
        )


def _open(store: Store, playing: Play, ref: str, now: datetime, roles: list[str]) -> None:
    person = next(one for one in playing.everybody if one.ref == ref)
    accounts.open_account(
        store, email=person.email, name=person.name, roles=roles, now=now, by="demo", who=ref
    )
