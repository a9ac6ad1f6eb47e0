import torch

from experiments.function_tokens.graph.tokens import choices, text, without
from experiments.function_tokens.subject import Subject
from interp.token_classes import TokenStatistics


def test_statistics_without_a_part_are_those_of_the_other_documents(subject: Subject) -> None:
    found = without(subject, 3)
    for part, one in enumerate(found):
        others = [subject.train.document(number) for number in range(len(subject.train)) if number % 3 != part]
        again = TokenStatistics.of(others, subject.vocabulary)
        assert torch.equal(one.occurrences, again.occurrences)
        assert torch.equal(one.documents, again.documents)
        assert one.document_count == again.document_count


def test_other_choices_are_other_shares_and_the_tokens_of_most_documents(subject: Subject) -> None:
    found = choices(subject, (0.2, 0.5))
    assert list(found) == ["20% of the text", "50% of the text", "in most documents"]
    assert len(found["20% of the text"]) <= len(subject.function) <= len(found["50% of the text"])
    documents = subject.statistics.documents
    chosen = found["in most documents"]
    assert len(chosen) == len(subject.function)
    assert documents[chosen.ids].min() >= documents[chosen.content.ids].max()


def test_scattered_occurrences_would_go_with_documents_at_least_as_well(subject: Subject) -> None:
    found = text(subject, (0.4,), parts=3, draws=2)
    assert -1 <= found["correlation"][0] <= 1
    assert found["correlation expected"] > 0.9
    assert found["counts"]["rank"] == sorted(found["counts"]["rank"])
    assert found["list"][0][0] == subject.name(int(subject.function.ids[0]))
