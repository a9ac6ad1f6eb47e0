"""A graph in a folder: from any number of shards, after any interruption, and from Ray, it is the same."""

import json
import tempfile
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

import interp
from interp import FileError, Model, Sequences, ShapeError, UnknownNameError
from interp.token_graph import folder as module
from interp.token_graph import spill as spilling
from interp.token_graph.events import build, thinned
from interp.token_graph.folder import MANIFEST, SPILLED, build_in, shard_file
from interp.token_graph.graph import TokenGraph
from interp.token_graph.shards import Shard, merged
from tests.architectures import WIDTH, some_tokens
from tests.interp import local_ray
from tests.interp.dictionaries.small import constant, random

SITE = interp.resid(1)


def text() -> Sequences:
    """Eight sequences, of which the third and fourth count nowhere."""
    tokens = some_tokens(8, 6)
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[2:4] = False
    return Sequences.of(tokens, kept)


def made(out: Path, model: Model, **settings: Any) -> TokenGraph:
    arguments = {"per_shard": 2, "first": True, "quiet": True} | settings
    return build_in(out, model, random(WIDTH, 24, dtype=torch.float32), SITE, text(), **arguments)


def whole(model: Model) -> TokenGraph:
    return build(model, random(WIDTH, 24, dtype=torch.float32), SITE, text(), first=True)


@pytest.mark.parametrize("per_shard", [8, 4, 2, 3])
def test_any_number_of_shards_gives_the_graph(gpt2: Model, per_shard: int, tmp_path: Path) -> None:
    assert made(tmp_path, gpt2, per_shard=per_shard) == whole(gpt2)
    files = sorted(tmp_path.glob("shard-*"))
    assert len(files) == -(-8 // per_shard)
    assert merged([Shard.load(path) for path in files[::-1]]).graph == whole(gpt2)


def test_an_interrupted_graph_goes_on_where_it_stopped(
    gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Path] = []
    real = Shard.save

    allowed = 2

    def save(shard: Shard, path: Path) -> None:
        if len(saved) == allowed:
            raise KeyboardInterrupt
        saved.append(path)
        real(shard, path)

    monkeypatch.setattr(Shard, "save", save)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path, gpt2)
    allowed = 100
    assert made(tmp_path, gpt2) == whole(gpt2)
    assert [path.name for path in saved] == [shard_file(tmp_path, number).name for number in range(4)], "each once"
    shard_file(tmp_path, 1).write_bytes(shard_file(tmp_path, 1).read_bytes()[:-7])
    shard_file(tmp_path, 2).write_bytes(shard_file(tmp_path, 0).read_bytes())
    assert made(tmp_path, gpt2, memory=2**20) == whole(gpt2)
    assert [path.name[-13] for path in saved[4:]] == ["1", "2"], "a damaged one and another one are made again"


def test_ray_workers_make_the_same_graph(gpt2: Model, tmp_path: Path) -> None:
    with local_ray.started():
        assert made(tmp_path / "ray", gpt2, executor="ray", workers=2) == whole(gpt2)
    made(tmp_path / "here", gpt2)
    for number in range(4):
        one, other = (Shard.load(shard_file(tmp_path / folder, number)) for folder in ("ray", "here"))
        assert one.ids == other.ids
        assert one.graph == other.graph


def test_dense_latents_are_those_of_the_whole_text(gpt2: Model, tmp_path: Path) -> None:
    assert made(tmp_path, gpt2, max_density=0.3) == thinned(whole(gpt2), 0.3)
    assert len(made(tmp_path, gpt2, max_density=0.3)) < len(made(tmp_path, gpt2)), "the shards have them all"


