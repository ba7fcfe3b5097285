"""Words as the world writes them: maker's names, shops, papers in windows, telephone numbers; in free faces."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from marque_training.synth.fonts import FONT_FOLDERS

Mask = NDArray[np.uint8]
TALL = 44
"""pixels of the face that all is drawn in"""
MAKERS = """
ABARTH ACURA ALPINA AUDI BAJAJ BENELLI BMW BUICK BYD CADILLAC CHANGAN CHERY CHEVROLET CHRYSLER CITROEN CUPRA
DACIA DAEWOO DAF DAIHATSU DATSUN DODGE DUCATI EICHER FIAT FORD FUSO GAZ GEELY GMC HAVAL HAOJUE HERO HINO HONDA
HYUNDAI INFINITI ISUZU IVECO JAC JAGUAR JEEP KAMAZ KAWASAKI KIA KTM LADA LANCIA LEXUS LIFAN LINCOLN LOTUS
MAHINDRA MAN MASERATI MAZDA MG MINI MITSUBISHI NISSAN OPEL PEUGEOT PIAGGIO PORSCHE PROTON RENAULT ROVER SAAB
SCANIA SEAT SKODA SMART SSANGYONG SUBARU SUZUKI TATA TESLA TOYOTA TVS UAZ VAUXHALL VESPA VOLKSWAGEN VOLVO
WULING YAMAHA ZOTYE Boxer Ducato Kangoo Partner Transporter Crafter Hilux Ranger Navara Actros Discovery
Forester Outback Mustang Pulsar Splendor Activa
""".split()  # noqa: SIM905
OFFERS = (
    "A VENDRE", "FOR SALE", "SE VENDE", "VENDO", "ZU VERKAUFEN", "TE KOOP", "NA PREDAJ", "NA PRODEJ", "SPRZEDAM",
    "DE VANZARE", "SATILIK", "ELADO", "OFFERT", "TO LET", "RENT ME", "STUDENT DRIVER", "BABY ON BOARD", "FRAGILE",
    "TAXI", "AMBULANCE", "POLICE", "POLICIA", "SCHOOL BUS", "AUTO ESCOLA", "HOW IS MY DRIVING",
)  # fmt: skip
SHOPS = """
Pizza Cafe Bar Hotel Bank Apotheke Pharmacy Farmacia Market Super Mode Fashion Center Outlet Express Sushi Kebab Bakery
Boulangerie Restaurant Mobile Phone Repair Optik Dental Clinic Hair Salon Studio Books Flowers Sport Shoes Electro Auto
Garage Tyres Reifen Service Parts Wash Parking Exit Open Closed Sale Lotto News Tabac Post Express Cargo Logistics
Transport Moving Rental Plumbing Heating Windows Paint Roofing Security Cleaning Catering Tours Travel Airport Shuttle
Kids Sky Fund Total Group Metro Line Central Park North South Street Avenue Plaza Museum City Zone Stop School
""".split()  # noqa: SIM905


UNFIT = ("symbol", "icon", "emoji", "math", "dingbat", "braille")


@lru_cache(maxsize=1)
def every_face() -> tuple[str, ...]:
    """All faces of this machine that write words, upright or not, in a fixed order."""
    folders = [*FONT_FOLDERS, *filter(None, [os.environ.get("MARQUE_FONTS")])]
    found = sorted(str(path) for folder in folders for path in Path(folder).rglob("*.[ot]tf"))
    return tuple(path for path in found if not any(part in path.lower() for part in UNFIT))


@lru_cache(maxsize=160)
def face(path: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, TALL)


def written(rng: np.random.Generator, text: str, *, spread: float = 0.0) -> Mask:
    """`text` as a tight mask, about `TALL` pixels high; `spread`: ems of room between letters."""
    files = every_face()
    font = face(files[int(rng.integers(len(files)))])
    room = round(spread * TALL)
    widths = [font.getlength(char) + room for char in text] if room else [font.getlength(text)]
    image = Pillow.new("L", (int(sum(widths)) + TALL, 2 * TALL), 0)
    pen, x = ImageDraw.Draw(image), TALL / 4
    for part, width in zip(text if room else [text], widths, strict=True):
        pen.text((x, TALL / 3), part, 255, font)
        x += width
    left, top, right, bottom = image.getbbox() or (0, 0, TALL, TALL)
    return np.asarray(image.crop((left, top, right, bottom)), np.uint8).copy()


def telephone(rng: np.random.Generator) -> str:
    """A number in groups, as people write them on papers."""
    groups = [f"{rng.integers(10 ** (n - 1), 10**n)}" for n in rng.choice([2, 3, 3, 4], int(rng.integers(2, 5)))]
    return str(rng.choice(["", "0", "+", "Tel ", "T. "])) + str(rng.choice([" ", "-", ".", ""])).join(groups)


def words(rng: np.random.Generator, count: int) -> str:
    return " ".join(str(rng.choice(SHOPS)) for _ in range(count))


def maker(rng: np.random.Generator) -> str:
    """A maker's or a model's name, or the letters and digits of an engine."""
    if rng.random() < 0.2:
        letters = "".join(rng.choice(list("ABCDEGHILMRSTVXZ"), int(rng.integers(1, 4))))
        tail = rng.choice(["", "i", "d", " 4x4", "cdi", " TDI"])
        return f"{letters}{rng.choice(['', ' ', '-'])}{rng.integers(1, 900)}{tail}"
    return str(rng.choice(MAKERS))
