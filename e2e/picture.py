"""Where the parts of a timeline lie in its picture: heights in pixels, and times in percent, so that any width fits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from e2e.timeline import Phase, Pod, Timeline

__all__ = ["Band", "Bar", "Picture", "Row", "Tick", "picture_of"]

_PHASE_HEIGHT = 34
_POD_HEIGHT = 30
_GAP = 6
_LEAST_WIDTH = 0.4
"""Of a phase's bar, in percent: one of no second is seen too."""

_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
_MOST_TICKS = 8


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A time from one moment to another.

    Args:
        kind: What happens: `phase`, `waiting` (created, not yet started) or `starting` (started, not yet ready).
        left: Where it begins, in percent of the width.
        width: Its width in percent.
    """

    kind: str
    left: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of text and the bars below it.

    Args:
        top: Distance from the top of its band, in pixels.
        is_phase: Whether it is a phase's; else a pod's.
        label: What it is about.
        note: Its times in words.
        bars: Its bars.
        ready: Where a mark says that a pod is ready, in percent; None where it is not.
    """

    top: int
    is_phase: bool
    label: str
    note: str
    bars: tuple[Bar, ...]
    ready: float | None = None


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line of the scale.

    Args:
        seconds: Seconds since the deployment began.
        left: Where it is, in percent of the width.
    """

    seconds: int
    left: float


@dataclass(frozen=True, kw_only=True)
class Band:
    """A phase and its pods, a picture of its own, so that a page may end behind it.

    Args:
        height: Its height in pixels.
        rows: Its rows from the top.
    """

    height: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a timeline.

    Args:
        bands: The phases from the top.
        ticks: The scale of all of them.
    """

    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]


def picture_of(timeline: Timeline) -> Picture:
    """Lays a timeline out."""
    moments = [each.ended for each in timeline.phases]
    moments += [pod.ready or pod.created for phase in timeline.phases for pod in phase.pods]
    scale = _Scale(max([timeline.seconds, *moments, 1]))
    return Picture(bands=tuple(_band(phase, scale) for phase in timeline.phases), ticks=tuple(scale.ticks()))


def _band(phase: Phase, scale: "_Scale") -> Band:
    rows = [_phase_row(phase, scale)]
    rows += [_pod_row(pod, scale, _PHASE_HEIGHT + number * _POD_HEIGHT) for number, pod in enumerate(phase.pods)]
    return Band(height=_PHASE_HEIGHT + len(phase.pods) * _POD_HEIGHT + _GAP, rows=tuple(rows))


@dataclass(frozen=True)
class _Scale:
    """Seconds as percentages of the longest time."""

    longest: float

    def at(self, seconds: float) -> float:
        return round(100 * max(seconds, 0) / self.longest, 2)

    def bar(self, kind: str, began: float, ended: float) -> Bar:
        left = self.at(began)
        return Bar(kind=kind, left=left, width=round(self.at(ended) - left, 2))

    def ticks(self) -> Iterator[Tick]:
        step = next((step for step in _STEPS if self.longest / step <= _MOST_TICKS), _STEPS[-1])
        for seconds in range(0, int(self.longest) + 1, step):
            yield Tick(seconds=seconds, left=self.at(seconds))


def _phase_row(phase: Phase, scale: _Scale) -> Row:
    bar = scale.bar("phase", phase.began, phase.ended)
    width = max(bar.width, _LEAST_WIDTH)
    bar = replace(bar, left=min(bar.left, 100 - width), width=width)
    return Row(top=0, is_phase=True, label=phase.title, note=f"{phase.ended - phase.began:.0f} s", bars=(bar,))


def _pod_row(pod: Pod, scale: _Scale, top: int) -> Row:
    bars = []
    if pod.started is not None:
        bars.append(scale.bar("waiting", pod.created, pod.started))
    if pod.started is not None and pod.ready is not None:
        bars.append(scale.bar("starting", pod.started, pod.ready))
    ready = None if pod.ready is None else scale.at(pod.ready)
    note = " → ".join("?" if moment is None else f"{moment:.0f}" for moment in (pod.created, pod.started, pod.ready))
    return Row(top=top, is_phase=False, label=pod.name, note=note, bars=tuple(bars), ready=ready)
