"""Figures as charts, and every chart as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sites import Site


@pytest.fixture
def charts(site: Site, page: Page) -> Page:
    """The page over some reads at three cameras, one with a name that means harm."""
    for camera in ("in", "in", "out", "=1+1<img src=x onerror=alert(1)>"):
        site.keep("CH4RT", camera=camera)
    site.open(page, "/analytics?span=24h", role="investigator")
    expect(page.get_by_role("region", name="Traffic")).to_contain_text("Most reads in one hour")
    return page


def test_a_chart_is_taken_away_as_a_table(charts: Page, tmp_path: Path) -> None:
    with charts.expect_download() as taken:
        charts.get_by_role("button", name="Download as CSV: Traffic").click()
    taken.value.save_as(tmp_path / "traffic.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "traffic.csv").read_text())))
    assert rows[0][:2] == ["hour", "reads"]
    assert "'=1+1<img src=x onerror=alert(1)>" in rows[0]  # no spreadsheet takes it for a formula
    assert sum(int(row[1]) for row in rows[1:]) >= 4


def test_a_chart_is_taken_away_as_a_picture(charts: Page, tmp_path: Path) -> None:
    with charts.expect_download() as taken:
        charts.get_by_role("button", name="Download as PNG: Traffic").click()
    taken.value.save_as(tmp_path / "traffic.png")
    assert (tmp_path / "traffic.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_a_camera_with_markup_in_its_name_is_a_name(charts: Page) -> None:
    charts.get_by_text("All cameras").click()
    expect(charts.get_by_label("=1+1<img src=x onerror=alert(1)>").first).to_be_visible()
    assert charts.locator("img").count() == 0


def test_the_cameras_of_both_sides_say_who_is_inside(charts: Page) -> None:
    occupancy = charts.get_by_role("region", name="Occupancy and dwell")
    occupancy.scroll_into_view_if_needed()
    expect(occupancy).to_contain_text("Choose the cameras of both sides.")
    occupancy.get_by_role("group", name="entry").get_by_label("in", exact=True).check()
    occupancy.get_by_role("group", name="exit").get_by_label("out", exact=True).check()
    expect(occupancy).to_contain_text("Inside at the end:")
    expect(occupancy).to_contain_text("Half stay")
