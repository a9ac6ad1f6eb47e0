from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import interp
from interp import Edit, Model, ShapeError, Site, UnknownNameError
from tests.architectures import HEADS, POSITIONS, WIDTH, some_tokens
from tests.reference import reference

TOKENS = some_tokens()


def drawn(*shape: int, seed: int = 2) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def seen(model: Model, site: Site, *edits: Edit, tokens: Tensor = TOKENS) -> Tensor:
    """What a capture inside the edits sees at a site."""
    with interp.edited(model, *edits):
        return interp.capture(model, tokens, site)[site]


def changed(tensor: Tensor, index: Any, new: Tensor | float) -> Tensor:
    tensor = tensor.clone()
    tensor[index] = new
    return tensor


@torch.no_grad()
def test_each_edit_does_what_the_hand_computation_says(gpt2: Model) -> None:
    site, others = interp.z(1), some_tokens(batch=5, seed=9)
    whole = interp.capture(gpt2, TOKENS, site)[site]
    donors = interp.capture(gpt2, others, site, at=[0, 2], heads=1)[site]
    vector, here = drawn(8), (slice(None), [0, 2], 1)
    chosen: dict[str, Any] = {"at": [0, 2], "heads": 1}
    cases: dict[str, tuple[Edit, Any]] = {
        "replace": (interp.replace(site, vector, **chosen), vector),
        "add": (interp.add(site, vector, scale=-2.5, **chosen), whole[here] - 2.5 * vector),
        "zero": (interp.zero_ablate(site, **chosen), 0.0),
        "mean": (interp.mean_ablate(site, donors, **chosen), sum(donors) / 5),
        "own": (Edit(site, lambda part: part.flip(1), **chosen), whole[here].flip(1)),
    }
    for name, (edit, truth) in cases.items():
        torch.testing.assert_close(seen(gpt2, site, edit), changed(whole, here, truth), msg=name)


@torch.no_grad()
def test_resampling_takes_whole_donors_as_the_generator_draws_them(gpt2: Model) -> None:
    site, donors = interp.resid(1), drawn(4, 2, WIDTH)
    edit = interp.resample_ablate(site, donors, torch.Generator().manual_seed(5), at=slice(2, 4))
    drawing = torch.Generator().manual_seed(5)
    for _ in range(3):
        part = seen(gpt2, site, edit)[:, 2:4]
        assert torch.equal(part, donors[torch.randint(4, (3,), generator=drawing)])
    one = interp.resample_ablate(site, donors[:1], torch.Generator(), at=slice(2, 4))
    assert torch.equal(seen(gpt2, site, one)[:, 2:4], donors[:1].expand(3, 2, WIDTH))


@pytest.mark.parametrize("shape", [(), (WIDTH,), (1, 1, WIDTH), (POSITIONS, WIDTH), (3, 1, 1), (3, POSITIONS, WIDTH)])
def test_values_broadcast_against_the_selected_part(gpt2: Model, shape: tuple[int, ...]) -> None:
    value = drawn(*shape)
    assert torch.equal(
        seen(gpt2, interp.resid(1), interp.replace(interp.resid(1), value)), value.expand(3, POSITIONS, WIDTH)
    )
    assert torch.equal(
        seen(gpt2, interp.resid(1), interp.replace(interp.resid(1), value.double())), value.expand(3, POSITIONS, WIDTH)
    )


def test_edits_of_one_site_act_in_the_order_given_and_nested_blocks_after_outer_ones(gpt2: Model) -> None:
    for site in (interp.resid(1), interp.mid(0), interp.pattern(1), interp.k(1)):
        shape = seen(gpt2, site).shape
        first, second = interp.replace(site, drawn(*shape)), interp.add(site, torch.ones(1), scale=3.0)
        added = drawn(*shape) + 3.0
        torch.testing.assert_close(seen(gpt2, site, first, second), added)
        torch.testing.assert_close(seen(gpt2, site, second, first), drawn(*shape))
        with interp.edited(gpt2, first), interp.edited(gpt2, second):
            torch.testing.assert_close(seen(gpt2, site), added)
        with interp.edited(gpt2, second), interp.edited(gpt2, first):
            torch.testing.assert_close(seen(gpt2, site), drawn(*shape))


