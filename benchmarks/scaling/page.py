"""The page, made from the record alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.page import number
from benchmarks.scaling import measure
from benchmarks.scaling.model import ALGORITHMS, Network, Point, pays_up_to, strong, weak
from demos.markdown import table

MODELLED = tuple(2**i for i in range(3, 11))
ASSUMED = {
    "a network of 100 Gbit/s and 2 µs": (2e-6, 1 / 12.5e9),
    "Ethernet of 10 Gbit/s and 30 µs": (3e-5, 1 / 1.25e9),
}
"""α and β of networks that were not measured, for comparison."""
TARGET = 1.6
"""How much faster two ranks are meant to be than one, with 128 samples each."""
MODEL = "compiled"


def networks(figures: Mapping[str, Any]) -> dict[str, Network]:
    """The measured one and the assumed ones, which add up numbers as fast."""
    alpha, beta, gamma = (figures["network"][name]["median"] for name in ("alpha", "beta", "gamma"))
    found = {"messages between two processes here, measured": Network(alpha, beta, gamma)}
    return found | {name: Network(a, b, gamma) for name, (a, b) in ASSUMED.items()}


def size(figures: Mapping[str, Any]) -> float:
    """Bytes of the gradients."""
    return float(figures["sum, 2"]["bytes"]["median"])


def modelled(figures: Mapping[str, Any], network: Network) -> dict[str, list[Point]]:
    """Weak and strong scaling from 8 ranks on, with the cheaper algorithm at each number of them."""
    work = {batch: figures[f"work, {batch}"]["ms"]["median"] / 1e3 for batch in measure.WORK}
    sums = {p: min(cost(network, p, size(figures)) for cost in ALGORITHMS.values()) for p in MODELLED}
    one = {way: figures[f"{way}, {MODEL}, 1"]["ms"]["median"] / 1e3 for way in ("weak", "strong")}
    return {
        "weak": weak(one["weak"], work, measure.BATCH, sums),
        "strong": strong(one["strong"], work, measure.TOTAL, sums),
    }


def page(record: Mapping[str, Any]) -> str:
    """The whole page, in Markdown."""
    return "\n\n".join(_parts(record)) + "\n"


def _parts(record: Mapping[str, Any]) -> Iterator[str]:
    figures, machine = record["figures"], record["machine"]
    yield "# How a data-parallel step scales"
    yield (
        "This page is made by `python -m benchmarks.scaling`; every number on it stands in, or follows from, "
        "[scaling.json](scaling.json). [Training over MPI](distributed.md) tells how it works."
    )
    yield (
        f"A training step of an MLP 784-800-10 (forward, backward, gradient descent; float32), "
        f"{number(size(figures) / 1e6)} MB of gradients. {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, Python {machine['python']}, "
        + ", ".join(f"{name} {found}" for name, found in machine["versions"].items())
        + f"; {record['mpi']}. Each rank computes with one thread. Every figure is the median of {record['rounds']} "
        "runs, each in an mpiexec of its own, in turns; ± is half the distance between the quartiles, ratios are taken "
        f"round by round. Measured on {record['date']}, in {record['minutes']:.0f} minutes."
    )
    yield "## Measured"
    for way, what in (
        (measure.WEAK, f"**More ranks, more samples**: {measure.BATCH} on each rank."),
        (measure.STRONG, f"**More ranks, the same minibatch** of {measure.TOTAL:,} samples."),
    ):
        yield what
        kinds = measure.KINDS[way]
        yield table(
            ["ranks", *(f"{kind}, ms" for kind in kinds), *(f"{kind}, speed-up" for kind in kinds)],
            [_measured(figures, way, ranks) for ranks in measure.RANKS],
        )
    yield (
        f"With more ranks than cores, the ranks take turns on a core: {measure.RANKS[-1]} ranks on "
        f"{machine['cores']} cores can at best go as fast as {machine['cores']}."
    )
    for kind in measure.KINDS[measure.WEAK]:
        reached = measure.speedup(figures, "weak", kind, 2)
        word = "met" if reached >= TARGET else "**missed**"
        rounds = measure.speedups(figures, measure.WEAK, kind, 2)
        sums = figures[f"{measure.WEAK}, {kind}, 2"]["sum"]["rounds"]
        yield (
            f"Target: two ranks at least {TARGET} times as fast as one, {kind}: {number(reached)}, {word}. By round, "
            "and in brackets the ms that the sum of the gradients alone took in the same processes: "
            + ", ".join(f"{number(gain)} ({number(ms)})" for gain, ms in zip(rounds, sums, strict=True))
            + "."
        )
    yield (
        "Where the sum takes several times as long in some rounds as in others, what one core had written was then "
        "slower to reach from the other, as happens where a virtual machine's cores come to lie under different caches."
    )
    yield "The sum of the gradients alone, in ms, after each rank wrote its own:"
    names = ("shared", "Allreduce")
    yield table(
        ["ranks", "in shared memory", "MPI_Allreduce"],
        [[str(p), *(_shown(figures[f"sum, {p}"][name]) for name in names)] for p in measure.RANKS if p > 1],
    )
    yield from _model(figures)


def _model(figures: Mapping[str, Any]) -> Iterator[str]:
    alpha, beta, gamma = networks(figures)["messages between two processes here, measured"]
    yield "## Modelled"
    yield (
        "What follows was **not measured**: a step takes one rank's own work, which was, and the sum of n bytes over p "
        "ranks, which is computed. A message of n bytes takes α + n·β, adding n bytes n·γ; a ring then takes "
        "2·(p − 1)·α + (p − 1)/p·n·(2·β + γ), recursive halving and doubling 2·log₂ p·α with the same bytes. Here "
        f"α = {number(alpha * 1e6)} µs, 1/β = {number(1e-9 / beta)} GB/s and 1/γ = {number(1e-9 / gamma)} GB/s were "
        "measured, the first two between two processes on this machine; for the other networks α and β are assumed. "
        "The model knows of no rank that is late, of no traffic that meets, and of no overlap of work and messages."
    )
    yield "A rank's own work in a compiled step, by its samples, measured:"
    yield table(["samples", *map(str, measure.WORK)], [["ms", *(_ms(figures, batch) for batch in measure.WORK)]])
    yield "The sum over the ranks, in ms:"
    yield table(
        ["ranks", *(f"{how}: {name}" for name in networks(figures) for how in ALGORITHMS)],
        [
            [
                f"{p:,}",
                *(
                    number(cost(net, p, size(figures)) * 1e3)
                    for net in networks(figures).values()
                    for cost in ALGORITHMS.values()
                ),
            ]
            for p in MODELLED
        ],
    )
    for name, network in networks(figures).items():
        yield f"### With {name}"
        points = modelled(figures, network)
        yield table(
            ["ranks", "weak: speed-up", "efficiency", "strong: samples of a rank", "speed-up", "efficiency "],
            [
                [f"{w.ranks:,}", *_scaling(w), f"{s.batch:,}", *_scaling(s)]
                for w, s in zip(points["weak"], points["strong"], strict=True)
            ],
        )
        each, all_in = f"{measure.BATCH} samples on each rank", f"{measure.TOTAL:,} samples in all"
        yield f"{_pays(points['weak'], each)} {_pays(points['strong'], all_in)}"
    yield "![Speed-up over ranks: measured on this machine, modelled for three networks](images/scaling.svg)"


def _scaling(point: Point) -> list[str]:
    return [number(point.speedup), f"{point.efficiency:.0%}"]


def _pays(points: list[Point], what: str) -> str:
    most = pays_up_to(points)
    if most is None:
        return f"With {what} less than half of the ranks' time is put to use."
    best = max(points, key=lambda point: point.speedup)
    return (
        f"With {what} at least half of the ranks' time is put to use up to {most:,} ranks; {best.ranks:,} are the "
        f"fastest, {number(best.speedup)} times one rank."
    )


def _measured(figures: Mapping[str, Any], way: str, ranks: int) -> list[str]:
    times = [_shown(figures[f"{way}, {kind}, {ranks}"]["ms"]) for kind in measure.KINDS[way]]
    return [str(ranks), *times, *(number(measure.speedup(figures, way, kind, ranks)) for kind in measure.KINDS[way])]


def _ms(figures: Mapping[str, Any], batch: int) -> str:
    return number(figures[f"work, {batch}"]["ms"]["median"])


def _shown(figure: Mapping[str, Any]) -> str:
    return f"{number(figure['median'])} ± {number(figure['spread'])}"
