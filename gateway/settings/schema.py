"""The shape of `gateway.yaml` and its defaults.  What needs two keys or the file's place to judge is in `load`."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.numbers import WHOLE, Flag
from gateway.files.quantities import ByteSize, Duration
from gateway.files.telephone import Phone
from gateway.settings.addresses import Dialled, Listen, host_name
from gateway.settings.licences import LicencesEntry
from gateway.settings.oidc import OidcEntry
from gateway.settings.paper_settings import NoticesEntry, ProgressUrl
from gateway.settings.service_urls import ServiceUrl

STRICT = ConfigDict(extra="forbid")

MIB = 1024**2
GIB = 1024**3


class LogLevel(Enum):
    """The least important thing that is still logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(Enum):
    """How a log line looks."""

    JSON = "json"
    """One JSON object a line, for collectors."""
    CONSOLE = "console"
    """Aligned and coloured, for a person at a terminal."""


def _region(text: str) -> str:
    if len(text) == 6 and text.isascii() and text.isdigit() and text[0] != "0":
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是六位区划代码", f"'{shown(text)}' is not a six-digit division code"),
        Text("写六位数字, 如 422800", "write six digits, such as 422800"),
    )


# Editors read bare digits as a number; the reader takes them as text.
Region = Annotated[
    str,
    AfterValidator(_region),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[1-9][0-9]{5}$", "examples": ["422800"]},
                {"type": "integer", "minimum": 100_000, "maximum": 999_999},
            ]
        }
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Where = Annotated[str, Field(min_length=1, max_length=1000)]
"""A path; a relative one starts at the folder of `gateway.yaml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsEntry:
    """The certificate by which partners know this gateway."""

    __pydantic_config__ = STRICT

    certificate: Where = "keys/tls/gateway.crt"
    private_key: Where = "keys/tls/gateway.key"
    authority: Where = "keys/tls/authority.crt"
    """Who issued it; partners put this file into their `tls.roots`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where partners reach this gateway."""

    __pydantic_config__ = STRICT

    address: Dialled
    server_name: Annotated[str, AfterValidator(host_name)] | None = None

    @property
    def expected_name(self) -> str:
        """The name the certificate must carry: `server_name`, or the host."""
        return self.server_name or self.address.host


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeringEntry:
    """The door to other regions."""

    __pydantic_config__ = STRICT

    listen: Listen
    endpoints: Annotated[tuple[Endpoint, ...], Field(max_length=8)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTlsEntry:
    """The certificate by which local systems know this gateway."""

    __pydantic_config__ = STRICT

    certificate: Where
    private_key: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEntry:
    """The door to this region's systems."""

    __pydantic_config__ = STRICT

    listen: Listen
    tls: LocalTlsEntry | None = None
    plain_http: Flag = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleEntry:
    """The door to people in a browser; without an address there is none."""

    __pydantic_config__ = STRICT

    listen: Listen | None = None
    tls: LocalTlsEntry | None = None
    idle: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(hours=2))] = timedelta(minutes=30)
    """Without a request for so long a session is over (GB/T 22239 §8.1.4.1)."""
    longest: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(hours=24))] = timedelta(hours=12)
    """A session is over then, however much it is used."""
    oidc: OidcEntry | None = None
    """The identity provider whose people sign in here; docs/console-oidc.md."""
    progress_url: ProgressUrl | None = None
    """Where applicants look a case up, with `{number}`; behind the QR code of notices."""
    notices: NoticesEntry = field(default_factory=NoticesEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom partners call when something fails."""

    __pydantic_config__ = STRICT

    name: Name
    role: Name
    phone: Phone
    duty_hours: Name = "工作日 9:00-17:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What is logged, and how; always to standard error."""

    __pydantic_config__ = STRICT

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsEntry:
    """Where Prometheus reads the metrics; without an address the control socket alone gives them."""

    __pydantic_config__ = STRICT

    listen: Listen | None = None
    """No key is asked for there: names of partners, words and counts are all it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesEntry:
    """Where traces go, over OTLP; without an endpoint none are made."""

    __pydantic_config__ = STRICT

    endpoint: ServiceUrl | None = None
    """Such as http://127.0.0.1:4318/v1/traces (OTLP over HTTP)."""
    sample: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)] = 0.01
    """Share of the requests that are traced; one its caller traces is traced always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of this gateway; those of one partner stand in its own file."""

    __pydantic_config__ = STRICT

    envelope_life: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=30))] = timedelta(days=7)
    """After it an envelope that was never taken is given up.  At most 30 days: settled bytes are kept 35."""
    largest_material: Annotated[ByteSize, Field(ge=MIB, le=2 * GIB)] = 2 * GIB
    unclaimed_materials: Annotated[ByteSize, Field(ge=2 * GIB, le=10240 * GIB)] = 20 * GIB
    """Most bytes of files that one local system, or one partner, may have here that no case has claimed."""
    concurrent_flights: Annotated[int, Field(ge=1, le=256), WHOLE] = 16
    """Partners served at the same moment; each has one flight of its own."""
    sweep_interval: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=10))] = timedelta(
        seconds=15
    )
    """The longest that work whose wake-up was lost lies still."""
    stop_within: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))] = timedelta(seconds=20)
    """How long calls under way may take to end when the gateway is stopped."""
    least_free_disk: Annotated[ByteSize, Field(ge=64 * MIB, le=1024 * GIB)] = GIB
    """Below it `tongban check` reports an error, health is red and no file is taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what nobody works on any more is kept; number, state, events, receipts and digests stay for ever."""

    __pydantic_config__ = STRICT

    content: Annotated[Duration, Field(ge=timedelta(days=35), le=timedelta(days=36500))] = timedelta(days=1096)
    """Bodies, files and names of a case, after its last change once it has ended.  At least 35 days: a partner that restores a
    backup asks for them."""
    news: Annotated[Duration, Field(ge=timedelta(days=7), le=timedelta(days=36500))] = timedelta(days=90)
    """Entries of the feed, after their system confirmed them."""
    audit: Annotated[Duration, Field(ge=timedelta(days=1096), le=timedelta(days=36500))] = timedelta(days=1096)
    """Rows of the audit.  At least three years, which covers the six months of the law on network security (art. 21) as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFile:
    """`gateway.yaml`."""

    __pydantic_config__ = STRICT

    region: Region
    name: Name
    short_name: Annotated[str, Field(min_length=1, max_length=20)]
    software: Annotated[str, Field(max_length=200)] = ""
    """What partners are told; empty: name and version of this program."""
    data: Where = "data"
    keys: Where = "keys"
    vault: Where = "keys/vault.json"
    tls: TlsEntry = field(default_factory=TlsEntry)
    peering: PeeringEntry
    local: LocalEntry
    partners: Where = "partners"
    systems: Where = "systems"
    calendars: Where = "calendars"
    licences: LicencesEntry = field(default_factory=LicencesEntry)
    contact: Contact | None = None
    public_phone: Phone = ""
    """What applicants may call; told with the progress of a case."""
    log: Log = field(default_factory=Log)
    metrics: MetricsEntry = field(default_factory=MetricsEntry)
    traces: TracesEntry = field(default_factory=TracesEntry)
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=Retention)
    console: ConsoleEntry = field(default_factory=ConsoleEntry)
