"""From the text of `gateway.yaml` to `Settings`, or everything that is wrong with it.

Judges the file alone.  Whether keys, certificates and folders are there and fit is asked by `tongban check`.
"""

from collections.abc import Iterator
from pathlib import Path

from gateway.case.code.divisions import Divisions, DivisionStatus
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath, has_errors, in_order
from gateway.files.misread import with_misfits
from gateway.files.reader import read
from gateway.files.shapes import check
from gateway.files.tree import Tree
from gateway.settings.divisions import load_divisions
from gateway.settings.licences import licence_findings, resolved
from gateway.settings.oidc import oidc_findings, resolved_oidc
from gateway.settings.paper_settings import resolved_papers
from gateway.settings.schema import GatewayFile
from gateway.settings.settings import Console, Local, Peering, Settings, TlsFiles, TlsPair

SETTINGS_NAME = "gateway.yaml"
LONGEST_SOCKET_PATH = 107
"""Bytes of a Unix socket's path on Linux, the closing zero left out (unix(7))."""

_FOLDERS = ("data", "keys", "partners", "systems", "calendars")


def load_settings(path: Path, divisions: Divisions | None = None) -> tuple[Settings | None, Findings]:
    """Return the settings in the file at `path` and all findings, in line order; None when one is an error.

    Never raises for what is in the file.

    Args:
        divisions: the table `region` is looked up in; the packaged one by default.
    """
    tree = read(path)
    if not isinstance(tree, Tree):
        return None, with_misfits(tree, path, GatewayFile)
    shape = check(tree, GatewayFile)
    if not isinstance(shape, GatewayFile):
        return None, shape
    settings = _resolved(shape, path.absolute())
    findings = in_order(
        (
            *_region(shape, tree, divisions or load_divisions()),
            *_peering(shape, tree),
            *_local(shape, tree),
            *_console(shape, tree),
            *_metrics(shape, tree),
            *_folders(settings, tree),
            *licence_findings(shape.licences, tree),
            *oidc_findings(shape.console.oidc, tree, over_tls=shape.console.tls is not None),
        )
    )
    return (None if has_errors(findings) else settings), findings


def _resolved(shape: GatewayFile, file: Path) -> Settings:
    home = file.parent
    tls = shape.local.tls
    return Settings(
        file=file,
        region=shape.region,
        name=shape.name,
        short_name=shape.short_name,
        software=shape.software,
        data=home / shape.data,
        keys=home / shape.keys,
        vault=home / shape.vault,
        tls=TlsFiles(home / shape.tls.certificate, home / shape.tls.private_key, home / shape.tls.authority),
        peering=Peering(shape.peering.listen, shape.peering.endpoints),
        local=Local(
            shape.local.listen,
            TlsPair(home / tls.certificate, home / tls.private_key) if tls else None,
            shape.local.plain_http,
        ),
        partners=home / shape.partners,
        systems=home / shape.systems,
        calendars=home / shape.calendars,
        licences=resolved(shape.licences, home),
        contact=shape.contact,
        public_phone=shape.public_phone,
        log=shape.log,
        limits=shape.limits,
        retention=shape.retention,
        console=_console_of(shape, home),
        metrics=shape.metrics,
        traces=shape.traces,
    )


def _console_of(shape: GatewayFile, home: Path) -> Console | None:
    said = shape.console
    if said.listen is None:
        return None
    tls = TlsPair(home / said.tls.certificate, home / said.tls.private_key) if said.tls else None
    papers = resolved_papers(said.notices, said.progress_url, home)
    return Console(said.listen, tls, said.idle, said.longest, resolved_oidc(said.oidc, home), papers)


def _region(shape: GatewayFile, tree: Tree, divisions: Divisions) -> Iterator[Finding]:
    division = divisions.get(shape.region)
    if division is None:
        yield tree.finding(
            ("region",),
            Text(f"区划代码 {shape.region} 不存在", f"division code {shape.region} does not exist"),
            Text("按 GB/T 2260 核对代码", "check it against GB/T 2260"),
        )
    elif division.status is DivisionStatus.ABOLISHED:
        after = ", ".join(f"{now.code6} {now.name}" for now in divisions.successors(shape.region))
        yield tree.finding(
            ("region",),
            Text(f"{shape.region} {division.name}已撤销", f"{shape.region} {division.name} was abolished"),
            Text(f"现为 {after}", f"it is now {after}"),
        )


