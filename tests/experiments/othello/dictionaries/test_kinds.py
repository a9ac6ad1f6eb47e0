from experiments.othello.dictionaries.kinds import compared, main, published
from experiments.othello.dictionaries.settings import Plan, Settings
from interp.dictionaries import L1, TopK


def test_the_main_kind_is_what_the_plan_says() -> None:
    assert main(Plan(width=512, k=7)) == TopK(512, k=7)


def test_the_published_kind_has_two_latents_a_dimension_and_one_matrix() -> None:
    kind = published(Settings(penalty=0.25), 512)
    assert isinstance(kind, L1)
    assert kind.width == 1024
    assert kind.penalty_weight == 0.25
    assert kind.tied
    assert not kind.squared
    assert not kind.unit_norm
    assert not kind.decoder_bias


def test_every_width_and_kind_is_compared_at_three_sparsities() -> None:
    found = compared(Plan(), 128)
    assert [name for name in found if name.startswith("topk 2048")] == ["topk 2048 16", "topk 2048 32", "topk 2048 64"]
    assert len(found) == 9 + 3 + 3 + 3
    assert {name.split()[0] for name in found} == {
        "topk",
        "batchtopk",
        "l1",
        "jumprelu",
    }
    assert all(one.width == int(name.split()[1]) for name, one in found.items())
