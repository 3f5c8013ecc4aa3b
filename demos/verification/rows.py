"""The verdicts: each output and each gradient of the verified code beside what the other judges have for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from demos.verification import quotients
from demos.verification.side import Array, Numbers, Side
from demos.verification.tolerance import Slack, relative
from demos.verification.verdicts import Row, Verdict
from scalar.names import written
from viz.differences import Judgement

SCANNED = 24
"""Elements of a gradient that are looked at one by one when a direction disagrees."""


class Column(NamedTuple):
    """One judge's outputs, and its gradients under our names and in our layout."""

    name: str
    outputs: Sequence[Array]
    gradients: Mapping[str, Array | None]
    digits: str = ""
    """Of our own code in a wider dtype: the narrow one's name."""


class Spread(NamedTuple):
    """How far outputs and gradients may be off."""

    outputs: Sequence[Slack]
    gradients: Mapping[str, Slack]


class Bench(NamedTuple):
    """What all rows are judged with."""

    side: Side
    numbers: Numbers
    weights: Sequence[Array]
    ours: Column
    others: Sequence[Column]
    narrow: Column | None
    """Our code in its own dtype, where that is narrower than the one in which it is judged."""
    spread: Spread
    narrow_spread: Spread | None
    eps: float
    narrow_eps: float
    theirs: Callable[[str, tuple[int, ...], float], Judgement] | None = None
    """What quotients of PyTorch's values say of an element of PyTorch's gradient, by our name and place."""
    kinks: bool = False
    """Whether the engine reports kinks at this point."""
    together: Collection[str] = ()
    """Variables that were moved together with others, and found right, where there are too many to move each."""
    spoiled: Mapping[str, str] = MappingProxyType({})
    """Variables whose gradients come through a wrong step, and what is said of them."""
    same_values: bool = True
    """Whether the outputs agree, so that a gradient that differs is wrong on one of the two sides."""


def output_rows(bench: Bench) -> list[Row]:
    """A row for each output."""
    rows = []
    for i, ours in enumerate(bench.ours.outputs):
        name = "value" if len(bench.ours.outputs) == 1 else f"value {i + 1}"
        others = {c.name: c.outputs[i] if i < len(c.outputs) else None for c in bench.others}
        narrow = bench.narrow.outputs[i] if bench.narrow else None
        narrow_spread = bench.narrow_spread.outputs[i] if bench.narrow_spread else None
        rows.append(_row(bench, name, ours, others, narrow, bench.spread.outputs[i], narrow_spread))
    return rows


def gradient_row(bench: Bench, name: str, only_ours: str) -> Row:
    """The row of the gradient by one variable; `only_ours` says why PyTorch has none."""
    x = bench.numbers[name]
    zero = np.zeros(x.shape)
    found = bench.ours.gradients.get(name)
    ours = zero if found is None else found
    others = {
        c.name: zero if g is None else g for c in bench.others for g in [c.gradients.get(name)] if name in c.gradients
    }
    narrow = bench.narrow.gradients.get(name) if bench.narrow else None
    narrow_spread = bench.narrow_spread.gradients[name] if bench.narrow_spread else None
    row = _row(bench, name, ours, others, narrow, bench.spread.gradients[name], narrow_spread)
    if row.verdict == "undefined" or not x.size:
        return row
    if name in bench.together:
        return row
    if name in bench.spoiled:
        return row._replace(verdict="differs", reason=bench.spoiled[name])
    finding = quotients.directions(bench.side.outputs, bench.side.gradients, bench.numbers, name)
    row, judged = _measured(bench, row, ours, finding)
    if row.verdict == "differs" and row.reason.startswith("from difference") and _only_here(bench, name, judged):
        row = row._replace(verdict="convention", reason=_kink(judged))
    if found is None and row.verdict == "agrees":
        row = row._replace(reason="the result does not depend on it")
    elif row.verdict == "differs" and not np.any(ours) and finding.verdict == "differs":
        row = row._replace(reason="nothing flows back, and yet the result moves with it")
    if row.verdict == "agrees" and only_ours:
        row = row._replace(verdict="differs", reason=only_ours)
    return row._replace(numbers={**row.numbers, "differences": _shown(judged)})


