"""`tongban partners entry`: our own part of what partners write about this gateway."""

from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.case.texts import Text
from gateway.cli.options import home_option, lang_option, settings_of, speaking
from gateway.cli.speech import Speaker


@click.command("entry")
@home_option
@lang_option
@speaking
def entry(speaker: Speaker, home: Path) -> None:
    """输出对方伙伴文件中描述本网关的部分 / print what partners write about this gateway.

    只含公开内容. 协议 (agreements) 由两地共同商定后写入.
    """
    from gateway.flows.onboarding.partner_entry import entry as described
    from gateway.flows.onboarding.partner_entry import entry_text, known_to_partners
    from gateway.trust.keys import load_keys

    settings = settings_of(home, speaker)
    own = load_keys(settings.keys)
    content = described(settings, known_to_partners(own, datetime.now(UTC)))
    speaker.say(_ENTRY.format(code=settings.region, name=settings.short_name))
    speaker.say(_ROOT.format(sha256=_fingerprint(content["tls"]["roots"][0])))
    speaker.say(entry_text(content).rstrip("\n"))


def _fingerprint(pem: str) -> str:
    """Return the SHA-256 of a certificate as it is read out over the telephone and as openssl prints it."""
    digest = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


_ENTRY = Text(
    "# 存为 {code}-{name}.yaml, 电话核对证书机构指纹和每个 kid, 再写入 agreements (照 _example.yaml)",
    "# save as {code}-{name}.yaml, compare the authority's fingerprint and each kid by telephone, then add agreements",
)
_ROOT = Text("# 证书机构 SHA-256: {sha256}", "# certificate authority SHA-256: {sha256}")
