"""Parse the status page into its tags and the cells of its table."""

from collections.abc import Sequence
from html.parser import HTMLParser

# These have no end tag.
_VOID = {"meta", "link", "input"}


class Reader(HTMLParser):
    """A parsed page.

    Attributes:
        tags: Every tag with its attributes.
        rows: The text of each cell of each row.
        texts: The text of each element with an id, by id.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag in _VOID:
            return
        self._open.append((tag, attributes.get("id")))
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(tag in {"th", "td"} for tag, _ in self._open):
            self.rows[-1][-1] += data
        for _, name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every tag with this name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def links(self) -> dict[str | None, str | None]:
        """Return the address of each link by its accessible name or, without one, by itself."""
        return {link.get("aria-label") or link["href"]: link["href"] for link in self.all("a")}