def _peering(shape: GatewayFile, tree: Tree) -> Iterator[Finding]:
    if not shape.peering.endpoints:
        yield tree.warning(
            ("peering", "endpoints"),
            Text("没有写对外地址, 其他地区无法连入", "no endpoint: other regions cannot dial in"),
            Text(
                "写上 endpoints; 本地区只能外拨时请伙伴写 delivery: collect",
                "write endpoints; if this region can only dial out, partners write delivery: collect",
            ),
        )
    seen: set[str] = set()
    for position, endpoint in enumerate(shape.peering.endpoints):
        if str(endpoint.address) in seen:
            yield tree.finding(
                ("peering", "endpoints", position, "address"),
                Text(f"{endpoint.address} 写了两次", f"{endpoint.address} is listed twice"),
                Text("删去一处", "delete one"),
            )
        seen.add(str(endpoint.address))


def _local(shape: GatewayFile, tree: Tree) -> Iterator[Finding]:
    local = shape.local
    if local.plain_http and local.tls:
        yield tree.finding(
            ("local", "plain_http"),
            Text("既写了 tls 又写了 plain_http: true", "both tls and plain_http: true are written"),
            Text("有证书时删去 plain_http", "delete plain_http when there is a certificate"),
        )
    if not (local.tls or local.plain_http or local.listen.is_loopback):
        yield tree.finding(
            ("local", "listen"),
            Text(
                f"{local.listen} 会让密钥和个人信息明文经过网络",
                f"at {local.listen} keys and personal data would cross the network in the clear",
            ),
            Text(
                "写 local.tls; 或只监听 127.0.0.1; 确由前置设备加密时写 plain_http: true",
                "write local.tls, or listen on 127.0.0.1; plain_http: true only where a device in front encrypts",
            ),
        )
    # Port 0 asks the system for a free port, so it never clashes.
    if local.listen == shape.peering.listen and local.listen.port:
        yield tree.finding(
            ("local", "listen"),
            Text("与 peering.listen 是同一个地址", "it is the address of peering.listen"),
            Text("两个入口用不同端口, 如 8080 和 8443", "give the doors different ports, such as 8080 and 8443"),
        )


def _console(shape: GatewayFile, tree: Tree) -> Iterator[Finding]:
    listen = shape.console.listen
    if listen is None:
        return
    if not (shape.console.tls or listen.is_loopback):
        yield tree.finding(
            ("console", "listen"),
            Text(
                f"{listen} 会让密码和个人信息明文经过网络",
                f"at {listen} passwords and personal data would cross the network in the clear",
            ),
            Text("写 console.tls, 或只监听 127.0.0.1", "write console.tls, or listen on 127.0.0.1"),
        )
    if listen.port and listen in (shape.local.listen, shape.peering.listen, shape.metrics.listen):
        yield tree.finding(
            ("console", "listen"),
            Text("与另一个入口是同一个地址", "another door has this address"),
            Text("换一个端口, 如 8090", "take another port, such as 8090"),
        )


def _metrics(shape: GatewayFile, tree: Tree) -> Iterator[Finding]:
    listen = shape.metrics.listen
    if listen and listen.port and listen in (shape.local.listen, shape.peering.listen):
        yield tree.finding(
            ("metrics", "listen"),
            Text("与另一个入口是同一个地址", "another door has this address"),
            Text("换一个端口, 如 9464", "take another port, such as 9464"),
        )


def _folders(settings: Settings, tree: Tree) -> Iterator[Finding]:
    taken: dict[Path, str] = {}
    for key in _FOLDERS:
        folder: Path = getattr(settings, key).resolve()
        if folder in taken:
            yield tree.finding(
                _written((key,), (taken[folder],), tree),
                Text(f"{key} 与 {taken[folder]} 是同一个文件夹", f"{key} and {taken[folder]} are the same folder"),
                Text("各用一个文件夹", "give each a folder of its own"),
            )
        taken.setdefault(folder, key)
    length = len(str(settings.control_socket).encode())
    if length > LONGEST_SOCKET_PATH:
        yield tree.finding(
            ("data",),
            Text(
                f"路径太长: {settings.control_socket.name} 的完整路径有 {length} 字节",
                f"the path is too long: that of {settings.control_socket.name} has {length} bytes",
            ),
            Text(
                f"换到较短的路径, 最多 {LONGEST_SOCKET_PATH} 字节 (系统对套接字的限制)",
                f"move it: the system allows sockets at most {LONGEST_SOCKET_PATH} bytes",
            ),
        )


def _written(path: KeyPath, other: KeyPath, tree: Tree) -> KeyPath:
    """Return whichever of the two stands in the file, so that the finding points to a line one can mend."""
    return path if path in tree.lines else other if other in tree.lines else path
