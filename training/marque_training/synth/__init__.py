"""Synthetic plates: layouts as data, drawn flat, then photographed badly.

`draw(rng)` gives one clean plate, `degrade(image, difficulty, rng)` what a camera makes of it. Both depend on nothing
but the random generator that they are given.
"""

from marque_training.synth.degrade import degrade
from marque_training.synth.plate import DrawnPlate, draw

__all__ = ["DrawnPlate", "degrade", "draw"]