@torch.no_grad()
def test_edits_of_several_sites_work_together(model: Model) -> None:
    step = 0.5 * drawn(WIDTH)
    sites = [interp.resid(1), interp.mlp_in(0), interp.attn_out(1), interp.final_norm()]
    with interp.edited(model, *(interp.add(site, step, at=-2) for site in sites)):
        logits = model(TOKENS)

    def add(tensor: Tensor) -> Tensor:
        return changed(tensor, (slice(None), -2), tensor[:, -2] + step)

    _, oracle = reference(model.hf, TOKENS, dict.fromkeys(sites, add))
    torch.testing.assert_close(logits.double(), oracle, rtol=2e-5, atol=2e-5)


@torch.no_grad()
def test_an_edit_of_a_head_touches_no_other_head(model: Model) -> None:
    for site in [interp.q(0), interp.scores(1), interp.pattern(1), interp.z(1)]:
        plain = seen(model, site, interp.add(interp.scores(1), torch.zeros(1)))
        axis = 1 if site.kind in ("scores", "pattern") else 2
        new = seen(
            model, site, interp.add(site, torch.ones(1), heads=[0, -1]), interp.add(interp.scores(1), torch.zeros(1))
        )
        moved = (plain != new).transpose(0, axis).flatten(1).any(1)
        assert moved.tolist() == [True, False, False, True], site


@torch.no_grad()
def test_the_middle_is_set_for_the_mlp_and_for_the_residual_stream(gpt2: Model) -> None:
    middle = drawn(3, POSITIONS, WIDTH)
    with interp.edited(gpt2, interp.replace(interp.mid(0), middle)):
        acts = interp.capture(gpt2, TOKENS, [interp.mlp_in(0), interp.mlp_out(0), interp.resid(1)])
    block: Any = gpt2.blocks[0]
    torch.testing.assert_close(acts[interp.mlp_in(0)], block.ln_2(middle))
    torch.testing.assert_close(acts[interp.mlp_out(0)], block.mlp(block.ln_2(middle)))
    torch.testing.assert_close(acts[interp.resid(1)], middle + acts[interp.mlp_out(0)])


