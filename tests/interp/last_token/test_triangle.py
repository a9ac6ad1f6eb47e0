from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from interp import FileError, Model
from interp.ablation.boundaries import conditional
from interp.ablation.fitting import conditional_means
from interp.ablation.keys import Keys, by_token, with_first
from interp.last_token import triangle
from interp.last_token.engine import Engine
from interp.last_token.reference import reference
from interp.last_token.setting import AllForOne
from interp.last_token.triangle import sweep
from tests.conftest import untouched
from tests.interp.last_token.deep import BLOCKS, deep, with_beginning, without_beginning

TOKENS = with_beginning(12)


@pytest.fixture(params=["gpt2", "gptj", "gemma2"])
def small(request: pytest.FixtureRequest) -> Iterator[Model]:
    """Learned positions, parallel blocks with rotary ones, and soft caps with kinds of blocks."""
    yield from untouched(deep(request.param))


def engine(model: Model, tokens: Tensor = TOKENS, keys: Keys = by_token) -> Engine:
    return Engine(model, conditional_means(model, tokens, keys=keys), batch=5)


@pytest.mark.parametrize(("tokens", "keys"), [(TOKENS, by_token), (without_beginning(12), with_first)])
def test_branches_say_what_edits_say_setting_by_setting(small: Model, tokens: Tensor, keys: Keys) -> None:
    ours = engine(small, tokens, keys)
    found = sweep(ours, tokens)
    assert found.shape == (BLOCKS + 1, BLOCKS + 1, len(tokens))
    boundary = conditional(ours.means)
    for setting in triangle_of():
        truth = reference(small, tokens, setting, boundary).argmax(-1)
        assert torch.equal(found[setting.wait, setting.transfer], truth), setting


def triangle_of() -> Iterator[AllForOne]:
    """None or some of the blocks wait, and none to all of the others peek."""
    yield from (AllForOne(wait, transfer) for wait in (0, 2) for transfer in range(BLOCKS - wait + 1))


def test_what_does_not_fit_the_model_is_marked(gpt2: Model) -> None:
    found = sweep(engine(gpt2), TOKENS)
    for wait in range(gpt2.depth + 1):
        for transfer in range(gpt2.depth + 1):
            assert (found[wait, transfer] == -1).all() == (wait + transfer > gpt2.depth)


def test_a_sweep_that_was_stopped_goes_on(gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, whole = engine(gpt2), triangle.from_wait
    computed: list[int] = []
    truth = sweep(ours, TOKENS)

    def dies(some: Engine, tokens: Tensor, wait: int) -> Tensor:
        if wait == 2 and computed.count(2) == 0:
            computed.append(2)
            raise KeyboardInterrupt
        computed.append(wait)
        return whole(some, tokens, wait)

    monkeypatch.setattr(triangle, "from_wait", dies)
    with pytest.raises(KeyboardInterrupt):
        sweep(ours, TOKENS, folder=tmp_path)
    assert torch.equal(sweep(ours, TOKENS, folder=tmp_path), truth)
    assert torch.equal(sweep(ours, TOKENS, folder=tmp_path), truth)
    assert computed == [0, 1, 2, 2]


def test_a_folder_of_other_prompts_or_a_damaged_one_is_refused(gpt2: Model, tmp_path: Path) -> None:
    ours = engine(gpt2)
    sweep(ours, TOKENS, folder=tmp_path)
    with pytest.raises(FileError, match="other prompts"):
        sweep(ours, TOKENS.flip(0), folder=tmp_path)
    with pytest.raises(FileError, match="other means"):
        sweep(
            engine(gpt2, TOKENS[torch.arange(len(TOKENS)).repeat_interleave(torch.arange(1, 13))]),
            TOKENS,
            folder=tmp_path,
        )
    file = tmp_path / "wait-01.safetensors"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(FileError, match="wait-01"):
        sweep(ours, TOKENS, folder=tmp_path)
