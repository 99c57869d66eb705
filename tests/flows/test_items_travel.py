"""Requirements travel: what a handler publishes is what a window elsewhere is held to, before anything leaves."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.item.codes import ExerciseLevel
from gateway.case.item.definition import ItemDefinition, ItemState, TimeLimit
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.items.look import ItemsWanted
from gateway.partners.schema import Delivery, Status
from gateway.partners.snapshot import Partners
from gateway.store import audit, feed, items
from gateway.store.database import Transaction
from gateway.wire.description import Description
from gateway.wire.item_pages import BrokenItem, ItemsPage
from tests.build import USCC, a_definition, a_file, a_finding, a_material
from tests.flows.regions import CARD, Region, regions

ENSHI, QIANJIANG = "422800", "500114"
PHOTO = b"a photograph"


def an_item(**changes: Any) -> ItemDefinition:
    """恩施州's item of the agreement, one photograph demanded."""
    return a_definition(**({"basic_code": CARD, "item_type": "01"} | changes))


def with_photo(region: Region, **changes: Any) -> Any:
    """A case that meets it."""
    return region.a_case(to=ENSHI, materials=(a_material(form=a_file(PHOTO)),), **changes)


def stating(case: Any, version: int) -> Any:
    """The same case, filled in for a version."""
    return replace(case, item=replace(case.item, version=version))


async def kept(region: Region, table: str) -> int:
    """How many rows a table has."""
    row = await region.gateway.database.read(lambda tx: tx.row(f"SELECT count(*) FROM {table}"))
    assert row
    return int(row[0])


async def refused(region: Region, case: Any, reason: Reason) -> GatewayError:
    """Submit a case that is refused with a reason, and see that nothing of it is kept."""
    tables = ("evidence", "cases", "outbox", "audit", "events")
    before = [await kept(region, table) for table in tables]
    with pytest.raises(GatewayError) as caught:
        await region.submit(case)
    assert caught.value.reason is reason
    assert [await kept(region, table) for table in tables] == before, "nothing was kept and nothing was sent"
    return caught.value


async def version_of(region: Region, number: str) -> int:
    """The version a case is bound to."""
    return (await region.view(number)).row.item_version


async def catalogue(region: Region, of: str) -> items.Catalogue | None:
    """How fresh a catalogue is here."""
    return await region.gateway.database.read(lambda tx: items.catalogue(tx, of))


async def changes_told(region: Region) -> list[tuple[str, str]]:
    """Cases whose system is told that the item changed, each with the note."""
    entries = await region.gateway.looking.read_feed(region.system, 0, 100)
    return [(entry.case_id, entry.note) for entry in entries if entry.kind == feed.ITEM_CHANGED]


