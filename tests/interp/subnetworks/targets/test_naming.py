import json
from functools import partial

import pytest
import torch

from interp import InterpError
from interp.subnetworks.targets import next_tokens
from interp.subnetworks.targets.naming import identity, named


def test_equal_facts_give_equal_text_in_any_order() -> None:
    assert identity("labels", a=1, b=None) == identity("labels", b=None, a=1) != identity("labels", a=1, b=2)
    assert json.loads(identity("labels", a=1)) == {"target": "labels", "a": 1}


def test_a_function_of_a_module_has_a_name_and_others_need_one() -> None:
    assert named(next_tokens, None) == "interp.subnetworks.targets.labels.next_tokens"
    assert named(None, None) is None

    def inner() -> None: ...

    for function in (lambda: None, inner, partial(next_tokens, torch.zeros(1, 1))):
        with pytest.raises(InterpError, match="give the target a name"):
            named(function, None)
        assert named(function, "some") == "some"
