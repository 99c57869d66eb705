"""The worked example of docs/exchange-format.md: every byte of it comes out of the code that runs.

The keys are those of the test vectors of RFC 8032 §7.1, known to everybody and good for nothing else.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519
from google.protobuf import text_format
from google.protobuf.message import Message

from gateway.case.code.numbers import check_case_number, grouped
from gateway.case.code.organisations import USCC_ALPHABET
from gateway.case.events import Actor, Event, Note
from gateway.flows.sealing import SealedObject, Sealer
from gateway.peering import allowance, pace, strangers
from gateway.peering import bounds as calls
from gateway.trust import base64url, dsse, tokens
from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, pre_authentication_encoding
from gateway.trust.suites import ED25519, KeyUse, SigningKey, thumbprint
from gateway.wire import bounds
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Outcome, Receipt
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb

SENDER, RECIPIENT = "433100", "422800"
CASE_ID = "TB43310020261124D2UBEDKH1B9K3"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SEEDS = {
    "sender": "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "recipient": "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "token": "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
}
FINGERPRINT = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
"""The base64url SHA-256 of nothing, where a real token has that of its client certificate."""


def a_key(whose: str, use: KeyUse) -> SigningKey:
    """Return one of the example keys."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEEDS[whose]))
    return SigningKey(thumbprint(ED25519.public_to_jwk(private.public_key())), use, ED25519, private)


def sealed_envelope() -> SealedObject:
    """Seal the example envelope: the origin leaves the handler a note."""
    actor = Actor("示例人员", "433101000000", "JS001", "示例政务服务中心")
    note = Note("请电话联系申请人")
    event = Event("019ab22f-0300-7000-8000-000000000002", actor, NOW - timedelta(minutes=1), NOW, note)
    return _sealer(SENDER, "sender", "019ab22f-0680-7000-8000-000000000001").envelope(
        event, recipient=RECIPIENT, case_id=CASE_ID, sequence=2, now=NOW
    )


def sealed_receipts() -> SealedObject:
    """Seal the receipt for it: accepted, as version 4 of the case."""
    envelope = sealed_envelope()
    taken_in = NOW + timedelta(seconds=1)
    receipt = Receipt(envelope.object_id, envelope.payload_sha256, Outcome.ACCEPTED, taken_in, case_version=4)
    sealer = _sealer(RECIPIENT, "recipient", "")
    return sealer.receipts("019ab22f-0a68-7000-8000-000000000003", SENDER, (receipt,), taken_in)


def keys() -> str:
    """The example keys: seed, public key, JWK, thumbprint."""
    uses = {"sender": KeyUse.SEAL, "recipient": KeyUse.SEAL, "token": KeyUse.TOKEN}
    whose = {
        "sender": f"seal key of the sender, {SENDER}",
        "recipient": f"seal key of the recipient, {RECIPIENT}",
        "token": f"token key of the sender, {SENDER}",
    }
    lines = []
    for name, use in uses.items():
        key = a_key(name, use)
        public = key.private.public_key()
        jwk = ED25519.public_to_jwk(public)
        canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
        lines += [
            f"{whose[name]} (EXAMPLE ONLY, use: {use.value}, algorithm: EdDSA)",
            f"  private (32 bytes)  {SEEDS[name]}",
            f"  public (32 bytes)   {public.public_bytes_raw().hex()}",
            f"  RFC 7638 input      {canonical}",
            f"  kid                 {key.kid}",
            "",
        ]
    return _block("text", "\n".join(lines).rstrip())


def envelope() -> str:
    """The envelope, from its fields to the sealed bytes."""
    return _sealed_story(sealed_envelope(), pb.Envelope, ENVELOPE_PAYLOAD, "Envelope")


def receipts() -> str:
    """The receipt, from its fields to the sealed bytes."""
    return _sealed_story(sealed_receipts(), pb.ReceiptBatch, RECEIPTS_PAYLOAD, "ReceiptBatch")


def token() -> str:
    """A token for one call: header, claims, and the compact form."""
    key = a_key("token", KeyUse.TOKEN)
    maker = tokens.TokenMaker(SENDER, key, FINGERPRINT, lambda: NOW, lambda: "019ab22f-0680-7000-8000-000000000004")
    made = maker.token_for(RECIPIENT)
    header, claims = (base64url.decode(part).decode() for part in made.split(".")[:2])
    return "\n\n".join((_block("json", f"{header}\n{claims}"), _block("text", made)))


