"""Checks of chapter 7: files travel first, go on where they broke off, and count only when every byte is right."""

import hashlib

from gateway.case.texts import Text
from gateway.kit.conformance.check import Chapter
from gateway.kit.conformance.expectations import must, must_accept, must_put_off, must_refuse_call
from gateway.kit.conformance.samples import sample_file
from gateway.kit.conformance.session import Session
from gateway.kit.conformance.verdicts import Failed
from gateway.kit.conformance.wires import Ended
from gateway.wire.codes import MODES
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2

CHAPTER = Chapter(7, Text("材料", "Materials"))
CHUNK = 256 * 1024
SIZE = 3 * CHUNK + 1000
NEEDS = ("rpc/CheckMaterials", "rpc/PutMaterial")
BROKEN_OFF = 2.0
"""Seconds after which an upload that says nothing more is broken off by us."""
TRICKLE = 45.0
_RESUME = Text(
    "中断的上传不丢已到的字节; 再问 CheckMaterials, 从所答的偏移接着传",
    "a broken upload loses nothing that came; CheckMaterials tells the offset to go on from",
)
_KEEP = Text(
    "边收边落盘, 记下已收的长度; 偏移按 (伙伴, 办件, 摘要) 记",
    "write as it comes and keep the length, per partner, case and digest",
)


