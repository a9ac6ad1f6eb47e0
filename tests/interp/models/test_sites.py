import pytest

import interp
from interp import Model, Site, UnknownNameError
from interp.models.sites import KINDS, site


def test_every_name_leads_back_to_its_site(model: Model) -> None:
    for known in model.sites:
        assert site(known.name) == known
        assert str(known) == known.name
        assert model.find(known.name) == [known]


def test_names_are_those_of_transformer_lens() -> None:
    names = {
        interp.resid(0): "blocks.0.hook_resid_pre",
        interp.resid(5): "blocks.4.hook_resid_post",
        interp.mid(3): "blocks.3.hook_resid_mid",
        interp.q(1): "blocks.1.attn.hook_q",
        interp.rot_k(12): "blocks.12.attn.hook_rot_k",
        interp.pattern(0): "blocks.0.attn.hook_pattern",
        interp.mlp_post(2): "blocks.2.mlp.hook_post",
        interp.final_norm(): "ln_final.hook_out",
    }
    assert {made: made.name for made in names} == names


def test_the_end_of_a_block_is_the_beginning_of_the_next() -> None:
    for k in range(1, 12):
        assert site(f"blocks.{k}.hook_resid_pre") == site(f"blocks.{k - 1}.hook_resid_post") == interp.resid(k)
        assert site(f"blocks.{k}.hook_in") == site(f"blocks.{k - 1}.hook_out") == interp.resid(k)
    assert site("blocks.0.hook_resid_pre") == interp.resid(0)


def test_there_is_a_function_for_every_kind() -> None:
    for kind in KINDS:
        layer = 0 if kind == "final_norm" else 3
        make = getattr(interp, kind)
        assert (make() if kind == "final_norm" else make(layer)) == Site(kind, layer)
        assert KINDS[kind].position_axis in (1, 2)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("blocks.3.hook_resid_posst", "blocks.3.hook_resid_post"),
        ("blocks.3.attn.hook_ptatern", "blocks.3.attn.hook_pattern"),
        ("blocks.x.hook_resid_post", "hook_resid_post"),
        ("ln_final.hook_ot", "ln_final.hook_out"),
        ("resid(3)", "unknown site"),
        ("", "unknown site"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match=near):
        site(wrong)


def test_a_site_that_cannot_be_is_an_error_when_it_is_made() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown kind of site 'resids'.*'resid'"):
        Site("resids", 0)
    with pytest.raises(UnknownNameError, match="count from 0"):
        interp.resid(-1)
    with pytest.raises(UnknownNameError, match="count from 0"):
        Site("final_norm", 1)


def test_sites_stand_in_the_order_of_computation(model: Model) -> None:
    assert model.sites[0] == interp.resid(0)
    assert model.sites[-2:] == (interp.resid(model.depth), interp.final_norm())
    orders = [(one.layer, KINDS[one.kind].order) for one in model.sites[:-1]]
    assert orders == sorted(orders)
    assert len(set(model.sites)) == len(model.sites)
    assert (interp.rot_q(0) in model.sites) == model.anatomy.rotary
