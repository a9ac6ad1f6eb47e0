import shlex
from dataclasses import replace
from typing import Any

import pytest

from experiments.options import NoOptions, RunOptions, device, first, overrides, parse, peek
from interp.errors import InterpError, UnknownNameError
from tests.experiments.toy import Coin, ToySettings


def test_options_and_settings_are_one_flat_list_of_flags() -> None:
    words = shlex.split("--seed 3 --games 7 --coin.chance 0.5 --loud --sides 4 5 --dry-run")
    options, settings = parse(RunOptions(), words, "run toy", ToySettings())
    assert options == RunOptions(seed=3, dry_run=True)
    assert settings == ToySettings(7, Coin(0.5), (4, 5), True)


def test_settings_start_from_the_preset() -> None:
    _, settings = parse(RunOptions(), ["--loud"], "run toy", ToySettings(games=3))
    assert settings == ToySettings(games=3, loud=True)


@pytest.mark.parametrize("words", [["--sede", "3"], ["--games", "many"], ["--dtype", "float12"], ["stray"]])
def test_unknown_flags_and_bad_values_end_with_2_and_advice(words: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit) as end:
        parse(RunOptions(), words, "run toy", ToySettings())
    assert end.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert words[0] in told.err
    if words[0] == "--sede":
        assert "--seed" in told.err


def test_help_shows_options_and_settings_with_their_docstrings(capsys: Any) -> None:
    with pytest.raises(SystemExit) as end:
        parse(RunOptions(), ["--help"], "run toy", ToySettings(), "Is it?")
    assert end.value.code == 0
    told = capsys.readouterr().out
    for words in ("interp run toy", "Is it?", "--dry-run", "Number of games.", "--coin.chance"):
        assert words in told


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"games": 5}, {"loud": True}, {"sides": ()}, {"sides": (3,)}, {"coin": Coin(0.25)},
        {"games": 1, "loud": True, "sides": (7, 8, 9), "coin": Coin(1e-7)},
    ],
)  # fmt: skip
@pytest.mark.parametrize("default", [ToySettings(), ToySettings(games=2, loud=True, sides=(1,))])
def test_the_overrides_that_are_printed_make_the_same_settings_again(default: ToySettings, changes: Any) -> None:
    settings = replace(default, **changes)
    words = shlex.split(overrides(default, settings))
    assert parse(NoOptions(), words, "x", default)[1] == settings
    assert (words == []) == (settings == default)


def test_switching_off_is_an_override_too() -> None:
    assert overrides(ToySettings(loud=True), ToySettings()) == " --no-loud"


def test_peek_finds_a_flag_in_both_spellings_and_the_last_one_counts() -> None:
    assert peek([], "--preset", "small") == "small"
    assert peek(["--preset", "tiny", "--seed", "1"], "--preset", "small") == "tiny"
    assert peek(["--preset=tiny"], "--preset", "small") == "tiny"
    assert peek(["--preset", "tiny", "--preset", "paper"], "--preset", "small") == "paper"
    assert peek(["--preset"], "--preset", "small") == "small"


def test_a_command_without_its_name_says_which_there_are() -> None:
    for words in ([], ["--seed", "1"]):
        with pytest.raises(UnknownNameError, match="name the experiment, one of: a/b"):
            first(words, "experiment", ["a/b"])


def test_a_device_that_is_not_there_is_a_clear_error() -> None:
    assert device("cpu") == "cpu"
    assert device("auto") in ("cpu", "cuda")
    for name in ("cpux", "cuda:99"):
        with pytest.raises(InterpError, match="Try --device cpu"):
            device(name)
