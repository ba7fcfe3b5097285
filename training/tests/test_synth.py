"""The generator's promises. None of these needs torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from marque_training.datasets import ALPHABET, REGIONS, SLOTS, fold, latin
from marque_training.synth import degrade, draw, text
from marque_training.synth.crop import sample
from marque_training.synth.degrade import _specks
from marque_training.synth.layout import Layout, catalogue
from marque_training.synth.marks import caption, words
from marque_training.synth.nothing import nothing
from marque_training.synth.text import LONGEST, Token, expand, read, vanity

LAYOUTS = catalogue().layouts


def test_the_same_seed_draws_the_same_plate() -> None:
    first, second = (draw(np.random.default_rng(5)) for _ in range(2))
    assert first.text == second.text
    assert np.array_equal(first.image, second.image)


def test_the_same_seed_makes_the_same_crop() -> None:
    first, second = (sample(np.random.default_rng(8)) for _ in range(2))
    assert first.text == second.text
    assert np.array_equal(first.image, second.image)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.region}-{layout.text[0]}")
def test_every_layout_draws_readable_strings(layout: Layout) -> None:
    rng = np.random.default_rng(1)
    for _ in range(3):
        plate = draw(rng, layout)
        assert 48 <= plate.image.shape[0] <= 128
        assert plate.image.dtype == np.uint8
        assert 1 <= len(plate.text) <= SLOTS
        assert set(plate.text) <= set(ALPHABET)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.region}-{layout.text[0]}")
def test_every_layout_has_a_region_that_the_net_can_say(layout: Layout) -> None:
    assert layout.region in REGIONS


def test_a_pattern_expands_to_what_it_says() -> None:
    lines = expand("A@-#|[X]{seal}9", "Q", np.random.default_rng(0))
    assert [len(line) for line in lines] == [4, 3]
    assert lines[1] == [Token("char", "X"), Token("seal"), Token("char", "9")]
    text = read(lines)
    assert text.startswith("AQ")
    assert text.endswith("X9")


def test_a_pattern_takes_one_of_several_words() -> None:
    rng = np.random.default_rng(0)
    texts = {read(expand("<(KA,MH)##/@>7", "Q", rng)) for _ in range(20)}
    assert {text[:2] for text in texts} == {"KA", "MH"}
    assert all(text.endswith("Q7") and len(text) == 6 for text in texts)


def test_a_pool_of_letters_that_repeats_some_is_drawn_as_it_stands() -> None:
    rng = np.random.default_rng(0)
    drawn = [read(expand("@", "AAAAAAAAAO", rng)) for _ in range(300)]
    assert drawn.count("O") < 60


def test_regions_have_captions_of_their_own() -> None:
    rng = np.random.default_rng(0)
    local = set(words()["local"]["br"])
    drawn = [caption(rng, "br") for _ in range(100)]
    assert sum(text in local for text in drawn) > 60


def test_single_specks_change_few_pixels() -> None:
    picture = np.full((40, 120), 128, np.uint8)
    _specks(picture, 0.05, np.random.default_rng(0))
    assert 0.02 < (picture != 128).mean() < 0.08


def test_some_crops_show_no_plate_and_are_read_as_nothing() -> None:
    texts = [sample(np.random.default_rng(seed)).text for seed in range(150)]
    assert 0 < sum(text == "" for text in texts) < 20
    crop = nothing(np.random.default_rng(1))
    assert crop.shape == (64, 160)
    assert crop.dtype == np.uint8


def test_degrading_keeps_shape_and_type() -> None:
    rng = np.random.default_rng(2)
    for shape in [(40, 120), (40, 120, 3)]:
        spoilt = degrade(np.full(shape, 128, np.uint8), 0.8, rng)
        assert spoilt.shape == shape
        assert spoilt.dtype == np.uint8


def test_an_easy_picture_stays_close_to_itself() -> None:
    plate = draw(np.random.default_rng(3)).image
    spoilt = degrade(plate, 0.0, np.random.default_rng(6))
    assert np.corrcoef(plate.ravel(), spoilt.ravel())[0, 1] > 0.8


@pytest.mark.parametrize("words", ["Abbey's\nzebra\nlicence\nwonderfully", ""], ids=["with a dictionary", "without"])
def test_vanity_texts_are_words_that_fit_on_a_plate(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "words").write_text(words)
    monkeypatch.setattr(text, "DICTIONARY", tmp_path / "words")
    text.dictionary.cache_clear()
    rng = np.random.default_rng(1)
    texts = [read(expand(vanity(rng), "ABC", rng)) for _ in range(300)]
    text.dictionary.cache_clear()
    assert {len(own) <= LONGEST and own.isalnum() for own in texts} == {True}
    assert any("ZEBRA" in own for own in texts)  # known without a dictionary too
    assert any("LICENCE" in own for own in texts) == bool(words)


def test_folding_joins_what_the_tables_join() -> None:
    assert fold("ŠOÜĐI1") == "S0UD11"


def test_other_scripts_are_left_out_of_the_truth() -> None:
    assert latin("皖A12345") == "A12345"
    assert latin("117T3456", "TN") == "1173456"
    assert latin("12*4BC") == "12*4BC"
