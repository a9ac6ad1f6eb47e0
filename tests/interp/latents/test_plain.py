from interp.latents.labels import Label
from tests.interp.latents.made import example
from tests.interp.latents.test_page import OUTPUTS, PAGES

LABEL = Label("even", "auroc", 0.9, None, 1.5, (0.8, 0.95, 40), None, 0.93, 200, 210)


def test_a_page_prints_all_it_knows() -> None:
    text = str(PAGES[1])
    for words in (
        "latent 5 of 64, topk dictionary at blocks.0.hook_resid_post of toy, read on made up",
        "1 %, 10 of 1,000 rows", "mean 1.25, highest 2", "even: F1 undefined (0.80 to 0.95, n = 40), AUROC 0.90",
        "on 210 rows; chosen on 200 others, where it had 0.93; shuffled labels give 0.30",
        "9 (0.50)", "the nearest of 63 random directions: 0.30 (0.20 to 0.40)",
        "speaks for   ' a' +1.00", "and against  'b' -1.00", "strongest\n", "weakest quarter of its active rows",
        "<s> the↵<script>« a  & b<U+000D>↵→<U+202E>»é<U+0000>  [<i>story]",
    ):  # fmt: skip
        assert words in text, words


def test_a_measure_by_auroc_comes_first() -> None:
    assert "even: AUROC 0.90 (0.80 to 0.95, n = 40), F1 undefined" in str(example(labelled=True, label=LABEL))
    assert "none: for every label another latent is the best" in str(example(labelled=True))
    assert "label" not in str(example())


def test_a_dead_latent_prints_that_it_is_dead() -> None:
    text = str(PAGES[2])
    assert "dead here: silent in all 1,000 rows" in text
    assert "strongest" not in text


def test_the_marked_tokens_stand_below_one_another() -> None:
    one = example().top[0]
    short = type(one)(**{**vars(one), "tokens": one.tokens[2:], "peak": 1})
    lines = [line for line in str(example(top=(one, short), outputs=OUTPUTS)).splitlines() if "«" in line]
    assert len({line.index("«") for line in lines}) == 1
    assert len(lines) == 3
