"""What `gateway.yaml` says, with every path resolved: the value the rest of the program is built from."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from gateway.settings.addresses import Address
from gateway.settings.licences import LicenceSettings
from gateway.settings.oidc import OidcSettings
from gateway.settings.paper_settings import PaperSettings
from gateway.settings.schema import Contact, Endpoint, Limits, Log, MetricsEntry, Retention, TracesEntry

__all__ = [
    "Console",
    "Contact",
    "Endpoint",
    "Limits",
    "Local",
    "Log",
    "Peering",
    "Retention",
    "Settings",
    "TlsFiles",
    "TlsPair",
]


@dataclass(frozen=True, slots=True)
class TlsPair:
    """Files of a certificate and its private key."""

    certificate: Path
    private_key: Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Files of the gateway's certificate, its private key, and the authority that issued it."""

    certificate: Path
    private_key: Path
    authority: Path


@dataclass(frozen=True, slots=True)
class Peering:
    """The door to other regions; without endpoints partners cannot dial in and this gateway collects."""

    listen: Address
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Local:
    """The door to local systems; `tls` is None only on loopback or where `plain_http` was written."""

    listen: Address
    tls: TlsPair | None
    plain_http: bool


@dataclass(frozen=True, slots=True)
class Console:
    """The door to people in a browser; `tls` is None only on loopback."""

    listen: Address
    tls: TlsPair | None
    idle: timedelta
    longest: timedelta
    oidc: OidcSettings | None = None
    papers: PaperSettings = field(default_factory=PaperSettings)


@dataclass(frozen=True, slots=True)
class Settings:
    """One gateway's settings; all paths are absolute.

    Attributes:
        file: the `gateway.yaml` they came from.
        region: six-digit code that envelopes, tokens and certificates name (GB/T 2260).
    """

    file: Path
    region: str
    name: str
    short_name: str
    software: str
    data: Path
    keys: Path
    vault: Path
    tls: TlsFiles
    peering: Peering
    local: Local
    partners: Path
    systems: Path
    calendars: Path
    licences: LicenceSettings
    contact: Contact | None
    public_phone: str
    log: Log
    limits: Limits
    retention: Retention
    console: Console | None
    metrics: MetricsEntry
    traces: TracesEntry

    @property
    def home(self) -> Path:
        """The folder `gateway.yaml` lies in."""
        return self.file.parent

    @property
    def store_file(self) -> Path:
        """The embedded database."""
        return self.data / "store.sqlite3"

    @property
    def materials(self) -> Path:
        """The folder of files of cases."""
        return self.data / "materials"

    @property
    def control_socket(self) -> Path:
        """The Unix socket, mode 0600, over which commands speak to the running gateway."""
        return self.data / "control.sock"
