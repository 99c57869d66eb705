"""Partner files of the right shape that contradict themselves or the world, and the exact text they must print."""

from pathlib import Path

import pytest

from tests.partners.partner_files import a_key, a_partner, an_agreement, checked, jwk, kid, printed, put

GOOD = a_partner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "partners"


CASES = {
    "unknown division": (
        ("our_scope: [422802]", "our_scope: [422899]"),
        [
            "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: 区划代码 422899 不存在",
            "    怎么改: 按 GB/T 2260 核对代码",
        ],
        [
            "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: division code 422899 does not exist",
            "    fix: check it against GB/T 2260",
        ],
    ),
    "foreign division": (
        ("our_scope: [422802]", "our_scope: [500114]"),
        [
            "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: 500114 重庆市黔江区不在本地区",
            "    怎么改: 只能写 422800 及其下属区划",
        ],
        [
            "partners/500240-测试.yaml:30: agreements[0].our_scope[0]: 500114 重庆市黔江区 is not in this region",
            "    fix: write 422800 or divisions within it",
        ],
    ),
    "abolished division": (
        ("their_scope: [500240]", "their_scope: [500112]"),
        [
            "partners/500240-测试.yaml:31: agreements[0].their_scope[0]: 500112 渝北区已撤销",
            "    怎么改: 现为 500157 两江新区, 500109 北碚区; 与对方确认后选定并改写",
        ],
        [
            "partners/500240-测试.yaml:31: agreements[0].their_scope[0]: 500112 渝北区 was abolished",
            "    fix: now 500157 两江新区, 500109 北碚区; agree with the partner which, and write that",
        ],
    ),
    "pseudo code": (
        ("their_scope: [500240]", "their_scope: [500200]"),
        [
            "partners/500240-测试.yaml:31: agreements[0].their_scope[0]: 500200 只用于统计, 不是行政区划",
            "    怎么改: 改用实际的县级或市级代码",
        ],
        [
            "partners/500240-测试.yaml:31: agreements[0].their_scope[0]: 500200 is for statistics only and no division",
            "    fix: use the code of the county or prefecture",
        ],
    ),
    "province's item code": (
        ('basic: "000120011000"', 'basic: "420120011000"'),
        [
            "partners/500240-测试.yaml:34: agreements[0].items[0].basic: 420120011000 是省级目录的编码, 两省不通用",
            "    怎么改: 写 00 开头的国家基本编码; 没有时改用 local: {ours, theirs} 写明对应关系",
        ],
        [
            (
                "partners/500240-测试.yaml:34: agreements[0].items[0].basic: 420120011000 is a province's code; "
                "provinces do not share these"
            ),
            "    fix: write the national code (begins with 00), or map both codes with local: {ours, theirs}",
        ],
    ),
    "address with a scheme": (
        ("address: gateway.example.gov.cn:8443", "address: https://gateway.example.gov.cn"),
        [
            "partners/500240-测试.yaml:6: endpoints[0].address: “https://gateway.example.gov.cn”不是 主机:端口",
            "    怎么改: 写成 gateway.example.gov.cn:8443, 不带 https://, 端口 1 到 65535",
        ],
        [
            "partners/500240-测试.yaml:6: endpoints[0].address: 'https://gateway.example.gov.cn' is not host:port",
            "    fix: write gateway.example.gov.cn:8443, without https://, port 1 to 65535",
        ],
    ),
    "missing certificate file": (
        ("- 500240-root.pem", "- nowhere.pem"),
        [
            "partners/500240-测试.yaml:9: tls.roots[0]: 文件 nowhere.pem 不存在",
            "    怎么改: 路径从本文件所在目录算起; 核对文件名, 或直接写 PEM 文本",
        ],
        [
            "partners/500240-测试.yaml:9: tls.roots[0]: file nowhere.pem does not exist",
            "    fix: the path starts at this file's folder; check the name, or write the PEM text itself",
        ],
    ),
    "kid of another key": (
        (f'kid: "{kid(500240)}"', f'kid: "{kid(7)}"'),
        [
            f"partners/500240-测试.yaml:11: keys[0].kid: kid 与公钥不符, 公钥的指纹是 {kid(500240)}",
            "    怎么改: 电话与对方核对指纹后改正",
        ],
        [
            f"partners/500240-测试.yaml:11: keys[0].kid: kid does not fit the key, whose thumbprint is {kid(500240)}",
            "    fix: compare the thumbprint by telephone, then correct it",
        ],
    ),
    "algorithm of another kind": (
        ("    use: seal\n    algorithm: ES256", "    use: seal\n    algorithm: EdDSA"),
        [
            "partners/500240-测试.yaml:13: keys[0].algorithm: algorithm 写的是 EdDSA, 公钥却是 ES256",
            "    怎么改: 向对方核实; 公钥无误时写 ES256",
        ],
        [
            "partners/500240-测试.yaml:13: keys[0].algorithm: algorithm says EdDSA but the key is for ES256",
            "    fix: ask the partner; if the key is right write ES256",
        ],
    ),
    "no seal key": (
        (a_key(500240), ""),
        [
            "partners/500240-测试.yaml:10: keys: 没有 use: seal 的密钥",
            "    怎么改: 向对方索取公钥, 电话核对指纹",
        ],
        [
            "partners/500240-测试.yaml:10: keys: there is no key with use: seal",
            "    fix: obtain the public key and compare its thumbprint by telephone",
        ],
    ),
    "contradictory patience": (
        ("status: active", "status: active\nretry:\n  first_wait: 50m\n  longest_wait: 10m"),
        [
            "partners/500240-测试.yaml:6: retry.first_wait: first_wait (50m) 比 longest_wait (10m) 还长",
            "    怎么改: 改短前者或改长后者",
        ],
        [
            "partners/500240-测试.yaml:6: retry.first_wait: first_wait (50m) is longer than longest_wait (10m)",
            "    fix: shorten the former or lengthen the latter",
        ],
    ),
    "item that is handled nationwide": (
        ("name: 社会保障卡申领、补领、换领、换发", "name: 户口迁移(工作调动)"),
        [
            (
                "partners/500240-测试.yaml:33: agreements[0].items[0].name: 提醒: “户口迁移(工作调动)”由公安机关户籍业务系统全国统一办理, "
                "不会经本网关转办"
            ),
            "    怎么改: 从清单中删去",
        ],
        [
            (
                "partners/500240-测试.yaml:33: agreements[0].items[0].name: warning: '户口迁移(工作调动)' is handled nationwide by "
                "the public-security household register system and will not be routed"
            ),
            "    fix: take it off the list",
        ],
    ),
}


