"""Every setting of the service, in one table: name, default, meaning.

Settings come from the environment as ``PASSPORT_<NAME>``, once, at the start, and do not change afterwards. A default is
safe in production. A value that cannot be right stops the start and is named, and so is a misspelt name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PASSPORT_"
PLUGIN_PREFIX = "PASSPORT_PLUGIN_"
LOCAL_TIME = ZoneInfo("Europe/London")  # statutory clocks and bank holidays are England's; not a setting
_MINIMUM_SECRET = 32  # characters; 128 bits even if somebody typed hexadecimal

Names = Annotated[tuple[str, ...], NoDecode]
Months = Annotated[int, Field(ge=0, le=1200)]


class SettingsError(Exception):
    """The service cannot start with these settings; ``problems`` has one line for each, led by the variable's name."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """What may differ from one council's deployment to another's. Values are final once the process has started."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True)

    # Who and where
    council_name: str = Field(
        "Your council", description="The council, as people read it in the header and in notices."
    )
    service_name: str = Field(
        "Training passport", description="The name of the service in titles and notices."
    )
    public_url: str = Field(
        "https://localhost",
        description="The address people and learning systems use: https:// (the demo: http://) and the host, without a path.",
    )
    contact: str = Field("your workforce development team", description="Whom to ask: 'contact …'.")
    demo: bool = Field(
        False,
        description="Demonstration: invented people, sign-in by one click, plain HTTP; on loopback only.",
    )

    # What is kept, and where
    data_folder: Path = Field(
        Path("data"), description="Folder for files the service makes: outbox, draw key, SQLite."
    )
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("PASSPORT_DATABASE_URL", "DATABASE_URL", "database_url"),
        description="`postgresql://…` or `sqlite:///path`; when empty, SQLite in the data folder. `DATABASE_URL` works too. "
        "SQLite is for one host with a lasting disk.",
    )
    outbox_folder: Path | None = Field(
        None,
        description="Folder that receives notices as files when no mail is set up; default `outbox` in the data folder.",
    )
    draw_key_file: Path | None = Field(
        None,
        description="File with the secret of the coming draws, readable by the draw alone; default in the data folder.",
    )

    # Secrets and limits
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and keys the digests of credentials; at least 32 characters. No default: the site does "
        "not start without it, except in the demo, which makes its own.",
    )
    session_hours: int = Field(9, ge=1, le=24, description="Hours after which a person signs in again.")
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="How many proxies in front set X-Forwarded-For and -Proto; others are not believed.",
    )
    key_rate_limit: int = Field(
        60_000, ge=0, description="Requests a minute that a key may make of one web process; 0: any number."
    )
    body_limit: int = Field(
        16 * 1024 * 1024, ge=64 * 1024, le=512 * 1024 * 1024, description="Largest request body, in bytes."
    )
    attachment_limit: int = Field(
        256 * 1024 * 1024,
        ge=64 * 1024,
        le=16 * 1024**3,
        description="Largest request of statements with attachments (multipart/mixed), in bytes; it goes through the disk.",
    )
    body_seconds: int = Field(
        60,
        ge=1,
        le=3600,
        description="Seconds a client may pause while it sends a body or takes an answer, if slower than 16 kB a second.",
    )
    refused_quota: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Refused batches kept for each key for 30 days; older ones give way.",
    )
    allowed_private_hosts: Names = Field(
        (),
        description="Hosts with private addresses that outbound calls may reach, separated by commas; otherwise none.",
    )

    # Learning systems and plug-ins
    xapi_version: Literal["1.0.3", "2.0.0"] = Field(
        "1.0.3", description="The version answered to a learning system that names none."
    )
    integrations: Names = Field(
        ("integrations.*",),
        description="Plug-ins by dotted name, separated by commas; `package.*` is every plug-in in that package.",
    )
    plugin: Mapping[str, str] = Field(
        {},
        description="Not one variable: `PASSPORT_PLUGIN_<NAME>` is passed on to the plug-in that documents `<name>`.",
    )

    # Mail
    smtp_host: str = Field("", description="Mail server; when empty, notices go to the outbox folder.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is protected; `none` only for a relay on this host."
    )
    smtp_username: str = Field("", description="Account at the mail server, if it wants one.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    mail_from: str = Field("", description="Sender of notices; needed with a mail server.")

    # For how long what is kept (docs/privacy.md); 0: for ever
    keep_raw_months: Months = Field(
        12, description="Months that statements are kept which mean nothing here."
    )
    keep_leavers_months: Months = Field(72, description="Months after leaving until a person is erased.")
    keep_documents_months: Months = Field(24, description="Months without a write until a document goes.")
    keep_security_log_months: Months = Field(12, description="Months that the security log is kept.")
    keep_exports_days: Months = Field(90, description="Days that an export of a person's data is kept.")

    # Operation
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )

    @field_validator("integrations", "allowed_private_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("integrations")
    @classmethod
    def _importable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _exists(name.removesuffix(".*")):
                raise ValueError(f"there is no module {name}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith("postgres://"):  # the spelling of several hosting platforms
            value = "postgresql://" + value.removeprefix("postgres://")
        if value and not value.startswith(("postgresql://", "sqlite:///")):
            raise ValueError("begin with postgresql:// or sqlite:///")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^/?#@\s]+/*", value):
            raise ValueError("begin with https://, and end with the host: no path")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _MINIMUM_SECRET:
            raise ValueError(f"use at least {_MINIMUM_SECRET} characters")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if self.smtp_host and not self.mail_from:
            raise ValueError("PASSPORT_MAIL_FROM: needed when PASSPORT_SMTP_HOST is set")
        if not self.demo and not self.public_url.startswith("https://"):
            raise ValueError("PASSPORT_PUBLIC_URL: begin with https:// (plain http is for the demo)")
        return self

    def for_plugins(self) -> dict[str, Any]:
        """The settings as plug-ins get them: by name, passwords readable, without the key that signs sessions."""
        values = {**self.plugin, **dict(self)}
        del values["secret_key"], values["plugin"]
        values.update(outbox_folder=self.outbox, smtp_password=self.smtp_password.get_secret_value())
        return values

    @property
    def database(self) -> str:
        """The database's address; SQLite in the data folder when none is set."""
        return self.database_url or f"sqlite:///{self.data_folder.absolute() / 'passport.sqlite'}"

    @property
    def incoming_folder(self) -> Path:
        """The folder for what passes through and is too large for memory: attachments coming in, exports being made."""
        return self.data_folder / "incoming"

    @property
    def largest_body(self) -> int:
        """What a server before the service has to let through, in bytes."""
        return max(self.body_limit, self.attachment_limit)

    @property
    def outbox(self) -> Path:
        """The folder of the file outbox."""
        return self.outbox_folder or self.data_folder / "outbox"

    @property
    def draw_key(self) -> Path:
        """The file with the secret of the coming draws."""
        return self.draw_key_file or self.data_folder / "draw.key"


def load_settings(**given: Any) -> Settings:
    """Read the environment; ``given`` wins over it. Raises SettingsError that names every variable at fault."""
    unknown = _misspelt(os.environ)
    if unknown:
        raise SettingsError([f"{name}: there is no such setting" for name in unknown])
    try:
        return Settings(**{"plugin": _plugin_settings(os.environ), **given})
    except ValidationError as failure:
        raise SettingsError([_problem(error) for error in failure.errors()]) from None


def require_secret(settings: Settings) -> str:
    """The secret key, for whatever signs or digests. Raises SettingsError when none is set."""
    secret = settings.secret_key.get_secret_value()
    if not secret:
        raise SettingsError([f"{PREFIX}SECRET_KEY: needed; make one with `openssl rand -hex 32` and keep it"])
    return secret


def settings_table() -> list[tuple[str, str, str]]:
    """Rows (variable, default, meaning) for the documentation."""
    return [
        (f"{PREFIX}{name.upper()}", _shown(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _shown(default: Any) -> str:
    if isinstance(default, tuple):
        return ", ".join(default)
    if isinstance(default, SecretStr | Mapping) or default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def _plugin_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PLUGIN_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PLUGIN_PREFIX)
    }


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    free = (PLUGIN_PREFIX, f"{PREFIX}TEST_")
    names = {name for name in environment if name.startswith(PREFIX) and not name.startswith(free)}
    return sorted(names - known)


def _problem(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = str(error["loc"][0]).upper()
    if name.endswith("DATABASE_URL"):
        name = f"{PREFIX}DATABASE_URL or DATABASE_URL"
    return f"{name if name.startswith((PREFIX, 'DATABASE')) else PREFIX + name}: {message}"


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
