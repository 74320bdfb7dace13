"""Keeps one item of each id, because two would be two values of one series.

The decoder does so for rows; this is for vendor packages that make items in another way.
"""

import msgspec

from exporter.model import ITEM_KINDS, Snapshot


def without_duplicates(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with the first item of each id; the others are among its unmapped values."""
    kept = {}
    duplicates: list[tuple[str, str]] = []
    for kind in ITEM_KINDS:
        items = getattr(snapshot, kind) or ()
        if len({item.id for item in items}) < len(items):
            first: dict[str, object] = {}
            for item in items:
                first.setdefault(item.id, item)
            kept[kind] = tuple(first.values())
            # The id itself may be a person's.
            duplicates += [(f"{kind}.id", "duplicate id")] * (len(items) - len(kept[kind]))
    return msgspec.structs.replace(snapshot, unmapped=(*snapshot.unmapped, *duplicates), **kept) if kept else snapshot