def number() -> str:
    """The check character of a co-operation number, character by character."""
    sample = "TB4228002026112483JQY0UP7A2CM"
    if check_case_number(sample):
        raise ValueError("the sample number does not check")
    body = sample[:-1]
    values = [USCC_ALPHABET.index(character) for character in body]
    weights = [pow(3, at, 31) for at in range(len(body))]
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    rows = (
        ("character", list(body)),
        ("value", values),
        ("weight", weights),
    )
    lines = [f"{name:<10}" + "".join(f"{one!s:>3}" for one in row) for name, row in rows]
    lines += [
        "",
        f"sum of value x weight = {total};  {total} mod 31 = {total % 31}",
        f"check value = (31 - {total % 31}) mod 31 = {-total % 31};  alphabet[{-total % 31}] = {USCC_ALPHABET[-total % 31]}",
        f"stored and sent   {sample}",
        f"shown to people   {grouped(sample)}",
    ]
    return _block("text", "\n".join(lines))


def limits() -> str:
    """Every bound of the wire, from the constants that enforce it."""
    rows = [
        ("sealed payload", _size(bounds.PAYLOAD.most), "`ENVELOPE_TOO_LARGE`"),
        ("envelopes in one call", str(calls.MOST_ENVELOPES), "`BATCH_TOO_LARGE`"),
        ("payloads of one call together", _size(calls.BATCH_BYTES), "`BATCH_TOO_LARGE`"),
        ("one gRPC message", _size(calls.MESSAGE_BYTES), "`RESOURCE_EXHAUSTED` by gRPC itself"),
        ("envelopes a minute", "`limits.envelopes_per_minute` you are told", "`RATE_EXCEEDED` for those beyond it"),
        (
            "other calls a minute",
            f"as many, at least {allowance.FEWEST_CALLS_PER_MINUTE}",
            "waits up to 2 s, then `RATE_EXCEEDED`",
        ),
        ("calls at a time", "as your partner has agreed with you", "waits up to 2 s, then `RATE_EXCEEDED`"),
        ("`CollectEnvelopes` at a time", str(allowance.COLLECTS_AT_ONCE), "the same"),
        ("`PutMaterial` and `GetMaterial` at a time", str(allowance.STREAMS_AT_ONCE), "the same"),
        (
            "least pace, sending and reading",
            f"{_size(pace.PACE_BYTES)}, or a whole message, in {pace.PACE_SECONDS:g} s",
            "`TOO_SLOW`; what came is kept",
        ),
        ("batches of receipts in one answer", _size(calls.ANSWER_BYTES), "`RATE_EXCEEDED` for those beyond it"),
        ("metadata of a call", _size(16 * 1024), "`RESOURCE_EXHAUSTED` by gRPC itself"),
        ("TLS handshake", f"{calls.SERVER_HANDSHAKE_SECONDS:g} s", "the connection is closed"),
        ("connection without a call", f"{calls.IDLE_SECONDS:g} s", "the connection is closed"),
        (
            "calls that prove nobody, health checks",
            f"{strangers.UNPROVEN_PER_MINUTE} a minute of one certificate",
            "`RATE_EXCEEDED`",
        ),
        ("signatures of one seal", f"1 to {dsse.MAX_SIGNATURES}", "`MALFORMED_SEAL`"),
        ("material", _size(bounds.FILE_BYTES.most), "`MATERIAL_TOO_LARGE`"),
        (
            "one `PutMaterial` call",
            f"{_size(calls.PUT_BYTES)} and {calls.MATERIAL_SECONDS:g} s",
            "cut off; what came is kept",
        ),
        ("one chunk", _size(calls.CHUNK_BYTES), "`MALFORMED`"),
        ("materials of a case", str(bounds.MATERIALS.most), "`MALFORMED`"),
        ("ids in one `GetReceipts` or `GetEnvelopes`", str(calls.MOST_ENVELOPES), "`BATCH_TOO_LARGE`"),
        (
            "one page of `GetItems`",
            f"{bounds.PAGE_ITEMS.most} definitions and {_size(bounds.PAGE_BYTES)}",
            "the page is not taken",
        ),
        ("one item definition", _size(bounds.DEFINITION_BYTES), "it is kept out"),
        ("schema of a form", _size(bounds.FORM_SCHEMA_BYTES), "the definition is kept out"),
        ("`wait_seconds` of `CollectEnvelopes`", str(calls.LONGEST_WAIT_SECONDS), "waits that long and no longer"),
        ("deadline of a call", f"at least {calls.SHORTEST_SECONDS:g} s", "`DEADLINE_TOO_SHORT`"),
        ("life of a token", f"{tokens.LONGEST_LIFE.total_seconds():g} s", "`TOKEN_LIFETIME`"),
        ("difference of clocks", f"{tokens.LEEWAY.total_seconds():g} s", "`TOKEN_NOT_YET_VALID`, `TOKEN_EXPIRED`"),
        ("characters of a token", str(tokens.MAX_TOKEN_CHARACTERS), "`TOKEN_MALFORMED`"),
        ("a problem in a status detail", _size(bounds.STATUS_BYTES), "findings are left out"),
        ("findings in one answer", str(bounds.FINDINGS.most), "the first ones are told"),
    ]
    head = ["| what | bound | beyond it |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {what} | {bound} | {beyond} |" for what, bound, beyond in rows)])


