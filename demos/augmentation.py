"""How the command line names distortions: `affine,elastic`, or strengths, `rotation=10,alpha=36`."""

from __future__ import annotations

import dataclasses

from demos.console import CommandError
from demos.distortion import Distortion

_SIDE = 28  # pixels, of the images that lengths are stated for
_LENGTHS = ("translation", "sigma")  # in pixels
_AREAS = ("alpha",)  # a displacement is as long as α / σ

AFFINE = {"rotation": 15.0, "scaling": 0.15, "shear": 0.15}
ELASTIC = {"alpha": 36.0, "sigma": 5.0}
PRESETS: dict[str, dict[str, float]] = {"none": {}, "affine": AFFINE, "elastic": ELASTIC}
STRENGTHS = [field.name for field in dataclasses.fields(Distortion) if field.name != "shape"]


def parse_augment(text: str, shape: tuple[int, int]) -> Distortion | None:
    """The distortion that the text names, for images of this shape; the names' strengths fit images of any size.

    Raises:
        CommandError: an unknown name, or a strength out of its range.
    """
    strengths: dict[str, float] = {}
    for word in filter(None, text.split(",")):
        name, equals, value = word.partition("=")
        if not equals and name in PRESETS:
            strengths |= {key: _scaled(key, x, shape) for key, x in PRESETS[name].items()}
            continue
        try:
            strengths[STRENGTHS[STRENGTHS.index(name)]] = float(value)
        except ValueError:
            raise CommandError(
                f"expected --augment as names ({', '.join(PRESETS)}) and strengths "
                f"({', '.join(f'{name}=…' for name in STRENGTHS)}), got {word}"
            ) from None
    try:
        return Distortion(shape, **strengths) if strengths else None
    except ValueError as error:
        raise CommandError(str(error)) from None


def _scaled(name: str, strength: float, shape: tuple[int, int]) -> float:
    ratio = min(shape) / _SIDE
    return strength * ratio ** (2 if name in _AREAS else 1 if name in _LENGTHS else 0)
