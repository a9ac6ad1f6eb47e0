"""The figures of `function_tokens/graph`, with what they show."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.graph import figures
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    told = metrics["subject"]
    found = {
        "text": (figures.text(metrics), "Frequency and documents of the tokens of the training text, against their "
                 f"rank. Grey: the fitted power law. The {told['function_tokens']} function tokens lie left of the "
                 "upright line."),
        "degrees": (figures.degrees(metrics), "How many latents each token reaches. Dashed: the degrees that the same "
                    "occurrences would have if latents knew nothing of tokens, in closed form. Left: each curve in an "
                    "order of its own."),
        "coverage": (figures.coverage(metrics), "The share of the latents alive that the first function tokens reach "
                     "in the whole text: in order of frequency, in the best order, and any tokens in random order (the "
                     "mean of some orders). Grey: the order of frequency after token labels were shuffled, in three "
                     "ways that lie upon each other almost everywhere; their bands over draws are thinner than a "
                     "line."),
        "by_depth": (figures.by_depth(metrics), "Left: coverage by ten function tokens in a portion of the text, at "
                     "every depth, of the model and of one with random weights, each beside what shuffled labels "
                     "reach. Right: the difference. Bands: over portions. Claims are judged by these numbers."),
        "other_tokens": (figures.other_tokens(metrics), "Coverage by all function tokens, by random content tokens as "
                         "many, and by random content tokens that make as much text. Of the function tokens for which "
                         "there is a content token as frequent, both are drawn. Bands: ranges over draws."),
        "rarefaction": (figures.rarefaction(metrics), "Latents that equal numbers of occurrences of a token reach, on "
                        "average over the tokens of a class, at the middle depth; bands over tokens. Left: occurrences "
                        "at random. Right: at most one of each document. Grey: occurrences of any tokens."),
        "sweep": (figures.sweep(metrics), "Dictionaries of one depth and one budget with other widths and numbers of "
                  "active latents (k). Left: how many latents fire in the whole text. Middle: coverage by ten function "
                  "tokens in a portion of it, bars over portions; where chance reaches all, coverage says nothing. "
                  "Right: latents at equal occurrences, once a document, bars over tokens."),
        "choices": (figures.choices(metrics), "The same measurements when function tokens are chosen otherwise: by "
                    "other shares of the text, or by the documents that they are in. Middle depth; bars over tokens."),
    }  # fmt: skip
    return tuple(Panel(name, figure, caption) for name, (figure, caption) in found.items() if figure is not None)


__all__ = ["panels"]
