"""What importing the room, and using its names, brings."""

from tests.interp.test_import import HEAVY, modules_after


def test_importing_the_room_brings_nothing_heavy_and_not_even_torch() -> None:
    assert modules_after("import interp.token_graph") & {*HEAVY, "torch", "numpy"} == set()
