"""Walking a console over HTTP and sending its forms, as they stand or with something else in some of their fields."""

import io
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, urlsplit

from tests.browser.walking import kind_of
from tests.console.page_parts import FormField, Page, PageForm
from tests.console.people_build import PASSWORD, Visitor

GOOD: Mapping[str, str] = {
    "login": "nobody.yet",
    "password": PASSWORD,
    "again": PASSWORD,
    "division": "500114000000",
    "partner": "422800",
    "item": "000120011000",
    "reason": "核对申请人证件号码",
    "person.name": "向小满",
    "person.certificate_number": "422801199001010026",
    "person.phone": "13900000000",
    "until": "2026-11-30",
    "expected_days": "15",
    "days": "5",
}
"""What fields hold that a form needs filled in; any other holds `示例`, or what its kind demands."""
BY_KIND: Mapping[str, str] = {"date": "2026-11-24", "datetime-local": "2026-11-24T09:30", "number": "1", "file": ""}
BOUNDARY = "----tongban-form-of-a-test"
LONGEST_ASKED = 1000
"""Bytes of a value in an address; the server itself refuses a line of more than 8190 before any page is asked."""
NOT_TYPED = frozenset({"page_token"})
"""Fields that other tests forge."""


@dataclass
class Answer:
    """What came of one request; for a redirection, the page it leads to."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str
    location: str = ""
    cookies: str = ""

    @property
    def is_page(self) -> bool:
        """Whether people see it as a page."""
        return self.headers.get("Content-Type", "").startswith("text/html")

    @property
    def text(self) -> str:
        """Its text."""
        return self.body.decode("utf-8")


@dataclass
class File:
    """A file in a form."""

    name: str
    content: bytes = b"\x89PNG\r\n\x1a\n"


@dataclass
class Filled:
    """A form filled in: every field with its value, and the files of those that take files."""

    form: PageForm
    address: str
    values: list[tuple[str, bytes]]
    files: list[tuple[str, File]] = field(default_factory=list)

    def names(self) -> list[str]:
        """The fields that can be tampered with, each once."""
        return sorted({name for name, _ in self.values} - NOT_TYPED)

    def with_values(self, changed: Mapping[str, bytes]) -> "Filled":
        """The same form with other values."""
        values = [(name, changed.get(name, value)) for name, value in self.values]
        return Filled(self.form, self.address, values, list(self.files))


def filled(form: PageForm, address: str) -> Filled:
    """Fill a form in as somebody would who wants it to be taken."""
    values: list[tuple[str, bytes]] = []
    for one in form.fields:
        if one.kind in ("checkbox", "radio") and not one.checked:
            continue
        if one.kind != "file":
            values.append((one.name, _good(one).encode()))
    name, value, other = form.buttons[-1] if form.buttons else ("", "", "")
    if name:
        values.append((name, value.encode()))
    return Filled(form, other or form.action or address, values)


def _good(one: FormField) -> str:
    if one.value or one.kind == "hidden":
        return one.value
    if one.kind == "select":
        return next((choice for choice in one.choices if choice), "")
    return GOOD.get(one.name, BY_KIND.get(one.kind, "示例"))


async def get(visitor: Visitor, address: str) -> Answer:
    """Load what is at an address; a redirection is followed by nobody, so that where it leads can be looked at."""
    async with visitor.session.get(visitor.url + address, allow_redirects=False) as answer:
        return await _read(answer, address)


async def send(visitor: Visitor, one: Filled) -> Answer:
    """Send a form as a browser does."""
    path = one.address.partition("?")[0] if one.form.method == "get" else one.address
    if one.form.method == "get":
        short = [(name, value[:LONGEST_ASKED]) for name, value in one.values]
        return await get(visitor, f"{path}?{_encoded(short)}")
    if one.form.is_multipart:
        body, kind = _parts(one), f"multipart/form-data; boundary={BOUNDARY}"
    else:
        body, kind = _encoded(one.values).encode(), "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind}
    async with visitor.session.post(
        visitor.url + path, data=io.BytesIO(body), headers=headers, allow_redirects=False
    ) as answer:
        return await _read(answer, path)


async def _read(answer: object, address: str) -> Answer:
    body = await answer.read()  # type: ignore[attr-defined]
    headers = answer.headers  # type: ignore[attr-defined]
    cookies = " ".join(headers.getall("Set-Cookie", ()))
    return Answer(answer.status, headers, body, address, headers.get("Location", ""), cookies)  # type: ignore[attr-defined]


def _encoded(values: Sequence[tuple[str, bytes]]) -> str:
    return "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value, safe='')}" for name, value in values)


def _parts(one: Filled) -> bytes:
    """As browsers write it: quotes and line ends in names percent-encoded (WHATWG HTML, multipart/form-data)."""
    made = []
    for name, value in one.values:
        made.append(f'Content-Disposition: form-data; name="{_name(name)}"\r\n\r\n'.encode() + value)
    for name, file in one.files:
        head = f'Content-Disposition: form-data; name="{_name(name)}"; filename="{_name(file.name)}"'
        made.append(f"{head}\r\nContent-Type: image/png\r\n\r\n".encode() + file.content)
    return b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in made) + f"--{BOUNDARY}--\r\n".encode()


def _name(name: str) -> str:
    return name.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")


async def pages(visitor: Visitor, *also: str) -> AsyncIterator[tuple[str, Page]]:
    """Load every kind of page that links lead to from the home page on, each kind once."""
    waiting = ["/", *also]
    opened: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if opened[kind] >= (3 if kind[0] == "/cases/{case}" else 1):
            continue
        opened[kind] += 1
        answer = await get(visitor, address)
        if not answer.is_page:
            continue
        page = Page(answer.text)
        for link in page.links:
            whole = urlsplit(address).path + link if link.startswith("?") else link
            if whole.startswith("/") and not whole.startswith(("/static/", "//")):
                waiting.append(whole)
        yield address, page
