"""Which die a plate is drawn with."""

from __future__ import annotations

import json

import numpy as np

from marque_training.synth.face import Face
from marque_training.synth.fonts import font_face, font_files, fonts_named, plate_fonts
from marque_training.synth.strokes import STROKE_FACES, stroke_face


def pick_face(rng: np.random.Generator, hint: str = "") -> Face:
    """A random die: 72 % bent strokes; a `hint` (part of a font's file name) is followed half of the time."""
    hinted = fonts_named(hint) if hint else ()
    if hinted and rng.random() < 0.5:
        face = font_face(str(rng.choice(hinted)))
    elif rng.random() < 0.72 or not font_files():
        face = stroke_face(int(rng.integers(STROKE_FACES)))
    else:
        pool = plate_fonts() if plate_fonts() and rng.random() < 0.35 else font_files()
        face = font_face(pool[int(rng.integers(len(pool)))])
    return face if face is not None else stroke_face(int(rng.integers(STROKE_FACES)))


def describe() -> str:
    """One JSON line that says which fonts a run drew from (for the model card)."""
    return json.dumps(
        {"stroke_faces": STROKE_FACES, "free_fonts": len(font_files()), "plate_fonts": len(plate_fonts())}
    )