class File:
    """A file of a test case, and the calls about it."""

    def __init__(self, s: Session, case_id: str, size: int = SIZE) -> None:
        self._s = s
        self.case_id = case_id
        # Different for every run and case, so that nothing is known of it before.
        block = hashlib.sha256(f"{s.run_id} {case_id} {s.world.new_id()}".encode()).digest()
        self.content = (block * (size // len(block) + 1))[:size]
        self.sha256 = hashlib.sha256(self.content).digest()

    async def announce(self, *, basic_code: str = "") -> Ended:
        """Announce the file for its case."""
        ground = self._s.ground
        return await self._s.ask(
            "CheckMaterials",
            pb.CheckMaterialsRequest(
                case_id=self.case_id,
                basic_code=basic_code or ground.basic_code,
                mode=MODES.to_wire(ground.mode),
                origin_division=ground.origin_division,
                handler_division=ground.handler_division,
                materials=[gateway_pb2.MaterialAnnouncement(sha256=self.sha256, size=len(self.content))],
            ),
        )

    async def standing(self) -> gateway_pb2.MaterialStanding:
        """Announce it and return what is there."""
        ended = await self.announce()
        must(ended.code == "OK", Text(f"CheckMaterials 得到 {ended}", f"CheckMaterials got {ended}"))
        standings = ended.response.standings
        if len(standings) != 1 or standings[0].sha256 != self.sha256:
            raise Failed(Text("答的不是所报的那份材料", "it answers for another material than was announced"))
        there: gateway_pb2.MaterialStanding = standings[0]
        self._s.note(f"  → complete {there.complete}, offset {there.offset}")
        return there

    def messages(
        self, offset: int, end: int | None = None, content: bytes | None = None
    ) -> list[pb.PutMaterialRequest]:
        """Return the messages that upload from an offset on."""
        header = pb.PutMaterialHeader(case_id=self.case_id, sha256=self.sha256, offset=offset)
        whole = self.content if content is None else content
        piece = whole[offset : len(whole) if end is None else end]
        chunks = [piece[at : at + CHUNK] for at in range(0, len(piece), CHUNK)]
        return [pb.PutMaterialRequest(header=header), *(pb.PutMaterialRequest(chunk=chunk) for chunk in chunks)]

    async def put(self, offset: int, content: bytes | None = None) -> Ended:
        """Upload from an offset on to the end."""
        ended = await self._s.wire.put(self.messages(offset, content=content), self._s.bearing())
        self._s.note(f"PutMaterial from {offset} → {ended}")
        return ended

    async def put_a_part(self, offset: int, end: int, seconds: float = BROKEN_OFF) -> Ended:
        """Upload a part, then say nothing more until the call ends."""
        messages = self.messages(offset, end)
        ended = await self._s.wire.put(messages, self._s.bearing(), stay=True, seconds=seconds)
        self._s.note(f"PutMaterial {offset} to {end}, broken off → {ended}")
        return ended


@CHAPTER.check(
    1,
    Text("材料没到, 办件先等", "a case waits for its files"),
    demand=Text(
        "答可重试的 MATERIALS_MISSING, missing 列出摘要; 不出回执",
        "the retriable MATERIALS_MISSING, whose fact missing lists the digests; no receipt",
    ),
    section="9, 10",
    mend=Text("材料齐了才算收到办件", "a case is taken in only when all its files are there"),
    needs=NEEDS,
)
async def _case_waits(s: Session) -> None:
    number = s.new_number()
    file = File(s, number)
    must(not (await file.standing()).complete, Text("没传就说齐了", "it is said to be there already"))
    made = s.make(s.new_case(number=number, materials=(sample_file(file.sha256.hex(), SIZE),)))
    answer = await s.deliver_one(made)
    if answer.is_accepted:
        s.keep(made, answer)
    must_put_off(answer, "MATERIALS_MISSING")
    missing = answer.problem.facts.get("missing", "") if answer.problem else ""
    must(file.sha256.hex() in missing, Text("missing 没有列出摘要", "missing does not list the digest"))


@CHAPTER.check(
    2,
    Text("断了从偏移接着传", "broken off, it goes on from the offset"),
    demand=_RESUME,
    section="10",
    mend=_KEEP,
    needs=NEEDS,
)
async def _goes_on(s: Session) -> None:
    file = File(s, s.new_number())
    there = await file.standing()
    must(there.offset == 0, Text(f"没传过却从 {there.offset} 起", f"never sent, and from {there.offset} on"))
    await file.put_a_part(0, 2 * CHUNK)
    there = await file.standing()
    must(
        0 < there.offset <= 2 * CHUNK,
        Text(f"断后偏移是 {there.offset}", f"after the break the offset is {there.offset}"),
    )
    ended = await file.put(there.offset)
    must(ended.code == "OK", Text(f"接着传得到 {ended}", f"going on got {ended}"))
    must(ended.response.standing.complete, Text("传完了却说不全", "all was sent and it is not complete"))


@CHAPTER.check(
    3,
    Text("偏移不对, 告诉对的", "a wrong offset is answered with the right one"),
    demand=Text("答 MATERIAL_OFFSET, 事实 offset 是对的偏移", "MATERIAL_OFFSET with the right one in the fact offset"),
    section="10",
    mend=_KEEP,
    needs=NEEDS,
)
async def _wrong_offset(s: Session) -> None:
    file = File(s, s.new_number())
    await file.standing()
    ended = await file.put(CHUNK)
    must(ended.reason == "MATERIAL_OFFSET", Text(f"得到 {ended}", f"got {ended}"))
    told = ended.problem.facts.get("offset", "") if ended.problem else ""
    must(told == "0", Text(f"offset 是 {told or '无'}", f"offset is {told or 'missing'}"))


@CHAPTER.check(
    4,
    Text("内容与摘要不符", "bytes that are not those of the digest"),
    demand=Text("丢弃, 答 MATERIAL_DIGEST, 从 0 重来", "dropped: MATERIAL_DIGEST, and from 0 again"),
    section="10",
    mend=Text("收完先算摘要再算数", "compute the digest before a file counts"),
    needs=NEEDS,
)
async def _wrong_bytes(s: Session) -> None:
    file = File(s, s.new_number())
    await file.standing()
    ended = await file.put(0, content=b"x" * SIZE)
    must(ended.reason == "MATERIAL_DIGEST", Text(f"得到 {ended}", f"got {ended}"))
    there = await file.standing()
    must(not there.complete and there.offset == 0, Text("错的字节留下来了", "the wrong bytes were kept"))


@CHAPTER.check(
    5,
    Text("传齐, 办件接收, 材料可取回", "uploaded, the case is taken in and the file comes back"),
    demand=Text(
        "办件随后接收; GetMaterial 从任一偏移给出同样的字节",
        "the case is taken in then; GetMaterial gives the same bytes from any offset",
    ),
    section="10",
    mend=_KEEP,
    needs=(*NEEDS, "rpc/GetMaterial"),
)
async def _comes_back(s: Session) -> None:
    number = s.new_number()
    file = File(s, number)
    ended = await file.put((await file.standing()).offset)
    must(ended.code == "OK", Text(f"上传得到 {ended}", f"the upload got {ended}"))
    made = s.make(s.new_case(number=number, materials=(sample_file(file.sha256.hex(), SIZE),)))
    answer = await s.deliver_one(made)
    must_accept(answer)
    s.keep(made, answer)
    for offset in (0, CHUNK + 7):
        request = pb.GetMaterialRequest(case_id=number, sha256=file.sha256, offset=offset)
        got, came = await s.wire.get(request, s.bearing(), SIZE)
        s.note(f"GetMaterial from {offset} → {got}, {len(came)} bytes")
        must(
            got.code == "OK" and came == file.content[offset:],
            Text("取回的不是原文件", "what came back is another file"),
        )


@CHAPTER.check(
    6,
    Text("别的办件里的同一份材料不算已有", "a file known from another case counts as missing"),
    demand=Text(
        "每个 (伙伴, 办件) 单独计; 谁也打听不到别人有什么", "per partner and case; nobody learns what others hold"
    ),
    section="10",
    mend=_KEEP,
    needs=NEEDS,
)
async def _known_elsewhere(s: Session) -> None:
    file = File(s, s.new_number())
    ended = await file.put((await file.standing()).offset)
    must(ended.code == "OK", Text(f"上传得到 {ended}", f"the upload got {ended}"))
    file.case_id = s.new_number()
    there = await file.standing()
    must(not there.complete and there.offset == 0, Text("另一件说已经有了", "for another case it is said to be there"))


@CHAPTER.check(
    7,
    Text("注定被拒收的, 一个字节也不传", "what would be refused later is refused before any byte"),
    demand=Text("CheckMaterials 就拒绝协议之外的事项", "CheckMaterials refuses an item outside the agreement"),
    section="10",
    mend=Text("报材料时按接收办件同样的规则核对", "check the manifest by the rules of taking the case in"),
    needs=NEEDS,
)
async def _refused_early(s: Session) -> None:
    ended = await File(s, s.new_number()).announce(basic_code="009999999999")
    must_refuse_call(ended, "PERMISSION_DENIED", ["OUTSIDE_AGREEMENT"])


@CHAPTER.check(
    8,
    Text("过大的一块", "a chunk that is too large"),
    demand=Text("一块 1 字节至 256 KiB; 否则 MALFORMED", "a chunk has 1 byte to 256 KiB; else MALFORMED"),
    section="10, 13",
    mend=Text("限制每条消息的大小", "bound every message"),
    needs=NEEDS,
)
async def _too_large_a_chunk(s: Session) -> None:
    file = File(s, s.new_number())
    await file.standing()
    header = pb.PutMaterialHeader(case_id=file.case_id, sha256=file.sha256, offset=0)
    whole = [pb.PutMaterialRequest(header=header), pb.PutMaterialRequest(chunk=file.content)]
    ended = await s.wire.put(whole, s.bearing())
    s.note(f"PutMaterial, one chunk of {SIZE} bytes → {ended}")
    must_refuse_call(ended, "INVALID_ARGUMENT", ["MALFORMED"])


@CHAPTER.check(
    9,
    Text("别人的办件的材料", "a file of a case of others"),
    demand=Text("只给办件的双方", "only for the two parties to the case"),
    section="10",
    mend=Text("先看调用方是不是这件的一方", "look first whether the caller is a party"),
    needs=("rpc/GetMaterial",),
)
async def _of_others(s: Session) -> None:
    request = pb.GetMaterialRequest(case_id=s.new_number(), sha256=b"\x01" * 32, offset=0)
    got, came = await s.wire.get(request, s.bearing(), SIZE)
    s.note(f"GetMaterial → {got}")
    must_refuse_call(got, "PERMISSION_DENIED", ["NOT_A_PARTY"])
    must(not came, Text("给出了字节", "it gave bytes"))


@CHAPTER.check(
    10,
    Text("慢得不像话的上传被切断, 已到的留着", "an upload that hardly moves is cut off, and what came is kept"),
    demand=Text("30 秒内至少 64 KiB; 否则 TOO_SLOW", "at least 64 KiB in 30 s; else TOO_SLOW"),
    section="13",
    mend=Text("给每次调用设最低速度", "give every call a least pace"),
    needs=NEEDS,
    waits=True,
)
async def _trickles(s: Session) -> None:
    file = File(s, s.new_number())
    await file.standing()
    ended = await file.put_a_part(0, CHUNK, TRICKLE)
    must(ended.reason == "TOO_SLOW", Text(f"得到 {ended}", f"got {ended}"))
    there = await file.standing()
    must(there.offset == CHUNK, Text(f"切断后偏移是 {there.offset}", f"after the cut the offset is {there.offset}"))
