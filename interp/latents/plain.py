"""A page for the terminal."""

from interp.latents.context import Context
from interp.latents.marks import PART, visible
from interp.latents.page import Page
from interp.latents.words import band_words, chance_words, density_words, label_words, number, said


def plain(page: Page) -> str:
    """The page as lines of text; the token of each context stands between « and »."""
    lines = [f"latent {page.latent} of {page.latents}, {said(page)}", f"density      {density_words(page)}"]
    if page.mean is not None and page.highest is not None:
        lines.append(f"when active  mean {number(page.mean)}, highest {number(page.highest)}")
    if page.labelled:
        lines.append(f"best label   {visible(label_words(page))}")
    if page.neighbours:
        nearest = ", ".join(f"{one.latent} ({one.cosine:.2f})" for one in page.neighbours)
        lines += [f"neighbours   {nearest}", f"             {chance_words(page)}"]
    if page.outputs is not None:
        for name, tokens in zip(("speaks for", "and against"), page.outputs, strict=True):
            shown = ", ".join(f"{visible(repr(one.text))} {one.logit:+.2f}" for one in tokens)
            lines.append(f"{name:12} {shown}")
    width = max(
        (len(_before(one)) for one in (*page.top, *(one for band in page.bands for one in band.contexts))), default=0
    )
    if page.top:
        lines += ["", "strongest", *(_line(one, width) for one in page.top)]
    for band in page.bands:
        lines += ["", band_words(band), *(_line(one, width) for one in band.contexts)]
    return "\n".join(lines)


def _before(one: Context) -> str:
    return visible("".join(token.text for token in one.tokens[: one.peak]))


def _line(one: Context, width: int) -> str:
    """A context with its token in the same column as that of others."""
    after = "".join(token.text for token in one.tokens[one.peak + 1 :])
    text = f"{_before(one):>{width}}«{visible(one.token.text) or PART}»{visible(after)}"
    return f"{number(one.activation):>8}  {text}  [{visible(one.document)}]"


__all__ = ["plain"]
