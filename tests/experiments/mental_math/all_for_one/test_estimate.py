from importlib import import_module

import pytest

from experiments.mental_math.all_for_one import EXPERIMENT, Settings
from experiments.mental_math.all_for_one.estimate import PUBLISHED, Shape, estimate, token_layers
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan
from interp.errors import UnknownNameError

module = import_module("experiments.mental_math.all_for_one.estimate")


def test_the_models_of_the_paper_are_estimated_without_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object, **__: object) -> None:
        raise AssertionError("nobody asked for a download")

    monkeypatch.setattr(module, "load", load)
    # Smaller by far, so that nothing waits for the multiplication.
    monkeypatch.setattr(module, "PUBLISHED", {name: shape._replace(block=2**18) for name, shape in PUBLISHED.items()})
    settings = EXPERIMENT.presets["paper"]
    found = estimate(settings, "cpu", "float32")
    named = [settings.model, *settings.others, settings.family]
    assert [line.split(":")[0] for line in found.models] == named
    assert all("not loaded" in line for line in found.models)
    assert found.seconds > 0
    assert found.memory > 0


def test_weights_are_counted_in_the_format_that_is_asked_for() -> None:
    shape = PUBLISHED["meta-llama/Meta-Llama-3-8B"]
    assert shape.depth * shape.block + 2 * shape.vocabulary * shape.width == pytest.approx(8.03e9, rel=0.01)


def test_a_model_of_the_zoo_is_timed_itself() -> None:
    found = estimate(EXPERIMENT.presets["tiny"], "cpu", "float32")
    assert len(found.models) == 1
    assert found.models[0].startswith("sums-tiny: ")
    assert found.seconds > 0


def test_token_layers_are_counted() -> None:
    settings = Settings(plan=Plan(fit=10, choose=2, report=3))
    # 5 positions, 2 blocks: 10 + 5 + 2 curves x 3 depths x 5 prompts on the whole model, then the triangle.
    whole = 5 * 2 * (10 + 5 + 2 * 3 * 5)
    assert token_layers(settings, 2, "A+B", Sampling(0, 9)) > whole
    deeper = token_layers(settings, 4, "A+B", Sampling(0, 9))
    assert deeper > 2 * token_layers(settings, 2, "A+B", Sampling(0, 9))


def test_a_model_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="sums-nowhere"):
        estimate(Settings(model="sums-nowhere", tasks=("A+B",), others=()), "cpu", "float32")


def test_shapes_are_plain_numbers() -> None:
    assert all(isinstance(shape, Shape) and min(shape) > 0 for shape in PUBLISHED.values())
