"""Random distortions of images, with which the recipes augment their data; read `distortion`, then `bilinear`."""

from demos.distortion.bilinear import bilinear
from demos.distortion.distortion import Distortion

__all__ = ["Distortion", "bilinear"]
