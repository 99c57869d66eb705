"""Connecting the source of licences that `gateway.yaml` names; none is a source as well: everything is 待核验 then."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings
from gateway.flows.licences.look_up import LicenceRegister
from gateway.flows.licences.verify import LicenceSource
from gateway.licences.file_source import FileSource
from gateway.licences.http_source import HttpSource, new_session, read_token
from gateway.licences.licence_types import LicenceTypes, read_types
from gateway.licences.sample_file import read_samples
from gateway.settings.licences import LicenceSettings, SourceKind


@dataclass(frozen=True, slots=True)
class Licences:
    """What is connected.

    Attributes:
        deadline: for all licences of a case together.
        type_name: what a type of licence is called.
        register: where the licences of a holder are looked up; None where the source does not offer it.
    """

    source: LicenceSource | None = None
    deadline: timedelta = timedelta(seconds=3)
    type_name: Callable[[str], str] = str
    register: LicenceRegister | None = None


@asynccontextmanager
async def connected(settings: LicenceSettings, clock: Callable[[], datetime]) -> AsyncIterator[Licences]:
    """Connect the source while the block runs.

    Raises:
        GatewayError: CONFIGURATION for a table or file with mistakes; KEY_FILE_MISSING, KEY_FILE_OPEN.
    """
    _need_good(licence_files(settings))
    types = LicenceTypes(settings.types, ()) if settings.types else None
    type_name = types.name_of if types else str
    if settings.source is SourceKind.FILE and settings.file:
        samples = FileSource(settings.file, clock, types)
        yield Licences(samples, settings.deadline, type_name, samples)
    elif settings.source is SourceKind.HTTP and settings.access_token_file:
        read_token(settings.access_token_file)
        async with new_session(settings.authority) as session:
            source = HttpSource(
                session,
                endpoint=settings.endpoint,
                access_id=settings.access_id,
                token_file=settings.access_token_file,
                types=types,
                list_call=settings.list_call,
            )
            yield Licences(source, settings.deadline, type_name, source if settings.list_call else None)
    else:
        yield Licences(None, settings.deadline, type_name)


def licence_files(settings: LicenceSettings) -> Findings:
    """Return everything wrong with the table of types, the file of samples, and the authority's certificate."""
    findings: list[Findings] = []
    if settings.types:
        findings.append(read_types(settings.types)[1])
    if settings.file and settings.source is SourceKind.FILE:
        findings.append(read_samples(settings.file)[1])
    if settings.authority and settings.source is SourceKind.HTTP:
        findings.append(_authority(settings))
    return tuple(finding for found in findings for finding in found)


def _authority(settings: LicenceSettings) -> Findings:
    try:
        ssl.create_default_context(cafile=str(settings.authority))
    except (OSError, ssl.SSLError):
        problem = Text("不存在或不是可用的证书", "it is missing or no usable certificate")
        fix = Text("改正 licences.authority", "correct licences.authority")
        return (Finding(str(settings.authority), 0, "", problem, fix),)
    return ()


def _need_good(findings: Findings) -> None:
    wrong = [
        FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix) for one in findings if one.is_error
    ]
    if wrong:
        raise GatewayError(Reason.CONFIGURATION, findings=wrong, count=len(wrong))
