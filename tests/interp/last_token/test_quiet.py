import pytest

import interp
from interp import Model, ModelError
from interp.last_token.quiet import require_quiet


def test_inside_an_edit_or_a_capture_a_model_is_not_quiet(gpt2: Model) -> None:
    with interp.edited(gpt2, interp.zero_ablate(interp.mlp_out(1))), pytest.raises(ModelError, match="edits"):
        require_quiet(gpt2)
    with interp.watch(gpt2, interp.resid(1)), pytest.raises(ModelError, match="captures"):
        require_quiet(gpt2)
    require_quiet(gpt2)


def test_hooks_of_others_are_their_own_affair(gpt2: Model) -> None:
    handle = gpt2.blocks[0].register_forward_hook(lambda *_: None)
    require_quiet(gpt2)
    handle.remove()