_FIELDS = {
    "name of a person": "NAME",
    "name of an organisation, item, material, step, document": "TITLE",
    "origin's number, agreement number, other codes their owner decides on": "CODE",
    "`material_id`, `requirement_id`": "KEY",
    "`basic_code`": "BASIC_CODE",
    "`task_code`": "OPTIONAL_TASK_CODE",
    "`handling_item_code`": "OPTIONAL_HANDLING_ITEM_CODE",
    "unified social credit code": "USCC",
    "`licence_id`": "LICENCE_ID",
    "telephone": "PHONE",
    "address": "OPTIONAL_ADDRESS",
    "reason, opinion, result, legal basis": "OPTIONAL_TEXT",
    "`Requirement.what`, `Note.text`": "TASK",
    "`form_field` (JSON Pointer)": "POINTER",
    "media type": "MEDIA_TYPE",
    "file name": "FILE_NAME",
    "`traceparent`": "TRACEPARENT",
    "materials of a case or event, entries": "MATERIALS",
    "contacts, entries": "CONTACTS",
    "documents of an event, entries": "DOCUMENTS",
    "deadlines of an event, entries": "DEADLINES",
    "requirements of a notice, entries": "REQUIREMENTS",
    "days of a suspension": "DAYS",
    "days of an extension": "DAYS_FROM_ONE",
    "originals or copies of a paper": "COPIES",
    "size of a file, bytes": "FILE_BYTES",
}


def field_bounds() -> str:
    """How long fields may be: characters of a text, entries of a list, values of a number."""
    rows = []
    for what, name in _FIELDS.items():
        kind: bounds.Length = getattr(bounds, name)
        shown = f"{kind.least:,}" if kind.least == kind.most else f"{kind.least:,} to {kind.most:,}"
        rows.append(f"| {what} | {shown} |")
    return "\n".join(["| field | bound |", "|---|---|", *rows])


PARTS = {
    "limits": limits,
    "field-bounds": field_bounds,
    "number": number,
    "keys": keys,
    "token": token,
    "envelope": envelope,
    "receipts": receipts,
}


def _sealer(region: str, whose: str, object_id: str) -> Sealer:
    key = a_key(whose, KeyUse.SEAL)
    return Sealer(region, lambda _: key, lambda: object_id, timedelta(days=15))


def _sealed_story(made: SealedObject, kind: type[Message], payload_type: str, name: str) -> str:
    sealed = sealed_from_bytes(made.sealed)
    said = text_format.MessageToString(kind.FromString(sealed.payload), as_utf8=True)
    encoded = pre_authentication_encoding(payload_type, sealed.payload)
    (signature,) = sealed.signatures
    steps = (
        (f"{name} (protobuf text format)", said.rstrip(), "text"),
        (f"payload ({len(sealed.payload)} bytes): the serialised {name}", _hex(sealed.payload), "text"),
        ("SHA-256 of the payload", hashlib.sha256(sealed.payload).hexdigest(), "text"),
        (f"PAE ({len(encoded)} bytes): what is signed", _hex(encoded), "text"),
        (f"signature ({len(signature.sig)} bytes, Ed25519), keyid {signature.keyid}", _hex(signature.sig), "text"),
        (f"SealedEnvelope ({len(made.sealed)} bytes): what is sent and kept", _hex(made.sealed), "text"),
    )
    return "\n\n".join(f"{title}:\n\n{_block(language, body)}" for title, body, language in steps)


def _hex(data: bytes, width: int = 32) -> str:
    return "\n".join(data[at : at + width].hex() for at in range(0, len(data), width))


def _block(language: str, body: str) -> str:
    return f"```{language}\n{body}\n```"


def _size(count: int) -> str:
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if count % unit == 0:
            return f"{count // unit} {name}"
    return f"{count} bytes"