def test_shards_of_something_else_are_not_mixed_in(gpt2: Model, tmp_path: Path) -> None:
    made(tmp_path, gpt2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    settings: dict[str, Any] = {"threshold": 0.1, "per_shard": 4, "first": False}
    for name, value in settings.items():
        with pytest.raises(FileError, match=f"holds the shards of another graph: {name} differ"):
            made(tmp_path, gpt2, **{name: value})
    other = random(WIDTH, 24, seed=1, dtype=torch.float32)
    with pytest.raises(FileError, match="another graph: dictionary differ"):
        build_in(tmp_path, gpt2, other, SITE, text(), per_shard=2, first=True)
    with pytest.raises(FileError, match="another graph: data differ"):
        build_in(
            tmp_path, gpt2, random(WIDTH, 24, dtype=torch.float32), SITE, some_tokens(8, 6), per_shard=2, first=True
        )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert json.loads((tmp_path / MANIFEST).read_text())["site"] == SITE.name
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(FileError, match=f"holds shards but no {MANIFEST}"):
        made(tmp_path, gpt2)


def test_bad_input_is_refused_before_the_folder_is_touched(gpt2: Model, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ShapeError, match="one sequence or more, not 0"):
        made(out, gpt2, per_shard=0)
    with pytest.raises(ShapeError, match="reads rows of width"):
        build_in(out, gpt2, random(WIDTH + 1, 24, dtype=torch.float32), SITE, text())
    with pytest.raises(UnknownNameError, match="unknown executor"):
        made(out, gpt2, executor="spark")
    with pytest.raises(ShapeError, match="memory must be at least"):
        made(out, gpt2, memory=1000)
    with pytest.raises(ShapeError, match="a density above 0 and up to 1"):
        made(out, gpt2, max_density=1.5)
    assert not out.exists()
    with pytest.raises(ShapeError, match="no latent was active anywhere"):
        build_in(out, gpt2, constant(torch.zeros(WIDTH)), SITE, text(), per_shard=2, quiet=True)


def test_what_memory_does_not_hold_lies_in_the_folder_and_goes_with_the_next_call(
    gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Any] = []
    left = tmp_path / SPILLED / "token-graph-killed"

    def mkdtemp(prefix: str, dir: Any) -> str:
        assert not left.exists(), "it may be what keeps the disk full"
        places.append(dir)
        return tempfile.mkdtemp(prefix=prefix, dir=dir)

    monkeypatch.setattr(spilling, "mkdtemp", mkdtemp)
    made(tmp_path, gpt2)
    assert len(places) == 5, "of four builders, and of their shards together"
    assert set(places) == {tmp_path / SPILLED}
    assert not (tmp_path / SPILLED).exists()
    left.mkdir(parents=True)
    (left / "run-0").write_bytes(bytes(100))
    shard_file(tmp_path, 2).unlink()
    assert made(tmp_path, gpt2) == whole(gpt2)
    assert not (tmp_path / SPILLED).exists()


def test_a_folder_in_which_nothing_can_be_put_aside_is_an_error_that_can_be_acted_on(
    gpt2: Model, tmp_path: Path
) -> None:
    (tmp_path / SPILLED).write_text("")
    with pytest.raises(FileError, match=rf"cannot write .*{SPILLED}.*choose another folder \(.*`out` of build_in\)"):
        made(tmp_path, gpt2)


def test_shards_are_merged_one_at_a_time(gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, gpt2, per_shard=1)
    alive: list[int] = []
    graphs: list[weakref.ref[TokenGraph]] = []
    real = Shard.load

    def load(path: Path) -> Shard:
        alive.append(sum(one() is not None for one in graphs))
        found = real(path)
        graphs.append(weakref.ref(found.graph))
        return found

    monkeypatch.setattr(Shard, "load", load)
    assert made(tmp_path, gpt2, per_shard=1) == whole(gpt2)
    assert alive == [0] * 16, "eight to see that they are whole, and the eight"


def test_the_identity_is_that_of_weights_and_configuration() -> None:
    same = [module._fingerprint(random(6, 8)) for _ in range(2)]
    assert same[0] == same[1] != module._fingerprint(random(6, 8, seed=1))
