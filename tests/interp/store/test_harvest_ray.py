"""Ray actors write the same shards, and one that is killed loses nothing."""

import os
import signal
from pathlib import Path
from typing import Any

from interp import Model
from tests.architectures import made
from tests.interp import local_ray
from tests.interp.store.harvested import harvested, left


class Mortal(Model):
    """A model whose process is killed once, in the second shard that it reads there."""

    mark: Path
    home: int
    batches = 0

    def checked(self, tokens: Any) -> Any:
        if os.getpid() != self.home:
            self.batches += 1
            if self.batches == 5 and not self.mark.exists():
                self.mark.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGKILL)
        return super().checked(tokens)


def test_actors_make_the_same_files_and_a_killed_one_loses_nothing(tmp_path: Path) -> None:
    gpt2 = made("gpt2")
    model = Mortal(gpt2.hf, gpt2.anatomy, gpt2.name)
    model.mark, model.home = tmp_path / "mark", os.getpid()
    harvested(tmp_path / "serial")
    with local_ray.started():
        store = harvested(tmp_path / "ray", model, executor="ray", workers=2)
    assert model.mark.exists()
    store.verify()
    assert left(tmp_path / "ray") == left(tmp_path / "serial")
