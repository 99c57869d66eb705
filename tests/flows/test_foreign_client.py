"""A partner in JavaScript that knows nothing of this program but protos/ and docs/exchange-format.md."""

import asyncio
import json
import shutil
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.app.gateway import Gateway
from gateway.app.opening import opened
from gateway.app.peering_door import listening
from gateway.app.world import real_world
from gateway.case.states import State
from gateway.cli.homes import Plan, make_home
from gateway.flows.act import OPERATOR
from gateway.peering.server import peering_server
from gateway.settings import Address, Settings, load_divisions, load_settings
from gateway.telemetry import make_logger
from gateway.trust.keys import load_keys, new_key, partner_file_entries, public_jwks
from gateway.trust.suites import KeyUse, SigningKey, suite_named
from gateway.trust.tls import issue, new_authority
from tests.build import a_digest
from tests.fakes import DirectCourier
from tests.flows.regions import CARD, agreement

NODE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "node"
OURS, FOREIGN = "422800", "433100"
PHOTO = b"\xff\xd8 a small photograph \xff\xd9" * 20_000

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(not (NODE / "node_modules").is_dir(), reason="run make node"),
]


class ForeignRegion:
    """What the other region has of its own: keys, a certificate, and a folder with its configuration."""

    def __init__(self, folder: Path, suite: str, now: datetime) -> None:
        folder.mkdir()
        self.folder = folder
        self.keys = {use: new_key(use, suite_named(suite), now=now) for use in KeyUse}
        self.authority = new_authority(FOREIGN, "示例 433100", now, 30)
        certified = issue(self.authority, FOREIGN, [], now, 30, server=False)
        self._write("certificate.pem", certified.certificate_pem)
        self._write("certificate-key.pem", certified.private_pem)
        for use, key in self.keys.items():
            self.write_key(use, key)
        self._write("photo.jpg", PHOTO)
        shutil.copy(NODE / "case.json", folder)
        self.config = json.loads((NODE / "config.example.json").read_text("utf-8"))

    def write_key(self, use: KeyUse, key: SigningKey) -> None:
        """Write a private key where the client finds it."""
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write(f"{use}-key.pem", pem)

    def partner_file(self) -> dict[str, Any]:
        """What 恩施州 writes about this region."""
        return {
            "code": FOREIGN,
            "name": "湖南省湘西土家族苗族自治州",
            "short_name": "湘西州",
            "status": "active",
            "delivery": "collect",
            "tls": {"roots": [self.authority.certificate_pem.decode()]},
            "keys": partner_file_entries(self.keys.values()),
        }

    def change_case(self, **changes: Any) -> None:
        """Change the sample case before it is sent."""
        case = json.loads((self.folder / "case.json").read_text("utf-8"))
        self._write("case.json", json.dumps(case | changes, ensure_ascii=False).encode())

    def meet(self, address: str, theirs: Settings) -> None:
        """Write down what 恩施州 gave this region when they agreed."""
        self.config["partner"] |= {"address": address, "serverName": "localhost"}
        self._write("partner-roots.pem", theirs.tls.authority.read_bytes())
        self._write("partner-keys.json", json.dumps(public_jwks(load_keys(theirs.keys).keys)).encode())

    async def deliver(self) -> tuple[int, dict[str, Any]]:
        """Run the client; return its exit code and what it printed."""
        self._write("config.json", json.dumps(self.config).encode())
        process = await asyncio.create_subprocess_exec(
            "node",
            str(NODE / "deliver.mjs"),
            "config.json",
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 25)
        assert err == b"", err.decode()
        return process.returncode or 0, json.loads(out)

    def _write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)


@dataclass(frozen=True)
class OurRegion:
    """恩施州's gateway, with its door to other regions open."""

    gateway: Gateway
    settings: Settings

    async def feed(self) -> list[tuple[str, str]]:
        """Kind and case of what the local system has not confirmed."""
        return [(item.kind, item.case_id) for item in await self.gateway.looking.read_feed("window", 0, 100)]


