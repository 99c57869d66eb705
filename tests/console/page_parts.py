"""A page taken apart as a browser takes it apart: its links, its forms, and whatever in it might run or lead elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "hx-get", "hx-post", "sse-connect", "srcdoc"}
)
FREE = frozenset({"text", "search", "tel", "email", "url", "password", "date", "datetime-local", "number", "time", ""})
"""Kinds of fields people type in."""


@dataclass
class FormField:
    """One field: its kind as in HTML (`textarea` and `select` too), and what it holds when the page comes."""

    name: str
    kind: str
    value: str = ""
    choices: list[str] = field(default_factory=list)
    checked: bool = False


@dataclass
class PageForm:
    """One form of a page."""

    action: str
    method: str
    is_multipart: bool
    fields: list[FormField] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and address of each button."""


class Page(HTMLParser):
    """What stands on a page; `odd` names everything that no page of ours has."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.within: list[str] = []
        self.forms: list[PageForm] = []
        self.odd: list[str] = []
        self.shown: list[str] = []
        self.tags: list[str] = []
        self.is_told = False
        self._area: FormField | None = None
        self._choice: FormField | None = None
        self._open: list[str] = []
        self._form: PageForm | None = None
        self.feed(text)
        self.close()

    @property
    def text(self) -> str:
        """What people read."""
        return " ".join(" ".join(self.shown).split())

    def fields(self) -> Iterator[FormField]:
        """Every field of every form."""
        for form in self.forms:
            yield from form.fields

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        self._look_at(tag, has)
        if has.get("role") == "alert" or "problem" in has.get("class", "").split():
            self.is_told = True
        if tag == "a" and "href" in has:
            (self.within if "download" in has else self.links).append(has["href"])
        if tag in ("img", "iframe") and "src" in has:
            self.within.append(has["src"])
        if tag == "form":
            self._form = PageForm(
                has.get("action", ""),
                has.get("method", "get").lower(),
                has.get("enctype", "") == "multipart/form-data",
            )
            self.forms.append(self._form)
        if self._form is not None:
            self._of_a_form(tag, has, self._form)

    def _of_a_form(self, tag: str, has: dict[str, str], form: PageForm) -> None:
        name = has.get("name", "")
        if tag == "input" and name:
            kind = has.get("type", "")
            form.fields.append(FormField(name, kind, has.get("value", ""), checked="checked" in has))
        elif tag == "textarea" and name:
            self._area = FormField(name, "textarea")
            form.fields.append(self._area)
        elif tag == "select" and name:
            self._choice = FormField(name, "select")
            form.fields.append(self._choice)
        elif tag == "option" and self._choice is not None:
            self._choice.choices.append(has.get("value", ""))
            if "selected" in has or len(self._choice.choices) == 1:
                self._choice.value = has.get("value", "")
        elif tag == "button" and has.get("type", "submit") == "submit":
            form.buttons.append((name, has.get("value", ""), has.get("formaction", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._choice = None
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            # a browser drops the first line end of what an area holds
            self._area.value += data.removeprefix("\n") if not self._area.value else data
        if self._open and self._open[-1] in ("script", "style") and data.strip():
            self.odd.append(f"<{self._open[-1]}> with content: {data[:80]}")
        self.shown.append(data)

    def _look_at(self, tag: str, has: dict[str, str]) -> None:
        if tag == "script" and not has.get("src", "").startswith("/static/"):
            self.odd.append(f"a script from {has.get('src')}")
        if tag in ("style", "object", "embed", "base", "svg", "math", "frame", "applet", "template"):
            self.odd.append(f"<{tag}>")
        if tag == "meta" and "http-equiv" in has:
            self.odd.append(f"<meta http-equiv={has['http-equiv']}>")
        for name, value in has.items():
            if name.startswith("on") or name == "style":
                self.odd.append(f"<{tag} {name}={value[:80]}>")
            if name in ADDRESSES and not (
                (value.startswith("/") and not value.startswith(("//", "/\\")))
                or value.startswith(("#", "?", "otpauth:", "data:image/png;base64,", "data:image/svg+xml"))
            ):
                self.odd.append(f"<{tag} {name}={value[:80]}>")
