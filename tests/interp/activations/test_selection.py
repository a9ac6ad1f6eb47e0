from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import interp
from interp import Model, ShapeError, Site
from interp.activations.selection import Selection, numbers
from interp.models.sites import KINDS
from tests.architectures import POSITIONS, some_tokens

TOKENS = some_tokens()
POSITION_CHOICES: list[Any] = [
    3,
    -1,
    [4, 0],
    slice(1, 6, 2),
    torch.tensor([2, -2]),
    torch.arange(POSITIONS) % 3 == 0,
    slice(None),
]


def indexed(tensor: Tensor, axis: int, choice: Any) -> Tensor:
    """What PyTorch's own indexing gives along one axis."""
    return tensor[(slice(None),) * axis + (choice,)]


def parted(tensor: Tensor, site: Site, at: Any, heads: Any) -> Tensor:
    """What PyTorch's own indexing gives for positions and heads, the later axis first since an integer drops it."""
    kind = KINDS[site.kind]
    both = [(kind.position_axis, at), (kind.head_axis, heads)]
    for axis, choice in sorted(((axis, choice) for axis, choice in both if axis is not None), reverse=True):
        tensor = indexed(tensor, axis, choice)
    return tensor


@pytest.mark.parametrize("at", POSITION_CHOICES, ids=str)
@torch.no_grad()
def test_positions_of_every_site_are_those_of_the_whole_along_the_declared_axis(gpt2: Model, at: Any) -> None:
    whole = interp.capture(gpt2, TOKENS, gpt2.sites)
    part = interp.capture(gpt2, TOKENS, gpt2.sites, at=at)
    for site in gpt2.sites:
        assert torch.equal(part[site], parted(whole[site], site, at, slice(None))), site


@torch.no_grad()
def test_positions_and_heads_are_chosen_on_every_architecture(model: Model) -> None:
    headed = [site for site in model.sites if KINDS[site.kind].head_axis is not None]
    whole = interp.capture(model, TOKENS, model.sites)
    choices: list[tuple[Any, Any]] = [(-1, 0), ([0, 5], [0]), (slice(2), slice(None, None, -1))]
    for at, heads in choices:
        part = interp.capture(model, TOKENS, headed, at=at, heads=heads)
        for site in headed:
            if isinstance(heads, slice):
                truth = parted(whole[site], site, at, slice(None)).flip(KINDS[site.kind].head_axis or 0)
            else:
                truth = parted(whole[site], site, at, heads)
            assert torch.equal(part[site], truth), site
    flat = [site for site in model.sites if KINDS[site.kind].head_axis is None]
    whole, part = interp.capture(model, TOKENS, flat), interp.capture(model, TOKENS, flat, at=-2)
    assert all(torch.equal(part[site], whole[site][:, -2]) for site in flat)


@torch.no_grad()
def test_both_kinds_of_names_and_sites_mean_the_same(gpt2: Model) -> None:
    by_site = interp.capture(gpt2, TOKENS, gpt2.sites)
    by_name = interp.capture(gpt2, TOKENS, [site.name for site in gpt2.sites])
    assert list(by_name) == list(gpt2.sites)
    for site in gpt2.sites:
        assert torch.equal(by_name[site.name], by_site[site])
    assert by_name["blocks.1.hook_resid_pre"] is by_name["blocks.0.hook_resid_post"]
    assert by_name["blocks.1.hook_in"] is by_name["blocks.0.hook_out"]


def tensor_of(site: Site) -> Tensor:
    """A tensor of different numbers in a site's shape: 2 inputs, 5 positions, 3 heads."""
    sizes = {"batch": 2, "position": 5, "query": 5, "key": 5, "head": 3, "d_head": 2, "width": 6}
    shape = [sizes[axis] for axis in KINDS[site.kind].axes.split()]
    return torch.arange(float(np.prod(shape))).reshape(shape)


def indices(size: int) -> st.SearchStrategy[Any]:
    inside = st.integers(-size, size - 1)
    lists = st.lists(inside, max_size=4, unique_by=lambda number: number % size)
    slices = st.slices(size)
    masks = st.lists(st.booleans(), min_size=size, max_size=size).map(torch.tensor)
    return st.one_of(st.none(), inside, lists, slices, masks)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([interp.resid(1), interp.z(0), interp.scores(0)]), indices(5), indices(3))
def test_what_is_taken_out_and_put_back_elsewhere_lands_just_there(site: Site, at: Any, heads: Any) -> None:
    headed = KINDS[site.kind].head_axis is not None
    selection = Selection(site, at, heads if headed else None)
    tensor = tensor_of(site)
    kept = tensor.clone()
    part = selection.take(tensor)
    assert torch.equal(selection.put(tensor, part), tensor)
    new = selection.put(tensor, part + 1000)
    assert torch.equal(selection.take(new), part + 1000)
    assert int((new >= 1000).sum()) == part.numel()
    assert torch.equal(tensor, kept)
    assert new.data_ptr() != tensor.data_ptr()
    assert new.is_contiguous()


def test_numpy_integers_and_single_tensors_are_integers(unchecked: None) -> None:
    site, tensor = interp.z(0), tensor_of(interp.z(0))
    twos: list[Any] = [np.int64(2), torch.tensor(2)]
    for two in twos:
        assert torch.equal(Selection(site, two, two).take(tensor), tensor[:, 2, 2])
    ends: Any = np.array([0, 4])
    assert torch.equal(Selection(site, ends).take(tensor), tensor[:, [0, 4]])


def test_no_position_at_all_gives_an_empty_part() -> None:
    tensor = tensor_of(interp.resid(0))
    nothings: list[Any] = [[], slice(3, 1), torch.zeros(5, dtype=torch.bool)]
    for nothing in nothings:
        selection = Selection(interp.resid(0), nothing)
        assert selection.take(tensor).shape == (2, 0, 6)
        assert torch.equal(selection.put(tensor, torch.zeros(2, 0, 6)), tensor)


@pytest.mark.parametrize(
    ("index", "complaint"),
    [
        (5, "position 5 is not at blocks.0.attn.hook_z: it has 5 of them"),
        (-6, "position -6 is not at"),
        ([0, 7], "position 7 is not at"),
        ([0.5], "give an integer"),
        ([[0]], "give an integer"),
        ([True, False], "5 booleans"),
        (torch.tensor([[1, 2]]), "give an integer"),
    ],
)
def test_an_index_that_is_not_there_is_an_error(index: Any, complaint: str, unchecked: None) -> None:
    with pytest.raises(ShapeError, match=complaint):
        numbers(index, tensor_of(interp.z(0)), 1, interp.z(0))


def test_a_place_chosen_twice_can_be_read_but_not_written() -> None:
    site, tensor = interp.z(0), tensor_of(interp.z(0))
    part = Selection(site, [1, 1]).take(tensor)
    assert torch.equal(part, tensor[:, [1, 1]])
    with pytest.raises(ShapeError, match="twice"):
        Selection(site, [1, -4]).put(tensor, part)


def test_heads_where_there_are_none_are_an_error(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="resid_post has no heads"):
        interp.capture(gpt2, TOKENS, interp.resid(1), heads=0)
    with pytest.raises(ShapeError, match="head 4 is not at"):
        interp.capture(gpt2, TOKENS, interp.z(1), heads=4)
