"""An introduction becomes a partner file of the running gateway, after its digits were read out by telephone.

1 examine   read, proven, beside the files that are there (`addition`)               else: refused, all findings
2 same      the digits that the other side read out are those of this introduction   else: refused
3 chosen    where the agreements differ somebody said whose text is taken            else: refused
4 audit     who adds whom, with which file
5 write     the file before as a copy beside it, then the new one, whole
6 live      it is looked at without waiting, and becomes a version of its own
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import Findings
from gateway.flows.onboarding.addition import BEFORE, Addition, added
from gateway.flows.onboarding.agreeing import Side
from gateway.flows.onboarding.examine import Folder
from gateway.flows.partner_files.expected import Origin
from gateway.flows.partner_files.go_live import GoingLive
from gateway.flows.partner_files.put_back import put_back
from gateway.partners.introduction import same_digits
from gateway.store import audit
from gateway.store.disk import on_disk

HOW = "partners add"
FILE_SHOWN = "introduction.yaml"
"""What findings call an introduction that came over a page."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done with an introduction.

    Attributes:
        digits: what the other side read out.
        over: the partner's present file may be written over.
    """

    raw: bytes
    side: Side | None = None
    digits: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class AddingPartner:
    """The flow, bound to one gateway.

    Attributes:
        spoken: versions of the exchange format this gateway speaks.
    """

    going_live: GoingLive
    spoken: Sequence[str]
    new_id: Callable[[], str]

    async def examine(self, wish: Wish) -> Addition | Findings:
        """Return what an introduction would become, or what is wrong where it is none.  Nothing is written."""
        return await asyncio.to_thread(self._examined, wish)

    async def add(self, wish: Wish, who: str) -> str:
        """Write the partner file and make it live; return the partner's code.

        Args:
            who: whoever compared the digits, as versions of files name people.

        Raises:
            GatewayError: BAD_REQUEST with every finding; PARTNER_FILE_NOT_WRITABLE; STORE_…
        """
        live = self.going_live
        async with live.lock:
            addition = await asyncio.to_thread(self._examined, wish)
            if isinstance(addition, tuple) or not addition.may_be_written:
                raise _refused(_NOT_AS_IT_IS)
            if not same_digits(wish.digits, addition.read.digits):
                raise _refused(_OTHER_DIGITS)
            if addition.agreed.must_choose:
                raise _refused(_CHOOSE)
            now, code, path = live.clock(), addition.read.introduction.code, addition.prospect.path
            text = addition.text(now)
            sha256 = hashlib.sha256(text).hexdigest()
            detail = f"file={path.name} sha256={sha256} replaces={'yes' if addition.is_there else 'no'}"
            await live.database.write(
                lambda tx: audit.note(tx, now, f"staff:{who}", "partner.added", code, detail=detail)
            )
            live.expected.announce(sha256, Origin(HOW, who))
            try:
                await on_disk(self._write, addition, text)
            except GatewayError as error:
                told = error.facts.get("detail", error.reason.value)
                raise GatewayError(Reason.PARTNER_FILE_NOT_WRITABLE, file=path.name, detail=told) from error
            await live.look_at((path.name,))
            return code

    def _examined(self, wish: Wish) -> Addition | Findings:
        live = self.going_live
        now, place = live.clock(), live.folder
        folder = Folder.of(place.folder, place.divisions, place.own_region, day_in_china(now))
        return added(wish.raw, FILE_SHOWN, wish.side, folder, spoken=self.spoken, now=now, over=wish.over)

    def _write(self, addition: Addition, text: bytes) -> None:
        path = addition.prospect.path
        if addition.is_there:
            put_back(path.with_name(path.name + BEFORE), path.read_bytes(), self.new_id())
        put_back(path, text, self.new_id())


def _refused(finding: FieldFinding) -> GatewayError:
    return GatewayError(Reason.BAD_REQUEST, findings=[finding], count=1)


_NOT_AS_IT_IS = FieldFinding(
    "introduction",
    Text("有要改的问题, 没有写入", "something has to be mended; nothing was written"),
    Text("看下面的问题; 请对方改好后重新生成", "see what was found; have the other side mend it and make it anew"),
)
_OTHER_DIGITS = FieldFinding(
    "digits",
    Text("数字不同: 这不是对方生成的那个文件", "the digits are others: it is not the file they made"),
    Text(
        "不要继续. 请对方换一条途径另发一次, 再打对方单位公开的电话核对",
        "stop. Have it sent again another way, and compare by a telephone number you knew before",
    ),
)
_CHOOSE = FieldFinding(
    "side",
    Text("两边的协议不一致", "the agreements differ"),
    Text("与对方说清楚, 再选用哪一份", "settle it with them, then choose whose text is taken"),
)
