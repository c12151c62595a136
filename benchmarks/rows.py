"""What a benchmark prints."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Row"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A comparison: the program's figure, the floor's, and how many times the floor it is."""

    name: str
    ours: float
    floor: float
    ratio: float
    unit: str = "s"

    @staticmethod
    def of(name: str, ours: Sequence[float], floor: Sequence[float], unit: str = "s") -> "Row":
        """The row of the medians of two series."""
        first, second = statistics.median(ours), statistics.median(floor)
        return Row(name=name, ours=first, floor=second, ratio=first / second, unit=unit)
