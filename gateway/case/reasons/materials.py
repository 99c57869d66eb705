"""Reasons that have to do with files: what is missing, what does not fit, and where there is no room."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

MATERIALS: dict[Reason, Row] = {
    Reason.MATERIALS_MISSING: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.PEERING,
        Text("缺少材料文件: {missing}", "material files are missing: {missing}"),
        Text("先上传所列材料, 再递送同一信封", "upload the listed materials, then deliver the same envelope"),
    ),
    Reason.MATERIAL_NOT_OF_CASE: Row(
        Family.FORBIDDEN,
        Answer.FINAL,
        Place.PEERING,
        Text("此办件没有登记过这份材料", "this material was never announced or uploaded for this case"),
        Text("先用 CheckMaterials 登记材料清单, 再上传", "announce the manifest with CheckMaterials, then upload"),
    ),
    Reason.MATERIAL_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.PERSON,
        Place.OURS,
        Text("没有这份材料", "there is no such material"),
        Text("核对摘要; 需要时重新上传", "check the digest; upload it again if needed"),
    ),
    Reason.MATERIAL_TOO_LARGE: Row(
        Family.TOO_LARGE,
        Answer.FINAL,
        Place.OURS,
        Text("材料超过上限 {limit} 字节", "the material exceeds {limit} bytes"),
        Text("压缩或拆分文件", "compress or split the file"),
    ),
    Reason.MATERIAL_DIGEST: Row(
        Family.UNPROCESSABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text("上传内容与摘要不符, 已丢弃", "the uploaded bytes do not match the digest and were dropped"),
        Text("从头重新上传", "upload again from the beginning"),
    ),
    Reason.MATERIAL_OFFSET: Row(
        Family.CONFLICT,
        Answer.RETRIABLE,
        Place.OURS,
        Text("续传位置不对, 应从 {offset} 开始", "wrong offset; continue at {offset}"),
        Text("从 {offset} 处续传", "continue the upload at {offset}"),
    ),
    Reason.DISK_FULL: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text("磁盘已满", "the disk is full"),
        Text("清理或扩充磁盘", "free or add disk space"),
    ),
    Reason.DISK_LOW: Row(
        Family.UNAVAILABLE,
        Answer.RETRIABLE,
        Place.OURS,
        Text(
            "磁盘剩余 {free} 字节, 还要写 {needed} 字节, 至少要留 {least} 字节",
            "{free} bytes of the disk are free, {needed} more would be written, {least} have to stay free",
        ),
        Text(
            "清理或扩充磁盘, 已收到的部分保留, 之后从断点续传",
            "free or add disk space; what came is kept, go on from there afterwards",
        ),
    ),
    Reason.MATERIAL_QUOTA: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.PEERING,
        Text(
            "已登记、还没有办件认领的材料有 {waiting} 字节, 再加 {asked} 字节超过上限 {limit} 字节",
            "files no case has claimed take {waiting} bytes, {asked} more would exceed {limit}",
        ),
        Text(
            "先提交用到这些材料的办件; 没有办件认领的材料三天后自动清除; 需要时调高 limits.unclaimed_materials",
            "submit the cases that need them first; unclaimed files go after three days; raise limits.unclaimed_materials if needed",
        ),
    ),
}
