"""PaddleOCR's general text recogniser, through the RapidOCR package (``pip install 'marque[paddleocr]'``).

It knows scripts that Marque's own network does not; it gives one hypothesis without alternatives, and reads one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from marque.errors import InferenceError
from marque.ports import ModelContext, PluginConfig, Recognizer
from marque.types import Character, Hypothesis, Image, Reading

REQUIRES = "paddleocr"
EXAMPLE = """
type: paddleocr
margin: 0.05
"""


class Config(PluginConfig):
    """Options."""

    margin: float = 0.05
    """fraction of the plate's size around it"""


class PaddleRecognizer:
    """See the module. ``engine`` is a ``rapidocr.RapidOCR``."""

    size: tuple[int, int] | None = None

    def __init__(self, engine: Any, version: str, margin: float) -> None:
        self.version, self.margin = version, margin
        self._engine = engine

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading per rectified crop. Raises InferenceError."""
        return [self._read(crop) for crop in crops]

    def _read(self, crop: Image) -> Reading:
        out = self._engine(crop, use_det=False, use_cls=False, use_rec=True, return_word_box=True, text_score=0.0)
        if not out.txts:
            raise InferenceError("RapidOCR gave no answer", hint="Its log says why; try another recognizer.")
        pairs = zip(out.txts[0], out.word_results[0].confs, strict=False)
        characters = tuple(
            Character(char.upper(), float(p)) for char, p in pairs if len(char.upper()) == 1 and char.isalnum()
        )
        confidence = min((c.confidence for c in characters), default=0.0)
        return Reading((Hypothesis(characters, confidence),))


def build(config: Config, context: ModelContext) -> Recognizer:
    """The recogniser in RapidOCR's own package. ModuleNotFoundError where that is missing."""
    import rapidocr

    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": context.threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "EngineConfig.onnxruntime.use_cuda": context.device in ("cuda", "tensorrt"),
        }
    )
    return PaddleRecognizer(engine, f"rapidocr {version('rapidocr')}", config.margin)
