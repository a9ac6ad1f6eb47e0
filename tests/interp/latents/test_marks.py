import pytest

from interp.latents.marks import runs, sign, visible


@pytest.mark.parametrize(
    "text", ["", "plain", " two  spaces ", "a\nb\tc\r\n", "\u200b\u202ex\x00", "日本 é", "a\u00a0b"]
)
def test_the_runs_together_are_the_text(text: str) -> None:
    assert "".join(part for _, part in runs(text)) == text
    assert all(len(part) == 1 for kind, part in runs(text) if kind != "plain")


def test_spaces_and_hidden_characters_stand_apart() -> None:
    assert runs("a b\n\n") == [("plain", "a"), ("space", " "), ("plain", "b"), ("hidden", "\n"), ("hidden", "\n")]
    assert runs("\u00a0") == [("hidden", "\u00a0")]


def test_every_hidden_character_has_a_sign() -> None:
    assert [sign(one) for one in "\n\t\r\x00\u202e"] == ["↵", "→", "U+000D", "U+0000", "U+202E"]


def test_plain_text_stays_on_one_line() -> None:
    assert visible("a b\nc\td\u200b") == "a b↵c→d<U+200B>"
