"""Plate texts: normalization, similarity, formats of the world, drawing.

The words are here; :class:`marque.plates.formats.Formats` and :func:`marque.plates.render.draw_plate` are imported from
their own modules, so that the stroke alphabet can be used without them.
"""

from marque.plates.similarity import similarity
from marque.plates.text import fold, normalize

__all__ = ["fold", "normalize", "similarity"]
