"""Every share in a table comes with its interval."""

from __future__ import annotations

import pytest

from marque_training.shares import wilson


def test_the_interval_of_nine_in_ten() -> None:
    assert wilson(9, 10) == pytest.approx((0.596, 0.982), abs=1e-3)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
