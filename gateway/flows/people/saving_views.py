"""People keep searches under a name (保存的视图): run, rename and remove them; each sees their own, and at most 20.

A view keeps item, region, state and days.  Numbers of cases, names and certificate numbers are left out: they are about one
person, and would lie in the store in clear for as long as the view does.  What a view finds is what its owner may see when they
run it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.case.texts import Text
from gateway.store import audit, saved_views
from gateway.store.database import ConstraintBroken, Database, Transaction
from gateway.store.saved_views import SavedView

MOST_VIEWS = 20
LONGEST_NAME = 20
KEPT = ("item", "partner", "state", "from", "to", "within")
"""What a view keeps, by field of the page."""


@dataclass(frozen=True, slots=True)
class SavedViews:
    """The flows, bound to one gateway."""

    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    async def of(self, person: Person) -> list[SavedView]:
        """Return somebody's views."""
        return await self.database.read(lambda tx: saved_views.of_person(tx, person.person_id, MOST_VIEWS))

    async def find(self, person: Person, view_id: str) -> SavedView:
        """Return a view.  Raises VIEW_UNKNOWN, also for one of somebody else."""
        found = await self.database.read(lambda tx: saved_views.find(tx, person.person_id, view_id))
        if found is None:
            raise GatewayError(Reason.VIEW_UNKNOWN)
        return found

    async def save(self, person: Person, name: str, fields: Mapping[str, str]) -> SavedView:
        """Keep a search; the same under the same name again is that view.

        Args:
            fields: of the page; only those of `KEPT` are kept.

        Raises:
            GatewayError: BAD_REQUEST with a finding: no name, a name there is, nothing to keep, or 20 views already.
        """
        sought = {field: fields[field] for field in KEPT if fields.get(field)}
        view = SavedView(self.new_id(), _named(name), sought)
        if not sought:
            raise _refused(_NOTHING_KEPT)

        def save(tx: Transaction) -> SavedView:
            there = saved_views.of_person(tx, person.person_id, MOST_VIEWS)
            for one in there:
                if (one.name, dict(one.sought)) == (view.name, sought):
                    return one
            if len(there) >= MOST_VIEWS:
                raise _refused(_TOO_MANY)
            try:
                with tx.savepoint():
                    saved_views.add(tx, person.person_id, view, self.clock())
            except ConstraintBroken:
                raise _refused(_TAKEN) from None
            self._note(tx, person, "view.saved", view.view_id)
            return view

        return await self.database.write(save)

    async def rename(self, person: Person, view_id: str, name: str) -> None:
        """Give a view another name.  Raises VIEW_UNKNOWN; BAD_REQUEST with a finding."""
        name = _named(name)

        def rename(tx: Transaction) -> None:
            if saved_views.find(tx, person.person_id, view_id) is None:
                raise GatewayError(Reason.VIEW_UNKNOWN)
            try:
                with tx.savepoint():
                    saved_views.rename(tx, person.person_id, view_id, name)
            except ConstraintBroken:
                raise _refused(_TAKEN) from None
            self._note(tx, person, "view.renamed", view_id)

        await self.database.write(rename)

    async def remove(self, person: Person, view_id: str) -> None:
        """Remove a view; one that is gone already is removed."""

        def remove(tx: Transaction) -> None:
            if saved_views.find(tx, person.person_id, view_id) is not None:
                saved_views.remove(tx, person.person_id, view_id)
                self._note(tx, person, "view.removed", view_id)

        await self.database.write(remove)

    def _note(self, tx: Transaction, person: Person, act: str, view_id: str) -> None:
        audit.note(tx, self.clock(), f"person:{person.person_id}", act, view_id)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise _refused(_NO_NAME)
    return name


def _refused(finding: FieldFinding) -> GatewayError:
    return GatewayError(Reason.BAD_REQUEST, findings=[finding], count=1)


_NO_NAME = FieldFinding(
    "view_name",
    Text("没有名称或太长", "there is no name, or it is too long"),
    Text(f"1 至 {LONGEST_NAME} 个字", f"1 to {LONGEST_NAME} characters"),
)
_TAKEN = FieldFinding(
    "view_name",
    Text("已有同名的视图", "you have a view of that name"),
    Text("换一个名称, 或先删除原来的", "choose another, or remove that one first"),
)
_TOO_MANY = FieldFinding(
    "view_name",
    Text(f"已有 {MOST_VIEWS} 个视图", f"you have {MOST_VIEWS} views"),
    Text("先删除不用的", "remove one that is not needed"),
)
_NOTHING_KEPT = FieldFinding(
    "view_name",
    Text("没有可以保存的条件", "there is nothing that a view keeps"),
    Text(
        "填写事项、地区、状态或日期; 编号、姓名和证件号码不保存",
        "give an item, a region, a state or days; numbers and names of people are not kept",
    ),
)
