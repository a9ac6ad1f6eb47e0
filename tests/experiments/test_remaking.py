from dataclasses import replace

from experiments.language.settings import TrainSettings
from experiments.language.trainers import TRAINERS
from experiments.remaking import remade_by


def test_settings_of_a_trainer_are_made_again_by_its_name() -> None:
    assert remade_by(TRAINERS, "docs-small", TRAINERS["docs-tiny"].settings) == "interp train docs-tiny"


def test_other_settings_are_made_again_by_what_differs_from_the_base() -> None:
    other = replace(TrainSettings(), corpus="a.txt", seed=3)
    assert remade_by(TRAINERS, "docs-small", other) == "interp train docs-small --corpus a.txt --seed 3"