def _row(
    bench: Bench,
    name: str,
    ours: Array,
    others: Mapping[str, Array | None],
    narrow: Array | None,
    slack: Slack,
    narrow_slack: Slack | None,
) -> Row:
    """The row as far as differences have no say."""
    exact = np.asarray(ours)
    index = _largest(np.abs(np.asarray(exact, np.float64)))
    compared: list[_Compared] = []
    if exact.size and exact.dtype.kind == "f" and not np.isfinite(exact).all():
        index = _largest(~np.isfinite(exact))
        compared.append(_Compared(np.inf, "undefined", "", index, np.inf))
    for column, array in others.items():
        compared.append(_compare(exact, array, slack, bench.eps, column))
    if narrow is not None and bench.narrow is not None:
        digits = bench.narrow.digits
        kept = _compare(exact, narrow, narrow_slack or slack, bench.narrow_eps, digits)
        if kept.verdict == "differs":
            left = max(0, int(-np.log10(kept.deviation))) if 0 < kept.deviation < np.inf else 0
            kept = kept._replace(reason=f"in {digits} {left} of {int(-np.log10(bench.narrow_eps))} digits are left")
        compared.append(kept)
    ranks = ("undefined", "differs", "cannot judge here", "agrees")
    agreed = _Compared(0.0, "agrees", "", index, 0.0)
    worst = min(compared, key=lambda one: (ranks.index(one.verdict), -one.excess), default=agreed)
    place = worst.place if worst.excess > 0 else index
    numbers: dict[str, Any] = {}
    if narrow is not None and bench.narrow is not None:
        numbers[bench.narrow.name] = _at(narrow, place)
    numbers[bench.ours.name] = _at(exact, place)
    numbers |= {column: _at(array, place) for column, array in others.items()}
    largest = max((one.deviation for one in compared), default=0.0)
    return Row(name, exact.shape, place, numbers, worst.verdict, largest, worst.reason)


class _Compared(NamedTuple):
    """How one column compares with ours."""

    excess: float
    """By how many times the tolerance it differs."""
    verdict: Verdict
    reason: str
    place: tuple[int, ...]
    deviation: float
    """The largest, relative."""