def test_gradients_flow_into_what_an_edit_puts_in(model: Model) -> None:
    sites = [site for site in model.sites if site.layer == 0]
    with interp.watch(model, sites, at=3) as acts:
        truths = torch.autograd.grad(model(TOKENS)[:, 3].sum(), [acts[site] for site in sites])
    for site, truth in zip(sites, truths, strict=True):
        value = acts[site].detach().requires_grad_()
        with interp.edited(model, interp.replace(site, value, at=3)):
            (gradient,) = torch.autograd.grad(model(TOKENS)[:, 3].sum(), value)
        assert gradient.abs().sum() > 0, site
        torch.testing.assert_close(gradient, truth, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_nobody_can_change_what_was_handed_in(gpt2: Model) -> None:
    site = interp.resid(1)
    reference_ = drawn(1, POSITIONS, WIDTH)
    value, vector = drawn(1, POSITIONS, WIDTH), drawn(1, POSITIONS, WIDTH)
    edits = [interp.replace(site, value), interp.add(site, vector), interp.mean_ablate(site, reference_)]
    edits += [interp.resample_ablate(site, reference_, torch.Generator()), Edit(site, lambda _: value)]

    def spoil(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        arguments[0].zero_()

    for edit in edits:
        with interp.edited(gpt2, edit):
            handle = gpt2.blocks[1].register_forward_pre_hook(spoil)
            gpt2(TOKENS[:1])
            handle.remove()
            # A second pass sees the same values as the first.
            again = seen(gpt2, site, tokens=TOKENS[:1])
        torch.testing.assert_close(again, seen(gpt2, site, edit, tokens=TOKENS[:1]))
    assert torch.equal(value, drawn(1, POSITIONS, WIDTH))
    assert torch.equal(vector, drawn(1, POSITIONS, WIDTH))
    assert torch.equal(reference_, drawn(1, POSITIONS, WIDTH))


@torch.no_grad()
def test_a_function_that_works_in_place_changes_only_its_own_copy(gpt2: Model) -> None:
    with interp.watch(gpt2, interp.resid(1)) as live:
        with interp.edited(gpt2, Edit(interp.resid(1), Tensor.zero_)):
            acts = interp.capture(gpt2, TOKENS, [interp.resid(1), interp.resid(2)])
        assert acts[interp.resid(1)].eq(0).all()
        assert live[interp.resid(1)].ne(0).any()


@torch.no_grad()
def test_no_edit_of_the_scores_lets_a_query_look_ahead(model: Model) -> None:
    masked = interp.capture(model, TOKENS, interp.pattern(0))[interp.pattern(0)] == 0
    acts = seen(model, interp.pattern(0), interp.zero_ablate(interp.scores(0)))
    assert torch.equal(acts == 0, masked)
    scores = seen(model, interp.scores(0), interp.zero_ablate(interp.scores(0)))
    assert scores[masked].eq(-torch.inf).all()
    assert scores[~masked].eq(0).all()


BAD_VALUES: list[tuple[Callable[[Tensor], Edit], str]] = [
    (lambda bad: interp.replace(interp.resid(1), bad), "value .* NaN or infinity"),
    (lambda bad: interp.add(interp.resid(1), bad), "vector .* NaN or infinity"),
    (lambda bad: interp.mean_ablate(interp.resid(1), bad), "reference .* NaN or infinity"),
    (lambda bad: interp.resample_ablate(interp.resid(1), bad, torch.Generator()), "reference .* NaN or infinity"),
]


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize(("edit", "complaint"), BAD_VALUES)
def test_values_that_are_no_numbers_are_errors(edit: Callable[[Tensor], Edit], complaint: str, wrong: float) -> None:
    value = torch.zeros(2, WIDTH)
    value[1, 3] = wrong
    with pytest.raises(ShapeError, match=complaint):
        edit(value)


def test_scores_may_be_minus_infinity_but_no_other_infinity() -> None:
    interp.replace(interp.scores(0), torch.tensor([-torch.inf]))
    for wrong in (torch.nan, torch.inf):
        with pytest.raises(ShapeError, match="NaN or infinity"):
            interp.replace("blocks.0.attn.hook_attn_scores", torch.tensor([wrong]))
    with pytest.raises(ShapeError, match="NaN or infinity"):
        interp.add(interp.resid(0), torch.ones(3), scale=torch.inf)


def test_a_reference_without_inputs_is_an_error() -> None:
    empty = torch.zeros(0, POSITIONS, WIDTH)
    with pytest.raises(ShapeError, match="holds no captured input"):
        interp.mean_ablate(interp.resid(1), empty)
    with pytest.raises(ShapeError, match="holds no captured input"):
        interp.resample_ablate(interp.resid(1), empty, torch.Generator())


def test_shapes_that_do_not_fit_are_errors(gpt2: Model) -> None:
    site = interp.resid(1)
    wrong = [
        (interp.replace(site, torch.zeros(WIDTH + 1)), r"\[33\]|cannot take the place"),
        (
            interp.replace(site, torch.zeros(2, 1, 1)),
            r"cannot take the place of \[3, 7, 32\] at blocks.0.hook_resid_post",
        ),
        (interp.replace(site, torch.zeros(1, 3, POSITIONS, WIDTH)), "cannot take the place"),
        (interp.replace(site, torch.zeros(2, WIDTH), at=-1), "cannot take the place"),
        (interp.mean_ablate(site, torch.zeros(4, 5, WIDTH)), r"captured with shape \[batch, 5, 32\]"),
        (interp.mean_ablate(site, torch.zeros(4, POSITIONS, WIDTH), at=2), "same positions and heads"),
        (interp.resample_ablate(site, torch.zeros(4, WIDTH), torch.Generator()), "same positions and heads"),
        (interp.zero_ablate(site, at=POSITIONS), "position 7 is not at"),
        (interp.zero_ablate(site, heads=0), "has no heads"),
        (interp.zero_ablate(interp.z(0), heads=HEADS), "head 4 is not at"),
        (interp.zero_ablate(site, at=[1, 1]), "twice"),
    ]
    for edit, complaint in wrong:
        with pytest.raises(ShapeError, match=complaint), interp.edited(gpt2, edit):
            gpt2(TOKENS)


def test_unknown_sites_are_errors_before_anything_runs(gpt2: Model) -> None:
    with pytest.raises(UnknownNameError, match="hook_mlp_out"):
        interp.zero_ablate("blocks.0.hook_mlp_ot")
    for site in (interp.resid(5), interp.rot_q(0), interp.mlp_out(2)):
        with pytest.raises(UnknownNameError), interp.edited(gpt2, interp.zero_ablate(site)):
            pytest.fail("the block must not be entered")


def test_no_edits_change_nothing(gpt2: Model) -> None:
    with interp.edited(gpt2):
        logits = gpt2(TOKENS)
    assert torch.equal(logits, gpt2(TOKENS))