@asynccontextmanager
async def two_regions(folder: Path, suite: str = "ES256"):
    """Open 恩施州's gateway and put the foreign region beside it; both live in real time, as TLS does."""
    world = real_world()
    now = world.clock()
    divisions = load_divisions()
    foreign = ForeignRegion(folder / "foreign", suite, now)
    plan = Plan(region=OURS, name="恩施州", peering=Address("127.0.0.1", 8443), names=("localhost",))
    home = make_home(folder / "ours", plan, now=now, divisions=divisions, secret=bytes)
    settings, findings = load_settings(home.settings_file, divisions)
    assert settings, findings
    valid = {"valid_from": f"{now - timedelta(days=30):%Y-%m-%d}", "valid_to": f"{now + timedelta(days=300):%Y-%m-%d}"}
    described = foreign.partner_file() | {"agreements": [agreement(OURS, FOREIGN, **valid)]}
    file = settings.partners / f"{FOREIGN}-湘西州.yaml"
    file.write_text(yaml.safe_dump(described, allow_unicode=True, sort_keys=False), "utf-8")
    log = make_logger(region=OURS, level="error", style="json", stream=sys.stderr, clock=world.clock)
    async with (
        opened(settings, world, courier_of=lambda _: DirectCourier(OURS, {}), assign=lambda _: "window") as gateway,
        peering_server(replace(listening(gateway, settings, log), address="127.0.0.1:0")) as server,
    ):
        foreign.meet(f"127.0.0.1:{server.port}", settings)
        yield OurRegion(gateway, settings), foreign


@pytest.mark.parametrize("suite", ["ES256", "EdDSA"])
async def test_a_client_in_another_language_delivers_a_case_and_gets_the_same_receipt_twice(tmp_path, suite):
    async with two_regions(tmp_path, suite) as (ours, foreign):
        code, said = await foreign.deliver()
        assert (code, said.get("outcome"), said.get("caseVersion")) == (0, "RECEIPT_OUTCOME_ACCEPTED", 1), said
        assert said["repeatIdentical"]
        assert said["uploadedBytes"] == len(PHOTO)
        assert (
            said["receiptSignedBy"]
            == load_keys(ours.settings.keys).current(KeyUse.SEAL, ours.gateway.world.clock()).kid
        )

        view = await ours.gateway.looking.look_at_case(OPERATOR, said["caseId"])
        sent = json.loads((NODE / "case.json").read_text("utf-8"))
        assert view.row.standing.state is State.AWAITING_SIGN_OFF
        assert view.row.partner == FOREIGN
        assert view.case.form_json == sent["formJson"]
        assert view.case.applicant.name == sent["person"]["name"]
        _, chunks = await ours.gateway.transfer.give_material(OPERATOR, a_digest(PHOTO))
        assert b"".join([chunk async for chunk in chunks]) == PHOTO
        assert await ours.feed() == [("case", said["caseId"])]


async def test_a_client_in_another_language_reads_why_an_item_is_refused(tmp_path):
    async with two_regions(tmp_path) as (ours, foreign):
        foreign.change_case(item={"basicCode": "000120099000", "name": "示例事项"})
        code, said = await foreign.deliver()
        assert code == 1
        assert said["status"] == "PERMISSION_DENIED"
        assert said["problem"]["reason"] == "OUTSIDE_AGREEMENT"
        assert said["problem"]["answerClass"] == "ANSWER_CLASS_FINAL"
        assert said["problem"]["fixZh"]
        assert await ours.feed() == []


async def test_a_client_in_another_language_gets_its_mistakes_in_a_signed_refusal(tmp_path):
    async with two_regions(tmp_path) as (ours, foreign):
        foreign.change_case(channel="CHANNEL_BY_PIGEON", originNumber="")
        code, said = await foreign.deliver()
        assert (code, said.get("outcome"), said.get("refusal")) == (1, "RECEIPT_OUTCOME_REFUSED", "MALFORMED"), said
        assert said["repeatIdentical"]
        assert {finding["path"] for finding in said["findings"]} == {"new_case.channel", "new_case.origin_number"}
        assert await ours.feed() == []


async def test_a_token_by_a_key_nobody_registered_is_refused_with_its_reason(tmp_path):
    async with two_regions(tmp_path) as (ours, foreign):
        foreign.write_key(KeyUse.TOKEN, new_key(KeyUse.TOKEN, suite_named("ES256"), now=ours.gateway.world.clock()))
        code, said = await foreign.deliver()
        assert (code, said["status"], said["problem"]["reason"]) == (1, "UNAUTHENTICATED", "TOKEN_KEY_UNKNOWN")


async def test_the_client_does_not_talk_to_a_server_that_is_another_region(tmp_path):
    async with two_regions(tmp_path) as (_, foreign):
        foreign.config["partner"]["region"] = "500114"
        code, said = await foreign.deliver()
        assert code == 1
        assert said["status"] == "UNAVAILABLE"


def test_the_sample_case_asks_for_an_item_of_the_sample_agreement():
    assert json.loads((NODE / "case.json").read_text("utf-8"))["item"]["basicCode"] == CARD
