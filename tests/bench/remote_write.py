"""Requests of Prometheus's remote-write protocol, version 0.1, without a library.

A request is a protocol buffer: each series has its labels once, followed by its samples. Source:
https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

HEADERS: Final = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

# Field number and wire type, in one byte.
_SERIES: Final = b"\x0a"
_LABEL: Final = b"\x0a"
_SAMPLE: Final = b"\x12"
_NAME: Final = b"\x0a"
_TEXT: Final = b"\x12"
_VALUE: Final = b"\x09"
_TIME: Final = b"\x10"
# A literal whose length has four bytes.
_LITERAL: Final = b"\xfc"


def samples(times: Sequence[int], values: Iterable[float]) -> bytes:
    """Return the samples of a series.

    Args:
        times: The times in milliseconds since the Unix epoch.
        values: The value at each time.
    """
    pairs = zip(times, values, strict=True)
    return b"".join(_field(_SAMPLE, _VALUE + struct.pack("<d", value) + _TIME + _varint(at)) for at, value in pairs)


def series(name: str, labels: Mapping[str, str], encoded_samples: bytes) -> bytes:
    """Return a series.

    Args:
        name: The name of the metric.
        labels: The other labels.
        encoded_samples: What `samples` returned.
    """
    pairs = sorted({"__name__": name, **labels}.items())
    encoded = b"".join(
        _field(_LABEL, _field(_NAME, key.encode()) + _field(_TEXT, value.encode())) for key, value in pairs
    )
    return _field(_SERIES, encoded + encoded_samples)


def body(all_series: Iterable[bytes]) -> bytes:
    """Return the body of a request, in Snappy's block format without compression.

    Args:
        all_series: What `series` returned.
    """
    plain = b"".join(all_series)
    return _varint(len(plain)) + _LITERAL + struct.pack("<I", len(plain) - 1) + plain


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
