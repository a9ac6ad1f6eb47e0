"""A step of a search for a subnetwork against a step of plain training and against a search without its savings."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor
from torch.func import functional_call

import interp
from benchmarks.memory import peak_bytes
from benchmarks.options import Options
from benchmarks.tables import Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.counts import Conditional, Counter
from interp.subnetworks.hidden import final_states
from interp.subnetworks.masked import Masked
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import FromCounts

VOCABULARY, CONTEXT, DEPTH, WIDTH, HEADS = 4096, 128, 4, 128, 4
"""The size of the language model that the project trains itself."""
BATCH = 6
ROUNDS = 7
"""Rounds at most."""
LAM, RATE, STEP = 5.0, 7e-4, 100
"""Penalty and learning rate, and the step whose gates are timed."""
SEARCH, PLAIN, NAIVE = "search step", "plain training step", "search step with nothing saved"


class Subject(NamedTuple):
    """What each way takes a step with."""

    model: interp.Model
    """Random weights."""
    tokens: Int64[Tensor, "sequence position"]
    conditional: Conditional
    """Bigrams of random text in which every token occurs."""


def tables(options: Options) -> list[Table]:
    """One table: time, with memory beside it."""
    subject = made(options, BATCH)
    contestants = [Contestant(name, run, subject.tokens.numel()) for name, run in ways(subject).items()]
    rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
    measure = stopwatch(options.device)
    seconds = interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=measure)
    needs = memory(made(options, 1, positions=8))
    masked = sum(weight.numel() for weight in Masked(subject.model, Search(lam=LAM)).weights.values())
    setting = (
        f"{DEPTH} blocks, width {WIDTH}, vocabulary {VOCABULARY:,}, {masked:,} masked weights, {BATCH} x {CONTEXT} "
        f"tokens, float32, {options.device}; tensors beyond the model, with 8 tokens, in masked weights: "
        + ", ".join(f"{share:.2f} {name}" for name, share in needs.items())
    )
    table = Table("Searching for a subnetwork", setting, "tokens", PLAIN, rows(contestants, seconds, PLAIN))
    took = {name: table.row(name).pairs.median for name in (SEARCH, NAIVE)}
    table.bars.append(at_most("a search step takes at most 1.5 times a plain training step", took[SEARCH], 1.5))
    table.bars.append(at_most("it needs less than 5 times the masked weights", needs[SEARCH], 5))
    table.bars.append(at_least("with nothing saved it takes at least as long", took[NAIVE] / took[SEARCH], 1))
    return [table]


def made(options: Options, batch: int, positions: int = CONTEXT) -> Subject:
    """A model and a batch."""
    generator = torch.Generator().manual_seed(options.seed)
    text = torch.randint(VOCABULARY, (200_000,), generator=generator)
    text[:VOCABULARY] = torch.arange(VOCABULARY)
    conditional = Conditional(Counter(VOCABULARY).add(text[None]).counts())
    model = interp.load(_gpt2(options.seed).to(options.device))
    tokens = text[: batch * positions].view(batch, positions).to(options.device)
    return Subject(model, tokens, conditional)


def ways(subject: Subject) -> dict[str, Callable[[], Tensor]]:
    """Each way to take a step; each call gives the loss before it."""
    return {SEARCH: _search(subject), PLAIN: _plain(subject), NAIVE: _naive(subject)}


def memory(subject: Subject) -> dict[str, float]:
    """The most that two steps of a search hold beyond the model, in units of the masked weights' bytes."""
    found = {}
    for name, way in ((SEARCH, _search), (NAIVE, _naive)):

        def run(way: Callable[[Subject], Callable[[], Tensor]] = way) -> None:
            step = way(subject)
            step()
            step()

        weights = Masked(subject.model, Search(lam=LAM)).weights.values()
        found[name] = peak_bytes(run) / sum(weight.nbytes for weight in weights)
    return found


def _search(subject: Subject) -> Callable[[], Tensor]:
    model, tokens = subject.model, subject.tokens
    masked = Masked(model, Search(lam=LAM, rate=RATE, steps=STEP))
    optimizer = torch.optim.AdamW(masked.parameters(), lr=RATE, fused=True)
    with masked.inside():
        prepared = FromCounts(subject.conditional).prepare(model, off=masked.off)

    def step() -> Tensor:
        with masked.inside():
            optimizer.zero_grad(set_to_none=True)
            masked.at(STEP)
            loss = prepared.loss(final_states(model, tokens), tokens)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return loss.detach()

    return step


def _plain(subject: Subject) -> Callable[[], Tensor]:
    """All weights learn the next token, in a copy of the model."""
    hf, tokens = deepcopy(subject.model.hf), subject.tokens
    optimizer = torch.optim.AdamW(hf.parameters(), lr=1e-5, fused=True)

    def step() -> Tensor:
        optimizer.zero_grad(set_to_none=True)
        logits = hf(input_ids=tokens, use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.detach()

    return step


def _naive(subject: Subject) -> Callable[[], Tensor]:
    """Gates and products kept for the backward pass, the penalty in a graph of its own, dense targets, and a look at
    the gates in every step, as tools for such searches do; the dense targets are made at once and not row by row."""
    hf, tokens = subject.model.hf, subject.tokens
    weights = {name: weight.detach() for name, weight in Masked(subject.model, Search(lam=LAM)).weights.items()}
    variables = {name: torch.zeros_like(weight).requires_grad_() for name, weight in weights.items()}
    optimizer = torch.optim.AdamW(variables.values(), lr=RATE)
    total, beta = sum(weight.numel() for weight in weights.values()), 1.001**STEP
    others = {name: weight.detach() for name, weight in hf.named_parameters() if name not in weights}

    def step() -> Tensor:
        optimizer.zero_grad(set_to_none=True)
        products = {name: weight * torch.sigmoid(beta * variables[name]) for name, weight in weights.items()}
        called: dict[str, Any] = {"input_ids": tokens, "use_cache": False}
        logits = functional_call(hf, others | products, kwargs=called).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), _dense(subject).to(logits))
        penalty = sum(torch.sigmoid(beta * variable).sum() for variable in variables.values()) / total
        (loss + LAM * penalty).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            for variable in variables.values():
                gates = torch.sigmoid(beta * variable)
                _ = int(((gates >= 0.1) & (gates <= 0.9)).sum()), int((gates > 0.9).sum())
        return loss.detach()

    return step


def _dense(subject: Subject) -> Tensor:
    contexts = subject.tokens.flatten().cpu()
    crow, columns, probabilities = subject.conditional.rows(contexts)
    places = torch.stack([torch.arange(len(contexts)).repeat_interleave(crow.diff()), columns])
    size = (len(contexts), VOCABULARY)
    return torch.sparse_coo_tensor(places, probabilities, size, check_invariants=False).to_dense()


def _gpt2(seed: int) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=WIDTH, n_layer=DEPTH, n_head=HEADS,
        tie_word_embeddings=False, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPT2LMHeadModel(config).eval()
