"""`gallery`: the worked examples of five courses, listed, shown in the terminal, or built into a site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from demos.console import CommandError, ResultMissedError, complain, say
from demos.gallery.catalogue import CATALOGUE, UnknownExampleError, courses, identifier, load
from demos.gallery.example import Course
from demos.gallery.judgement import judge
from demos.gallery.outcome import run
from demos.gallery.pictures import save_pictures
from demos.gallery.terminal import list_examples, show


def gallery_command(
    ids: Annotated[list[str] | None, typer.Argument(metavar="EXAMPLE", help="Examples, such as T2 or G8.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Build the site of the examples named, or of all.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the pictures of the examples that are shown.")] = Path(
        "out"
    ),
    mnist: Annotated[
        bool, typer.Option("--mnist", help="Run what trains on MNIST as well: it takes minutes, and once a download.")
    ] = False,
) -> None:
    """The worked examples of five lecture courses: list them, show some, or build a site of all.

    What trains on MNIST runs when it is named and MNIST is on disk, or with --mnist. What cannot run is skipped and
    says why, in a site on its page. Exit status 1 when an example fails or differs from a judge, 2 when one that was to
    be shown is skipped.
    """
    named = _identifiers(ids or [])
    if html:
        _build(html, named, mnist=mnist)
    elif named:
        _show(named, out, download=mnist)
    else:
        list_examples(list(courses()))


def _identifiers(names: Sequence[str]) -> list[str]:
    try:
        return list(dict.fromkeys(map(identifier, names)))
    except UnknownExampleError as error:
        raise CommandError(str(error)) from None


def _show(named: Sequence[str], out: Path, *, download: bool) -> None:
    differing: list[str] = []
    skipped: list[str] = []
    for id in named:
        course = load(id[0])
        outcome = run(course.examples[id], download=download)
        if outcome.result is None:
            complain(f"{id}: {outcome.skipped or outcome.failed}")
            (skipped if outcome.skipped else differing).append(id)
            continue
        judgements = judge(outcome.result.comparisons)
        show(course, outcome.example, outcome.result, judgements)
        say("")
        for told in save_pictures(outcome.example, outcome.result, out):
            say(told)
        if not all(judgement.agrees for judgement in judgements):
            differing.append(id)
    _end(differing)
    if skipped:
        raise CommandError(f"skipped: {', '.join(skipped)}")


def _build(folder: Path, named: Sequence[str], *, mnist: bool) -> None:
    try:
        build = _builder()
    except ModuleNotFoundError as error:
        raise CommandError(f'the site needs {error.name}: pip install "twingrad[explore]"') from None
    chosen = [_part(load(letter), named) for letter in CATALOGUE if not named or any(id[0] == letter for id in named)]
    _end(build(chosen, folder, mnist=mnist or bool(named), download=mnist))


def _builder() -> Callable[..., list[str]]:
    from demos.gallery.site.build import build  # only here, for it needs Jinja and Pygments

    return build


def _part(course: Course, named: Sequence[str]) -> Course:
    examples = {id: example for id, example in course.examples.items() if not named or id in named}
    return Course(course.letter, course.name, examples)


def _end(differing: Sequence[str]) -> None:
    if differing:
        raise ResultMissedError(f"failed, or differing from a judge: {', '.join(differing)}")