def _compare(ours: Array, theirs: Array | None, slack: Slack, eps: float, column: str) -> _Compared:
    if theirs is None or np.shape(theirs) != np.shape(ours):
        shape = "no such result" if theirs is None else f"shape {np.shape(theirs)}, not {np.shape(ours)}"
        return _Compared(np.inf, "differs", f"{column} has {shape}", (), np.inf)
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if not a.size:
        return _Compared(0.0, "agrees", "", (), 0.0)
    with np.errstate(all="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
        apart = np.where(np.isnan(apart), np.inf, apart)
        reference = np.where(np.isfinite(a), np.abs(a), 0.0)
        excess, scale = apart / slack.allowed(reference, eps), np.maximum(np.abs(a), np.abs(b))
        deviation = np.where(apart == 0, 0.0, np.where(np.isfinite(scale), apart / np.maximum(scale, 1e-300), np.inf))
    place, largest = _largest(excess), float(deviation.max())
    beyond = float(apart[place]) > relative(eps) * float(reference[place]) + np.finfo(float).tiny
    if excess[place] > 1:
        return _Compared(float(excess[place]), "differs", f"from {column}", place, largest)
    if beyond and float(apart[place]) > 1e-2 * float(np.max(scale)) and float(slack.amplified().max()) > 0:
        reason = "the last digits of the inputs make more"
        return _Compared(float(excess[place]), "cannot judge here", reason, place, largest)
    return _Compared(float(excess[place]), "agrees", "", place if beyond else _largest(np.abs(a)), largest)


def _measured(bench: Bench, row: Row, ours: Array, finding: quotients.Finding) -> tuple[Row, Judgement]:
    """The row after the differences had their say, and what they say of the element that is shown."""
    here = _element(bench, row.name, row.element, ours)
    others = {c.name: row.numbers[c.name] for c in bench.others if row.numbers.get(c.name) is not None}
    if row.verdict == "differs" and row.reason.startswith("from ") and here.verdict in ("agrees", "convention"):
        inside = here.limits is not None and all(_between(x, here.limits) for x in others.values())
        if not here.smooth and inside:
            return row._replace(verdict="convention", reason=_kink(here)), here
        if here.smooth and here.limits:
            return row._replace(reason=row.reason + _blame(bench, row, others)), here
    if finding.verdict == "differs" or here.verdict == "mismatch":
        return _contradicted(bench, row, ours, finding, here)
    if row.verdict in ("agrees", "cannot judge here") and "convention" in (finding.verdict, here.verdict):
        place, here = _scan(bench, row, ours, here) if here.verdict != "convention" else (row.element, here)
        numbers = {**row.numbers, **_numbers_at(bench, row, place, ours)}
        return row._replace(element=place, numbers=numbers, verdict="convention", reason=_kink(here)), here
    confirmed = bool(others) and row.verdict == "agrees"
    if row.verdict in ("agrees", "cannot judge here") and finding.verdict == "cannot judge here" and not confirmed:
        return row._replace(verdict="cannot judge here", reason=finding.reason), here
    return row, here


def _contradicted(
    bench: Bench, row: Row, ours: Array, finding: quotients.Finding, here: Judgement
) -> tuple[Row, Judgement]:
    """The row of a gradient that differences contradict, with the element that is wrong, where it can be found."""
    place = None
    if here.verdict != "mismatch":
        place = quotients.located(bench.side, bench.numbers, row.name, bench.weights, ours)
    if place is not None and (judged := _element(bench, row.name, place, ours)).verdict == "mismatch":
        here = judged
    else:
        place, here = _scan(bench, row, ours, here)
    if here.verdict == "mismatch":
        numbers = {**row.numbers, **_numbers_at(bench, row, place, ours)}
        return row._replace(element=place, numbers=numbers, verdict="differs", reason="from difference quotients"), here
    if finding.verdict == "differs" and np.size(ours) > SCANNED:
        return row._replace(verdict="differs", reason="from difference quotients in a random direction"), here
    if here.verdict == "convention" and row.verdict in ("agrees", "cannot judge here"):
        return row._replace(verdict="convention", reason=_kink(here)), here
    known = any(row.numbers.get(c.name) is not None for c in bench.others) or row.verdict == "differs"
    return (row if known else row._replace(verdict="cannot judge here", reason=here.reason)), here


def _only_here(bench: Bench, name: str, judged: Judgement) -> bool:
    """Whether a derivative outside of the slopes at a kink, as a sum of several may be, is right beside it."""
    if not bench.kinks and judged.smooth:
        return False
    generator = np.random.default_rng(2)
    moved = {n: x + 1e-2 * (np.abs(x) + 0.1) * generator.uniform(-1, 1, x.shape) for n, x in bench.numbers.items()}
    beside = {n: x.astype(bench.numbers[n].dtype) for n, x in moved.items()}
    return quotients.directions(bench.side.outputs, bench.side.gradients, beside, name).verdict == "agrees"


def _blame(bench: Bench, row: Row, others: Mapping[str, Any]) -> str:
    """Where the values agree and ours is right: whether PyTorch's gradient is that of PyTorch's own values."""
    if not bench.same_values or bench.theirs is None or "PyTorch" not in row.reason:
        return ""
    judged = bench.theirs(row.name, row.element, float(others["PyTorch"]))
    if judged.verdict == "mismatch":
        return ", and PyTorch's is wrong"
    return "; each is right for its own function: they have the same value at this point only"


def _element(bench: Bench, name: str, index: tuple[int, ...], ours: Array) -> Judgement:
    claimed = float(np.asarray(ours)[index])
    return quotients.element(bench.side, bench.numbers, name, index, bench.weights, claimed)


def _scan(bench: Bench, row: Row, ours: Array, here: Judgement) -> tuple[tuple[int, ...], Judgement]:
    """The element of a gradient that quotients contradict most, among the largest and some others."""
    order = np.argsort(-np.abs(np.ravel(ours)), kind="stable")
    some = np.random.default_rng(0).permutation(np.size(ours))
    chosen = dict.fromkeys([*order[: SCANNED // 2].tolist(), *some[: SCANNED // 2].tolist(), *order.tolist()])
    worst, found = row.element, here
    rank = ("agrees", "unknown", "convention", "mismatch").index(here.verdict)
    for flat in list(chosen)[:SCANNED]:
        index = tuple(int(i) for i in np.unravel_index(flat, np.shape(ours)))
        judged = _element(bench, row.name, index, ours)
        if ("agrees", "unknown", "convention", "mismatch").index(judged.verdict) > rank:
            worst, found, rank = index, judged, ("agrees", "unknown", "convention", "mismatch").index(judged.verdict)
    return worst, found


def _numbers_at(bench: Bench, row: Row, index: tuple[int, ...], ours: Array) -> dict[str, float | None]:
    found: dict[str, float | None] = {bench.ours.name: _at(ours, index)}
    for column in [*bench.others, *filter(None, [bench.narrow])]:
        array = column.gradients.get(row.name)
        if array is not None and np.shape(array) == np.shape(ours):
            found[column.name] = _at(array, index)
    return found


def _between(x: object, limits: tuple[float, float]) -> bool:
    slack = 1e-6 * max(map(abs, limits))
    return isinstance(x, float) and min(limits) - slack <= x <= max(limits) + slack


def _kink(judgement: Judgement) -> str:
    if judgement.limits is None or judgement.smooth:
        return "at a kink"
    return f"a kink, slopes {written(judgement.limits[0], 4)} and {written(judgement.limits[1], 4)}"


def _shown(judgement: Judgement) -> Any:
    if judgement.limits is None:
        return None
    left, right = judgement.limits
    return right if judgement.smooth else f"‹ {written(left, 4)} › {written(right, 4)}"


def _largest(array: Array) -> tuple[int, ...]:
    if not np.size(array):
        return ()
    flat = int(np.argmax(np.where(np.isnan(np.asarray(array, float)), np.inf, np.asarray(array, float))))
    return tuple(int(i) for i in np.unravel_index(flat, np.shape(array)))


def _at(array: Any, index: tuple[int, ...]) -> float | None:
    try:
        return float(np.asarray(array)[index])
    except (IndexError, TypeError):
        return None
