"""Where nets are trained."""

from __future__ import annotations

import argparse

import pytest
import torch

from marque_training.device import Device, add_option, on_cpu


def test_auto_takes_a_card_only_where_there_is_one() -> None:
    parser = argparse.ArgumentParser()
    add_option(parser)
    chosen = Device.named(parser.parse_args([]).device)
    assert chosen.name.type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA card is there")
def test_a_card_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(RuntimeError, match="torch finds no CUDA card here: train with --device cpu"):
        Device.named("cuda")


def test_a_checkpoint_is_on_the_cpu() -> None:
    kept = on_cpu(torch.nn.Linear(2, 3).state_dict())
    assert {name: value.device.type for name, value in kept.items()} == {"weight": "cpu", "bias": "cpu"}
