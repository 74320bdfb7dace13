"""How colours look without red, green or blue vision, and how far apart they are.

Simulation: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency"
(2009), full severity, on linear RGB. Distance: CIE 1976 Lab.
"""

import math
from collections.abc import Iterable
from itertools import combinations
from typing import Final

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

VISIONS: Final[dict[str, Matrix]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_XYZ: Final[Matrix] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final = (0.95047, 1.0, 1.08883)


def nearest(colours: Iterable[str]) -> tuple[float, str, str, str]:
    """Return the smallest distance of two colours in any kind of vision, the kind and the two colours."""
    return min(
        (distance(one, other, vision), vision, one, other)
        for one, other in combinations(colours, 2)
        for vision in VISIONS
    )


def distance(one: str, other: str, vision: str = "normal") -> float:
    """Return the distance of two colours, each as #RRGGBB, in a kind of vision."""
    return math.dist(_lab(one, VISIONS[vision]), _lab(other, VISIONS[vision]))


def _lab(colour: str, vision: Matrix) -> Triple:
    linear = tuple(_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    seen = [min(max(value, 0.0), 1.0) for value in _times(vision, linear)]
    x, y, z = (_root(value / white) for value, white in zip(_times(_XYZ, seen), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _root(value: float) -> float:
    return math.cbrt(value) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29


def _times(matrix: Matrix, vector: Iterable[float]) -> list[float]:
    column = tuple(vector)
    return [sum(left * right for left, right in zip(row, column, strict=True)) for row in matrix]
