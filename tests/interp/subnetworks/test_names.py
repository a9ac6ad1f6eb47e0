"""What importing the room, and using its names, brings."""

from tests.interp.test_import import HEAVY, modules_after


def test_importing_the_room_brings_nothing_heavy_and_not_even_torch() -> None:
    assert modules_after("import interp.subnetworks") & {*HEAVY, "torch"} == set()


def test_using_all_its_names_brings_torch_and_no_figures_nor_other_libraries_of_the_field() -> None:
    found = modules_after("import interp.subnetworks as room; [getattr(room, name) for name in room.__all__]")
    assert found & {"matplotlib", "transformer_lens", "sae_lens", "ray", "tyro"} == set()
    assert "torch" in found
