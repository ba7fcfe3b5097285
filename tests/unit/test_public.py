"""The public names are these and no others, and importing them costs nothing until they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import marque

HEAVY = ("cv2", "onnxruntime", "fastapi", "numpy", "pydantic", "sqlalchemy")


def test_the_public_names() -> None:
    assert sorted(marque.__all__) == ["PlateEvent", "PlateRead", "Reader", "__version__", "errors"]
    assert dir(marque) == marque.__all__


@pytest.mark.parametrize("name", ["PlateEvent", "PlateRead", "Reader"])
def test_every_name_is_there(name: str) -> None:
    assert getattr(marque, name).__name__ == name


def test_errors_are_a_module_with_the_tree() -> None:
    assert issubclass(marque.errors.ImageError, marque.errors.MarqueError)


def test_the_version_is_that_of_the_package() -> None:
    assert marque.__version__ == version("marque")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'marque' has no attribute 'Writer'"):
        _ = marque.Writer


def test_importing_marque_imports_nothing_heavy() -> None:
    code = f"import sys, marque; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
