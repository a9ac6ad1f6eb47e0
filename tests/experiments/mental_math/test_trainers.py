from experiments.mental_math.circuits import all_for_one
from experiments.mental_math.trainers import TRAINERS, command


def test_the_command_of_a_trainer_is_its_name_and_that_of_others_names_what_differs() -> None:
    assert command(TRAINERS["sums-planted"].settings) == "interp train sums-planted"
    assert command(TRAINERS["sums-plain"].settings) == "interp train sums-plain"


def test_what_is_planted_fits_into_the_models() -> None:
    for trainer in TRAINERS.values():
        settings = trainer.settings
        if settings.circuit == "all for one":
            assert settings.wait + settings.transfer < settings.shape.depth
            masks = all_for_one(settings.shape.depth, 5, settings.wait, settings.transfer)
            assert masks.sum(dim=(1, 2)).tolist().count(9) == settings.shape.depth - settings.transfer