@pytest.fixture(params=["direct", "grpc"])
def wires(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_what_the_handler_publishes_is_demanded_before_anything_is_kept(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        done = await there.publish(an_item())
        assert (done.catalogue_version, done.added, done.unchanged, done.new_versions) == (1, 1, 0, 0)
        await all_regions.ask_for_items()
        error = await refused(here, here.a_case(to=ENSHI), Reason.REQUIREMENTS_NOT_MET)
        assert len(error.findings) == error.facts["count"] >= 1
        assert any("一寸免冠照片" in finding.problem.zh for finding in error.findings)
        assert there.settings.name[:2] in error.cause.zh
        await here.upload(PHOTO)
        number = await here.submit(with_photo(here))
        await all_regions.settle_down()
        assert await there.state(number) is State.AWAITING_SIGN_OFF
        assert await version_of(here, number) == await version_of(there, number) == 1
        assert (await there.view(number)).case.item.version == 1, "the case left with the version that binds"


async def test_an_item_that_is_not_on_the_list_is_refused(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item(basic_code="000120011999"))
        await all_regions.ask_for_items()
        error = await refused(here, here.a_case(to=ENSHI), Reason.ITEM_NOT_PUBLISHED)
        assert CARD in error.cause.zh


async def test_an_item_that_is_paused_or_cancelled_is_refused_whatever_version_is_stated(tmp_path: Path) -> None:
    for state, word in ((ItemState.PAUSED, "暂停"), (ItemState.CANCELLED, "取消")):
        async with regions(tmp_path / word, QIANJIANG, ENSHI) as all_regions:
            here, there = all_regions[QIANJIANG], all_regions[ENSHI]
            await here.upload(PHOTO)
            await there.publish(an_item(), an_item(version=2, state=state))
            await all_regions.ask_for_items()
            for stated in (0, 1, 2):
                error = await refused(here, stating(with_photo(here), stated), Reason.ITEM_NOT_IN_USE)
                assert word in error.cause.zh


async def test_a_region_that_publishes_nothing_demands_nothing(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await all_regions.ask_for_items()
        number = await here.submit(here.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await there.state(number) is State.AWAITING_SIGN_OFF
        assert await version_of(here, number) == await version_of(there, number) == 0


async def test_a_case_stays_bound_to_its_version_and_its_system_learns_of_the_next(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        await there.publish(an_item())
        await all_regions.ask_for_items()
        first = await here.submit(with_photo(here))
        waiting = await here.submit(with_photo(here))
        await all_regions.settle_down()
        done = await there.publish(an_item(version=2, promised_limit=TimeLimit(8)))
        assert (done.catalogue_version, done.added, done.new_versions) == (2, 0, 1)
        await all_regions.ask_for_items()
        assert await version_of(here, first) == await version_of(there, first) == 1
        assert await changes_told(here) == [(first, "1→2"), (waiting, "1→2")]
        await all_regions.ask_for_items()
        assert len(await changes_told(here)) == 2, "told once"
        second = await here.submit(with_photo(here))
        await all_regions.settle_down()
        assert await version_of(here, second) == await version_of(there, second) == 2
        await there.publish(an_item(version=3, state=ItemState.PAUSED))
        await all_regions.ask_for_items()
        assert (second, "2→3 paused") in await changes_told(here)


async def test_a_version_superseded_days_ago_is_honoured_and_an_older_one_is_not(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        today = all_regions.clock().date()
        versions = [
            an_item(version=n, valid_from=today - timedelta(days=days)) for n, days in ((1, 300), (2, 30), (3, 2))
        ]
        await there.publish(*versions)
        await all_regions.ask_for_items()
        number = await here.submit(stating(with_photo(here), 2))
        await all_regions.settle_down()
        assert await version_of(here, number) == await version_of(there, number) == 2
        for stated in (1, 4):
            error = await refused(here, stating(with_photo(here), stated), Reason.ITEM_CHANGED)
            assert (error.facts["version"], error.facts["stated"]) == (3, stated)
        await refused(here, stating(with_photo(here), 9), Reason.ITEM_CHANGED)


async def test_the_version_in_force_on_the_day_the_window_received_the_application_binds(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        today = all_regions.clock().date()
        await there.publish(
            an_item(), an_item(version=2, valid_from=today), an_item(version=3, valid_from=date(2027, 1, 1))
        )
        await all_regions.ask_for_items()
        yesterday = with_photo(here, received_at_window=all_regions.clock() - timedelta(days=1))
        number = await here.submit(yesterday)
        later = await here.submit(with_photo(here))
        await all_regions.settle_down()
        assert [await version_of(there, one) for one in (number, later)] == [1, 2]


async def test_a_case_under_way_while_the_item_changes_is_refused_only_when_its_version_is_old(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        await there.publish(an_item())
        await all_regions.ask_for_items()
        here.courier.down.add(ENSHI)
        in_time = await here.submit(with_photo(here))
        await there.publish(an_item(version=2, valid_from=date(2026, 2, 1)))
        here.courier.down.clear()
        await all_regions.pass_time(hours=5)
        assert await there.state(in_time) is State.AWAITING_SIGN_OFF, "no origin could know of a version imported later"
        here.courier.down.add(ENSHI)
        await all_regions.pass_time(days=5)
        late = await here.submit(with_photo(here, received_at_window=all_regions.clock()))
        here.courier.down.clear()
        await all_regions.pass_time(hours=5)
        assert await here.state(late) is State.REFUSED_BY_PARTNER
        view = await here.view(late)
        refusal = view.events[0].refusal
        assert refusal
        assert (refusal.reason, refusal.facts["version"], refusal.facts["stated"]) == ("ITEM_CHANGED", "2", "1")
        assert ENSHI in here.gateway.items.doubted, "a hint to ask soon"


async def test_the_handler_holds_to_its_own_list_whatever_the_origin_knows(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item(basic_code="000120011999"))
        number = await here.submit(here.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await here.state(number) is State.REFUSED_BY_PARTNER
        refusal = (await here.view(number)).events[0].refusal
        assert refusal
        assert refusal.reason == "ITEM_NOT_PUBLISHED"
        assert there.gateway.about.region_name in refusal.cause.zh


async def test_the_handler_does_not_refuse_for_what_is_missing_it_asks(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        number = await here.submit(here.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await there.state(number) is State.AWAITING_SIGN_OFF
        assert await version_of(there, number) == 1


async def test_a_repeat_gets_its_first_answer_whatever_the_catalogue_says_today(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        case = here.a_case(to=ENSHI)
        number = await here.submit(case)
        await there.publish(an_item(state=ItemState.CANCELLED))
        await all_regions.ask_for_items()
        assert await here.submit(case) == number


async def test_a_partner_that_is_away_keeps_the_catalogue_it_gave(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        await all_regions.ask_for_items()
        here.courier.down.add(ENSHI)
        refreshed = await here.gateway.items.refresh(ENSHI)
        assert refreshed.error
        held = await catalogue(here, ENSHI)
        assert held
        assert (held.version, held.reason) == (1, "PARTNER_UNREACHABLE")
        await refused(here, here.a_case(to=ENSHI), Reason.REQUIREMENTS_NOT_MET)
        here.courier.down.clear()
        await all_regions.ask_for_items()
        held = await catalogue(here, ENSHI)
        assert held
        assert held.reason == ""


async def test_a_partner_restored_from_a_backup_is_asked_for_everything_anew(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        gone = an_item(basic_code="000120011999")
        await there.publish(an_item())
        await there.publish(gone)
        await there.publish(an_item(version=2, promised_limit=TimeLimit(8)))
        await all_regions.ask_for_items()

        def restore(tx: Transaction) -> None:
            for definition, version in ((an_item(), 2), (gone, 1)):
                items.remove(tx, ENSHI, definition.key, version)
            items.changed(tx, ENSHI, 1, all_regions.clock())

        await there.gateway.database.write(restore)
        await there.publish(an_item(version=2, promised_limit=TimeLimit(7)))
        await all_regions.ask_for_items()
        held = await catalogue(here, ENSHI)
        assert held
        assert held.version == 2
        newest = await here.gateway.database.read(lambda tx: items.definition(tx, ENSHI, an_item().key, 2))
        assert newest
        assert newest.promised_limit == TimeLimit(7)
        assert await here.gateway.database.read(lambda tx: items.of_code(tx, ENSHI, gone.basic_code)) == []


async def test_a_restored_partner_that_reached_the_same_version_again_is_asked_for_everything_anew(
    tmp_path: Path,
) -> None:
    """The number is the same and the content is not: only the other life of its store tells."""
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        await there.publish(an_item(version=2, promised_limit=TimeLimit(9)))
        await all_regions.ask_for_items()

        def restore(tx: Transaction) -> None:
            items.remove(tx, ENSHI, an_item().key, 2)
            items.changed(tx, ENSHI, 1, all_regions.clock())
            tx.execute("UPDATE incarnation SET id = 'another life'")

        await there.gateway.database.write(restore)
        await there.publish(an_item(version=2, promised_limit=TimeLimit(3)))
        await all_regions.ask_for_items()
        newest = await here.gateway.database.read(lambda tx: items.definition(tx, ENSHI, an_item().key, 2))
        assert newest
        assert newest.promised_limit == TimeLimit(3)


async def test_a_version_left_out_beside_the_same_version_named_is_told_with_its_row(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        with pytest.raises(GatewayError) as caught:
            await all_regions[ENSHI].publish(an_item(version=0), an_item(version=1, name="另一个名称"))
        assert [finding.path for finding in caught.value.findings] == ["definitions[1].version"]


async def test_many_items_come_page_by_page_and_all_of_them_once(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        # Large enough that the bytes of a page end it, not the number of items.
        basis = ("依" * 3000,)
        many = [an_item(basic_code=f"000120{n:03d}000", legal_bases=basis) for n in range(230)]
        await there.publish(*many)
        refreshed = await here.gateway.items.refresh(ENSHI)
        assert refreshed.taken == 230
        names = await here.gateway.database.read(lambda tx: items.names(tx, ENSHI))
        assert names == {(one.key, 1) for one in many}
        (partner,) = here.gateway.registry.current()
        page = await here.courier.get_items(partner, 0)
        assert 50 < len(page.items) < 200
        again = await here.gateway.items.refresh(ENSHI)
        assert (again.taken, again.version) == (0, 1)


class Tampering:
    """A courier whose partner says something odd of its items."""

    def __init__(self, inner: Any, page: ItemsPage, **described: Any) -> None:
        self._inner, self._page, self._described = inner, page, described

    async def describe(self, partner: Any) -> Description:
        return replace(await self._inner.describe(partner), **self._described)

    async def get_items(self, partner: Any, since: int, page_token: str = "") -> ItemsPage:
        return self._page


def tamper(region: Region, page: ItemsPage, **described: Any) -> None:
    """Let the region's partner say something odd."""
    region.gateway.courier = Tampering(region.courier, page, **({"items_version": page.items_version} | described))


async def test_a_broken_definition_is_kept_out_and_noted_and_the_rest_is_taken(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here = all_regions[QIANJIANG]
        broken = an_item(basic_code="000120011998", promised_limit=TimeLimit(99))
        elsewhere = an_item(basic_code="000120011997", division="110000")
        unread = BrokenItem("000120011996", (a_finding("items[3].state"),))
        tamper(here, ItemsPage((broken, an_item(), elsewhere), "", 5, (unread,)))
        refreshed = await here.gateway.items.refresh(ENSHI)
        assert (refreshed.taken, refreshed.version) == (1, 5)
        assert {(one.item, one.where) for one in refreshed.kept_out} == {
            ("000120011998", "promised_limit"),
            ("000120011997", "ELSEWHERE"),
            ("000120011996", "items[3].state"),
        }
        for one in refreshed.kept_out:
            (note,) = await here.gateway.database.read(lambda tx, item=one.item: audit.about(tx, item))
            assert (note.act, note.detail) == ("item.kept_out", one.where)


async def test_a_version_that_comes_again_with_other_content_is_kept_out(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        await all_regions.ask_for_items()
        tamper(here, ItemsPage((an_item(promised_limit=TimeLimit(3)),), "", 2))
        refreshed = await here.gateway.items.refresh(ENSHI)
        assert [(one.item, one.where) for one in refreshed.kept_out] == [(CARD, "VERSION_TAKEN")]
        first = await here.gateway.database.read(lambda tx: items.definition(tx, ENSHI, an_item().key, 1))
        assert first == an_item()


async def test_a_partner_that_does_not_serve_items_is_left_alone(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        await all_regions.ask_for_items()
        tamper(here, ItemsPage((), "", 0), features=("rpc/DeliverEnvelopes",))
        assert (await here.gateway.items.refresh(ENSHI)).version == 0
        await here.submit(here.a_case(to=ENSHI))


async def test_a_partner_whose_pages_never_end_is_given_up_and_hurts_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here = all_regions[QIANJIANG]
        tamper(here, ItemsPage((an_item(),), "again", 5))
        refreshed = await here.gateway.items.refresh(ENSHI)
        assert refreshed.error
        assert refreshed.error.reason is Reason.PARTNER_ANSWER
        held = await catalogue(here, ENSHI)
        assert held
        assert held.version == 0, "the version is written last"


async def test_the_narrowest_division_wins_and_a_task_code_narrows_further(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        first = f"11422800MB0T00015R3{CARD}"
        await there.publish(
            an_item(promised_limit=TimeLimit(10)),
            an_item(division="422801", promised_limit=TimeLimit(9)),
            an_item(division="422801", task_code=first, promised_limit=TimeLimit(8)),
            an_item(division="422802", promised_limit=TimeLimit(7)),
        )
        await all_regions.ask_for_items()

        async def demanded(division: str, task_code: str = "") -> TimeLimit | None:
            demand = await here.gateway.catalogues.demand(
                ENSHI, basic_code=CARD, division=division, on=all_regions.clock().date(), task_code=task_code
            )
            assert demand.definition
            return demand.definition.promised_limit

        assert await demanded("422825000000") == TimeLimit(10)
        assert await demanded("422801000000") == TimeLimit(9), "the one without a task code is meant by a case without"
        assert await demanded("422801", task_code=first) == TimeLimit(8)
        assert await demanded("422802001000") == TimeLimit(7)


async def test_two_departments_of_one_place_make_the_case_name_its_task_code(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        first, second = f"11422800MB0T00015R3{CARD}", f"11440232MB2D06811W3{CARD}"
        await there.publish(an_item(task_code=first), an_item(task_code=second))
        await all_regions.ask_for_items()
        case = with_photo(here)
        error = await refused(here, case, Reason.REQUIREMENTS_NOT_MET)
        assert [finding.path for finding in error.findings] == ["item.task_code"]
        assert first in error.findings[0].fix.zh
        number = await here.submit(replace(case, item=replace(case.item, task_code=second)))
        await all_regions.settle_down()
        assert await version_of(there, number) == 1


async def test_a_partner_that_only_collects_cannot_be_asked_and_is_held_to_the_agreement_alone(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        (partner,) = here.gateway.registry.current()
        assert partner.delivery is Delivery.COLLECT
        assert not here.gateway.items.refreshing.can_be_asked(ENSHI)
        await all_regions.ask_for_items()
        assert await catalogue(here, ENSHI) is None
        await here.submit(here.a_case(to=ENSHI))


async def test_an_import_is_all_or_nothing_and_never_overwrites(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        there = all_regions[ENSHI]
        await there.publish(an_item(), an_item(version=2))
        same = await there.publish(an_item())
        assert (same.catalogue_version, same.unchanged) == (1, 1), "the same again changes nothing"
        for wrong, paths in (
            ([an_item(promised_limit=TimeLimit(3)), an_item(version=3)], ["definitions[0].version"]),
            ([an_item(version=3), an_item(version=3, visits=1, visits_reason="核验")], ["definitions[1].version"]),
            ([an_item(version=3, division="500114")], ["definitions[0].division"]),
            ([an_item(version=3, promised_limit=TimeLimit(99))], ["definitions[0].promised_limit"]),
        ):
            with pytest.raises(GatewayError) as caught:
                await there.publish(*wrong)
            assert caught.value.reason is Reason.BAD_REQUEST
            assert [finding.path for finding in caught.value.findings] == paths
        assert await there.gateway.database.read(lambda tx: items.names(tx, ENSHI)) == {
            (an_item().key, 1),
            (an_item().key, 2),
        }


async def test_an_item_with_and_without_a_task_code_is_not_imported_twice(tmp_path: Path) -> None:
    """Two rows that nobody could tell apart afterwards: with 实施编码 and without."""
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        there = all_regions[ENSHI]
        await there.publish(an_item(task_code=f"{USCC}4{CARD}", exercise_level=ExerciseLevel.COUNTY))
        with pytest.raises(GatewayError) as caught:
            await there.publish(an_item())
        assert [finding.path for finding in caught.value.findings] == ["definitions[0].task_code"]
        assert await there.gateway.items.own_version() == 1, "nothing of it was kept"


async def test_a_window_sees_what_may_be_submitted_where_and_what_is_demanded(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        looking = here.gateway.items.looking
        towards = ItemsWanted(division="422802")
        (before,) = await looking.list_items(towards, 10)
        assert (before.basic_code, before.region, before.demand.published) == (CARD, ENSHI, False)
        await there.publish(an_item(), an_item(version=2))
        await all_regions.ask_for_items()
        (listed,) = await looking.list_items(towards, 10)
        assert listed.demand.definition == an_item(version=2)
        assert await looking.find_item(replace(towards, item=CARD)) == listed
        assert await looking.list_items(replace(towards, item="000120011999"), 10) == []
        assert await looking.list_items(replace(towards, region="433100"), 10) == []
        with pytest.raises(GatewayError) as unagreed:
            await looking.find_item(replace(towards, item="000120011999"))
        assert unagreed.value.reason is Reason.ITEM_NOT_AGREED
        (own,) = await there.gateway.items.looking.list_items(ItemsWanted(), 10)
        assert own.demand.definition == an_item(version=2)
        assert await there.gateway.items.looking.find_item(ItemsWanted(item=CARD)) == own
        with pytest.raises(GatewayError) as unknown:
            await there.gateway.items.looking.find_item(ItemsWanted(item="000120011999"))
        assert unknown.value.reason is Reason.ITEM_NOT_PUBLISHED


async def test_an_item_off_the_list_is_refused_before_any_byte_of_its_files_moves(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item(basic_code="000120011999"))
        await here.upload(PHOTO)
        number = await here.submit(with_photo(here))
        await all_regions.settle_down()
        assert await here.state(number) is State.REFUSED_BY_PARTNER
        assert await kept(there, "possessions") == 0, "no file was announced, let alone sent"


async def test_a_wider_change_does_not_concern_a_case_bound_to_a_narrower_definition(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        await there.publish(an_item(), an_item(division="422801"))
        await all_regions.ask_for_items()
        number = await here.submit(with_photo(here))
        await there.publish(an_item(version=2))
        await all_regions.ask_for_items()
        assert await changes_told(here) == []
        await there.publish(an_item(version=2, division="422801"), an_item(version=3, division="422801"))
        await all_regions.ask_for_items()
        assert await changes_told(here) == [(number, "1→3")], "the newest of what came is told"


async def test_a_case_at_its_end_learns_of_no_change(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        await there.publish(an_item())
        await all_regions.ask_for_items()
        number = await here.submit(with_photo(here))
        await all_regions.settle_down()
        await here.act(number, ev.Withdrawn())
        await all_regions.settle_down()
        assert await here.state(number) is State.WITHDRAWN
        await there.publish(an_item(version=2))
        await all_regions.ask_for_items()
        assert await changes_told(here) == []


async def test_an_item_without_a_national_code_is_looked_up_under_the_handlers_own(tmp_path: Path) -> None:
    line = {
        "name": "社会保障卡申领、补领、换领、换发",
        "local": {"ours": "500120011000", "theirs": "420120011000"},
        "modes": ["entrusted"],
        "directions": ["outward", "inward"],
    }
    async with regions(tmp_path, QIANJIANG, ENSHI, items=[line]) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await here.upload(PHOTO)
        await there.publish(an_item(basic_code="420120011000"))
        await all_regions.ask_for_items()
        case = with_photo(here)
        number = await here.submit(replace(case, item=replace(case.item, basic_code="500120011000")))
        assert await version_of(here, number) == 1
        await there.publish(an_item(basic_code="420120011000", version=2))
        await all_regions.ask_for_items()
        assert await changes_told(here) == [(number, "1→2")]


async def test_a_flood_of_broken_definitions_is_given_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here = all_regions[QIANJIANG]
        flood = tuple(BrokenItem("", (a_finding("items[0].state"),)) for _ in range(200))
        tamper(here, ItemsPage((), "more", 5, flood))
        refreshed = await here.gateway.items.refresh(ENSHI)
        assert refreshed.error
        assert refreshed.error.reason is Reason.PARTNER_ANSWER
        assert 1_000 <= await kept(here, "audit") < 1_500


async def test_our_own_items_of_several_places_make_the_question_name_one(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        there = all_regions[ENSHI]
        task = f"11422800MB0T00015R3{CARD}"
        await there.publish(an_item(division="422801"), an_item(division="422802", task_code=task))
        looking = there.gateway.items.looking
        with pytest.raises(GatewayError) as several:
            await looking.find_item(ItemsWanted(item=CARD))
        assert [finding.path for finding in several.value.findings] == ["query.division"]
        found = await looking.find_item(ItemsWanted(item=CARD, division="422802001000"))
        assert found.demand.definition == an_item(division="422802", task_code=task)
        other = ItemsWanted(item=CARD, division="422802", task_code=task[:-12] + "000120011999")
        with pytest.raises(GatewayError) as none:
            await looking.find_item(other)
        assert none.value.reason is Reason.ITEM_NOT_PUBLISHED


async def test_what_is_paused_or_no_longer_agreed_is_not_offered(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here = all_regions[QIANJIANG]
        (partner,) = here.gateway.registry.current()
        towards = ItemsWanted(division="422802")
        assert len(await here.gateway.items.looking.list_items(towards, 10)) == 1
        assert await here.gateway.items.looking.list_items(replace(towards, after=CARD), 10) == []
        assert await here.gateway.items.looking.list_items(towards, 0) == []
        for changed in (
            replace(partner, status=Status.PAUSED),
            replace(partner, agreements=tuple(replace(one, valid_to=date(2026, 1, 2)) for one in partner.agreements)),
        ):
            here.gateway.registry.replace(Partners.of_all((changed,), here.gateway.divisions))
            assert await here.gateway.items.looking.list_items(towards, 10) == []


async def test_the_agreement_with_the_narrowest_scope_is_the_one_that_is_listed(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here = all_regions[QIANJIANG]
        (partner,) = here.gateway.registry.current()
        (wide,) = partner.agreements
        narrow = replace(wide, number="窄", their_scope=("422802",))
        twin = replace(narrow, number="同")
        both = ("窄", "同")
        for agreements, numbers in (((wide, narrow), ("窄",)), ((narrow, wide), ("窄",)), ((narrow, twin), both)):
            changed = replace(partner, agreements=agreements)
            here.gateway.registry.replace(Partners.of_all((changed,), here.gateway.divisions))
            (listed,) = await here.gateway.items.looking.list_items(ItemsWanted(division="422802"), 10)
            assert listed.agreements == numbers
        other = replace(partner, code="433100", agreements=(narrow,))
        ours = replace(partner, agreements=(narrow,))
        here.gateway.registry.replace(Partners.of_all((ours, other), here.gateway.divisions))
        assert await here.gateway.items.looking.list_items(ItemsWanted(division="422802"), 10) == []
