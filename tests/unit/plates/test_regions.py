"""Every region file keeps its own promises."""

from __future__ import annotations

import pytest

from marque.plates.catalogue import Region, load_regions
from marque.plates.formats import Formats
from marque.plates.text import normalize
from plate_readings import misread, reading

REGIONS = load_regions()


@pytest.fixture(scope="module")
def formats() -> Formats:
    return Formats()


def cases(kind: str) -> list[tuple[str, str]]:
    return [(code, text) for code, region in REGIONS.items() for text in getattr(region, kind)]


@pytest.mark.parametrize(("code", "text"), cases("examples"))
def test_examples_are_of_their_region_and_displayed_as_written(formats: Formats, code: str, text: str) -> None:
    best = formats.match(reading(normalize(text)), [code])[0]
    assert best.display == text
    assert best.region is not None
    assert best.region == code or best.region.startswith(f"{code}-")


@pytest.mark.parametrize(
    ("code", "raw", "text"), [(c, one.raw, one.text) for c, region in REGIONS.items() for one in region.corrected]
)
def test_misreadings_are_corrected_when_the_region_is_given(formats: Formats, code: str, raw: str, text: str) -> None:
    candidates = formats.match(misread(raw, text), [code])
    assert raw != text == candidates[0].text
    assert raw in [candidate.text for candidate in candidates]


@pytest.mark.parametrize(("code", "text"), cases("invalid"))
def test_invalid_texts_fit_no_format_of_the_region(formats: Formats, code: str, text: str) -> None:
    best = formats.match(reading(normalize(text), sure=0.999), [code])[0]
    assert (best.text, best.region) == (normalize(text), None)


@pytest.mark.parametrize("region", REGIONS.values(), ids=list(REGIONS))
def test_every_file_shows_a_correction_and_names_each_format_once(region: Region) -> None:
    names = [form.name for form in region.formats]
    assert region.corrected
    assert len(names) == len(set(names))