@pytest.mark.parametrize(("change", "zh", "en"), CASES.values(), ids=CASES)
def test_a_broken_file_says_where_what_and_how_to_mend_it(
    folder: Path, change: tuple[str, str], zh: list[str], en: list[str]
) -> None:
    assert GOOD.count(change[0]) >= 1
    put(folder, GOOD.replace(*change, 1))

    assert printed(folder, "zh") == zh
    assert printed(folder, "en") == en


SHORT = {
    "own county as partner": ("500240", "422801", "code: 422801 belongs to this region"),
    "former code equals present": (
        "status: active",
        'status: active\nhistory: ["500240"]',
        "history[0]: a former code equals the present one",
    ),
    "reserved host in use": (
        "gateway.example.gov.cn:8443",
        "gateway.tongban.invalid:8443",
        "endpoints[0].address: a .invalid host can never be reached",
    ),
    "nowhere to push": (
        "endpoints:\n  - address: gateway.example.gov.cn:8443\n",
        "",
        "endpoints: there is no address to push to",
    ),
    "nobody trusted": (
        "tls:\n  roots:\n    - 500240-root.pem\n",
        "",
        "tls.roots: no certificate authority is trusted for this partner",
    ),
    "nobody to call": (
        'contacts:\n  - name: 值班\n    role: 窗口\n    phone: "000-00000000"\n',
        "",
        "contacts: warning: no contact: nobody to call when something fails",
    ),
    "key dates out of order": (
        "seal_until: 2035-12-31",
        "seal_until: 2025-12-31",
        "keys[0].seal_until: the dates are out of order",
    ),
    "agreement ends before it begins": (
        "valid_to: 2030-12-31",
        "valid_to: 2025-12-31",
        "agreements[0].valid_to: it ends before it begins",
    ),
    "no item code": (
        '        basic: "000120011000"\n',
        "",
        "agreements[0].items[0].basic: give the item's code once: basic or local",
    ),
    "town in a scope": (
        "our_scope: [422802]",
        "our_scope: [422802101000]",
        "agreements[0].our_scope[0]: '422802101000' is not a six-digit division code",
    ),
    "mode listed twice": (
        "modes: [entrusted]",
        "modes: [entrusted, entrusted]",
        "agreements[0].items[0].modes: entrusted is listed twice",
    ),
    "server name with a port": (
        "  - address: gateway.example.gov.cn:8443\n",
        "  - address: gateway.example.gov.cn:8443\n    server_name: a:1\n",
        "endpoints[0].server_name: 'a:1' is not a host name",
    ),
    "short thumbprint": (f'kid: "{kid(500240)}"', 'kid: "abc"', "keys[0].kid: 'abc' is not a key thumbprint"),
    "short pin": (
        "    - 500240-root.pem\n",
        "    - 500240-root.pem\n  pinned: [AA:BB]\n",
        "tls.pinned[0]: 'AA:BB' is not a certificate fingerprint",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), SHORT.values(), ids=SHORT)
def test_a_contradiction_is_named_at_its_key(folder: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    path = put(folder, GOOD.replace(old, new, 1))

    problems = [line.split(": ", 1)[1] for line in printed(folder, "en") if line.startswith("partners/")]

    assert said in problems, (path, problems)


def test_two_agreements_with_one_number_are_refused(folder: Path) -> None:
    put(folder, a_partner(agreements=an_agreement("500240") + an_agreement("500240", ours="422801")))

    assert printed(folder, "en")[0] == (
        "partners/500240-测试.yaml:38: agreements[1].number: the number equals that of agreements[0]"
    )


def test_a_private_key_is_refused_and_not_repeated(folder: Path) -> None:
    secret = "-----BEGIN PRIVATE KEY-----\n      MC4CAQAwBQYDK2VwBCIEIHNlY3JldA==\n      -----END PRIVATE KEY-----"
    put(folder, GOOD.replace(f"    jwk: {jwk(500240)}", f"    pem: |\n      {secret}"))

    text = "\n".join(printed(folder, "en"))

    assert "a private key stands here" in text
    assert "MC4CAQ" not in text


def test_a_file_whose_name_does_not_begin_with_its_code_is_refused(folder: Path) -> None:
    put(folder, GOOD).rename(folder / "shizhu.yaml")

    assert printed(folder, "en")[0] == "partners/shizhu.yaml:1: code: the file name does not begin with 500240-"


def test_a_sample_may_only_name_hosts_that_never_exist(folder: Path) -> None:
    put(folder, a_partner(status="sample"))

    assert printed(folder, "en")[0] == (
        "partners/500240-测试.yaml:6: endpoints[0].address: a sample may only name .invalid hosts"
    )


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    found = checked(tmp_path / "nowhere")

    assert not found.is_clean
    assert found.findings[0].problem.en == "the folder of partner files cannot be opened"
