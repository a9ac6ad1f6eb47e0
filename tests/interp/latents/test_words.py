from interp.latents.page import Band
from interp.latents.words import band_words, chance_words, density_words, number
from tests.interp.latents.made import example


def test_numbers_have_three_digits() -> None:
    assert [number(one) for one in (0.0, 1.2345, 123.4, 12345.6, 0.00001234)] == [
        "0",
        "1.23",
        "123",
        "12,346",
        "1.23e-05",
    ]


def test_densities_name_the_rows_behind_them() -> None:
    assert density_words(example(fired=1, rows=80_000)) == "0.00125 %, 1 of 80,000 rows"


def test_bands_are_named_by_their_place() -> None:
    shares = ((0.75, 1.0), (0.5, 0.75), (0.0, 0.25), (0.1, 0.2))
    assert [band_words(Band(low, high, ())) for low, high in shares] == [
        "strongest quarter of its active rows",
        "second strongest quarter of its active rows",
        "weakest quarter of its active rows",
        "10 to 20 % quantile of its active rows",
    ]


def test_a_dictionary_of_one_latent_has_no_chance() -> None:
    assert chance_words(example(chance=None)) == ""
