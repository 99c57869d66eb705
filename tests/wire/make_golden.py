"""Writes the golden files that are not there yet; one that is there is never touched.

python -m tests.wire.make_golden v1.0
"""

import json
import re
import sys

from gateway.trust.dsse import ENVELOPE_PAYLOAD, RECEIPTS_PAYLOAD, sign_payload
from gateway.wire import codec
from gateway.wire.envelope import Sealed, Signature
from gateway.wire.item_pages import ItemsPage
from tests import build
from tests.wire.golden_files import FOLDER, a_published_key, described, items_to_bytes


def a_full_case():
    """Every kind of material, an agent, a contact, and a form only exact text can hold."""
    person = build.a_person(name="阿卜杜热西提·𠮷买提")
    return build.a_case(applicant=person, agent=build.an_agent(), joint_parent=build.a_case_number(99))


def sealed(kind, payload):
    """Sealed with the published key."""
    sig, keyid = sign_payload(a_published_key(), kind, payload)
    return Sealed(payload, kind, (Signature(sig, keyid),))


def values():
    """What is written: file name, value, writer."""
    opening = build.an_envelope(a_full_case(), traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    yield "opening", opening, codec.envelope_to_bytes
    organisation = build.an_envelope(build.a_case(applicant=build.an_organisation()))
    yield "opening_organisation", organisation, codec.envelope_to_bytes
    for kind in build.HAPPENINGS:
        event = build.an_event(kind, documents=(build.a_document(),), deadlines=(build.a_deadline(),))
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", kind.__name__).lower()
        yield f"event_{name}", build.an_envelope(event, case_version=3), codec.envelope_to_bytes
    yield "correction", build.an_envelope(build.a_correction(), case_version=4), codec.envelope_to_bytes
    accepted = build.a_batch(build.a_receipt(case_version=5), log_head=build.a_log_head())
    yield "receipts_accepted", accepted, codec.receipts_to_bytes
    refused = build.a_batch(build.a_refusal())
    yield "receipts_refused", refused, codec.receipts_to_bytes
    page = ItemsPage((build.a_full_definition(), build.a_definition(version=2)), "1.1.2.002014020000/422800/", 1)
    yield "items", page, items_to_bytes
    yield "sealed_opening", sealed(ENVELOPE_PAYLOAD, codec.envelope_to_bytes(opening)), codec.sealed_to_bytes
    yield "sealed_receipts", sealed(RECEIPTS_PAYLOAD, codec.receipts_to_bytes(refused)), codec.sealed_to_bytes


def main(release):
    """Write what is missing."""
    folder = FOLDER / release
    folder.mkdir(parents=True, exist_ok=True)
    for name, value, write in values():
        file = folder / f"{name}.bin"
        if file.exists():
            continue
        file.write_bytes(write(value))
        text = json.dumps(described(value), ensure_ascii=False, indent=1)
        file.with_suffix(".json").write_text(text + "\n", "utf-8")
        sys.stdout.write(f"{file.relative_to(FOLDER)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
