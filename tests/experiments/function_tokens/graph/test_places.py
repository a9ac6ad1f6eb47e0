from experiments.function_tokens.graph.places import places


def test_layers_9_20_and_31_of_42_lie_at_the_same_parts_of_other_models() -> None:
    assert places([10, 21, 32], 42) == (0, 1, 2)
    assert places([0, 1, 2, 3, 4], 4) == (1, 2, 3)
    assert places(list(range(9)), 8) == (2, 4, 6)


def test_a_shallow_model_has_fewer_places_and_embeddings_are_none() -> None:
    assert places([0, 1, 2], 2) == (1, 1, 2)
    assert places([0, 1], 1) == (1, 1, 1)
    assert places([0], 1) == (0, 0, 0)
