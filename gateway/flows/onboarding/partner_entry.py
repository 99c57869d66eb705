"""What another region writes about this gateway into its own partner file: names, endpoints, certificates, public keys.

Leaves to others: the agreement, which only both regions together can write.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.settings import Settings
from gateway.settings.settings import Endpoint
from gateway.trust.keys import OwnKeys, partner_file_entries
from gateway.trust.suites import SigningKey


def known_to_partners(own: OwnKeys, now: datetime) -> tuple[SigningKey, ...]:
    """Return the keys whose signatures partners may still meet at `now` or later."""
    return tuple(key for key in own.keys if key.accept_until is None or now <= key.accept_until)


def entry(settings: Settings, keys: Iterable[SigningKey]) -> dict[str, Any]:
    """Return the part of a partner file that describes this gateway, in the order of the example file.

    Args:
        keys: those partners are to know, newest last.

    Raises:
        CONFIGURATION: the authority's certificate is missing or damaged.
    """
    endpoints = [_endpoint(one) for one in settings.peering.endpoints]
    described: dict[str, Any] = {
        "code": settings.region,
        "name": settings.name,
        "short_name": settings.short_name,
        "status": "active",
    }
    if endpoints:
        described["endpoints"] = endpoints
    else:
        described["delivery"] = "collect"
    described["tls"] = {"roots": [_authority(settings.tls.authority)]}
    described["keys"] = partner_file_entries(keys)
    contact = settings.contact
    if contact:
        described["contacts"] = [
            {"name": contact.name, "role": contact.role, "phone": contact.phone, "duty_hours": contact.duty_hours}
        ]
    return described


def entry_text(described: Mapping[str, Any]) -> str:
    """Return `described` as the YAML of a partner file."""
    return yaml.dump(dict(described), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)


def _endpoint(endpoint: Endpoint) -> dict[str, str]:
    written = {"address": str(endpoint.address)}
    return {**written, "server_name": endpoint.server_name} if endpoint.server_name else written


def _authority(file: Path) -> str:
    try:
        pem = file.read_text(encoding="ascii")
        x509.load_pem_x509_certificates(pem.encode())
    except (OSError, ValueError):
        finding = FieldFinding(
            str(file),
            Text("不存在或不是可用的证书", "it is missing or no usable certificate"),
            Text("从备份恢复, 或改正 tls.authority", "restore it from backup, or correct tls.authority"),
        )
        raise GatewayError(Reason.CONFIGURATION, findings=[finding], count=1) from None
    return pem


_WIDE = re.compile("[\u2013\u2014\u2018-\u201f\u3000-\u303f\uff00-\uffef\ufe30-\ufe6f]")


class _Plain(yaml.SafeDumper):
    """Writes several lines as block text, and no anchors: the reader of partner files refuses them."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out in full."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists under their key, as the example file does."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # The reader takes full-width punctuation outside quotes for a slip of the input method.
    style = "|" if "\n" in value else '"' if _WIDE.search(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Plain.add_representer(str, _text)
