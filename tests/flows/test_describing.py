"""What a gateway tells a partner of itself, and how it sees that partner."""

from pathlib import Path

from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"


async def test_both_sides_read_their_agreement_alike_until_one_file_says_otherwise(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        ours = await all_regions[QIANJIANG].gateway.describe(ENSHI)
        theirs = await all_regions[ENSHI].gateway.describe(QIANJIANG)
        assert len(ours.agreement_fingerprint) == 32
        assert ours.agreement_fingerprint == theirs.agreement_fingerprint
        registry = all_regions[ENSHI].gateway.registry
        (partner,) = registry.current()
        other = type(partner)(**{f: getattr(partner, f) for f in partner.__slots__} | {"agreements": ()})
        registry.replace(type(registry.current()).of_all([other], all_regions[ENSHI].gateway.divisions))
        changed = await all_regions[ENSHI].gateway.describe(QIANJIANG)
        assert changed.agreement_fingerprint != ours.agreement_fingerprint


async def test_a_region_sees_how_it_is_seen(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        (partner,) = enshi.gateway.registry.current()
        # Not over the wire: an authentic call ends the back-off, and might before it is answered.
        seen = (await origin.gateway.describe(ENSHI)).standing
        assert seen.queued == 1
        assert seen.last_error == "PARTNER_UNREACHABLE"
        assert seen.backing_off_until
        description = await enshi.courier.describe(partner)
        assert "rpc/DeliverEnvelopes" in description.features
        assert "rpc/GetItems" in description.features
        assert description.items_version == 0, "no items are imported"
