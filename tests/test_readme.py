import re
from pathlib import Path
from typing import Any

import pytest

import interp

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf8")


@pytest.mark.filterwarnings("ignore::probes.ProbeWarning")  # the squares in the middle are never empty
def test_the_python_of_the_readme_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) >= 3
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"README.md, block {number}", "exec"), names)
    torch, acts = names["torch"], names["acts"]
    assert torch.equal(acts[interp.resid(3)], acts["blocks.2.hook_resid_post"])
    assert names["gradient"].shape == acts[interp.resid(2)].shape
    assert not torch.equal(names["logits"], names["lens"][-1])
    assert torch.equal(names["sae"].W_dec, names["same"].W_dec)
    assert names["quality"].explained_variance > 0.5
    assert names["loss"].recovered > 0.5
    assert names["maximal"](names["scores"]) == names["AllForOne"](2, 1)
    assert (names["answers"] == names["sums"].answers).all()
    assert torch.equal(names["answers"], names["waited"])
    score = names["score"]
    assert score.per_label.low > max(score.majority.high, score.random.high, score.shuffled.high)


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_of_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"(?:`|\$ )make ([a-z]+)", TEXT))
    assert {"demo", "test", "lint", "bench"} <= targets
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
