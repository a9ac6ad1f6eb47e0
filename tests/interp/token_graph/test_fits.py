"""A dictionary of another model or site is refused, as far as it says so."""

from types import SimpleNamespace

import pytest

import interp
from interp import Model, ShapeError
from interp.token_graph.fits import reads, require_fits
from tests.interp.dictionaries.small import Small, random

SITE = interp.resid(1)


def saying(**facts: str) -> Small:
    found = random(6, 12)
    found.cfg = SimpleNamespace(metadata=SimpleNamespace(**facts), d_in=6)  # type: ignore[assignment]
    return found


def test_what_a_dictionary_says_has_to_fit(gpt2: Model) -> None:
    require_fits(gpt2, random(6, 12), SITE)
    require_fits(gpt2, saying(model_name=gpt2.name, hook_name="blocks.0.hook_resid_post"), SITE)
    require_fits(gpt2, saying(model_name=f"some/hub/{gpt2.name.upper()}", hook_name="blocks.1.hook_resid_pre"), SITE)
    require_fits(gpt2, saying(hook_name="a place of its own", model_name=""), SITE)
    with pytest.raises(ShapeError, match=r"trained at blocks.1.hook_resid_post, not at blocks.0.hook_resid_post"):
        require_fits(gpt2, saying(hook_name="blocks.1.hook_resid_post"), SITE, trust=True)
    with pytest.raises(ShapeError, match=r"trained on 'google/gemma-2-9b', and this is .*hand in trust=True"):
        require_fits(gpt2, saying(model_name="google/gemma-2-9b"), SITE)
    require_fits(gpt2, saying(model_name="google/gemma-2-9b"), SITE, trust=True)


def test_the_width_that_is_read_is_not_the_one_that_is_written() -> None:
    found = random(6, 12)
    assert reads(found) == 6
    found.cfg = SimpleNamespace(d_in=4)  # type: ignore[assignment]
    assert reads(found) == 4
