"""One training step of a TopK dictionary by us and by the libraries that people train them with, from equal starts."""

from typing import Any, NamedTuple, Protocol

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interp.dictionaries.architectures import TopK
from interp.dictionaries.batches import KEY
from interp.dictionaries.loss import rebuild
from interp.dictionaries.side_by_side import Job, SideBySide
from interp.dictionaries.training import Training

DEAD_BIAS = -3.0
"""The encoder bias of dead latents: out of reach of the k largest of a thousand and more."""


class Start(NamedTuple):
    """Where everybody starts."""

    directions: Float[Tensor, "latent width"]
    """Decoder directions, of length one; the encoder is their transpose."""
    centre: Float[Tensor, " width"]
    """The decoder bias."""
    dead: Bool[Tensor, " latent"]
    """Latents that do not fire, and whose counters say that they have not for long."""
    k: int
    """Active latents a row."""
    rate: float
    """Adam's learning rate."""

    @property
    def bias(self) -> Float[Tensor, " latent"]:
        """The encoder bias."""
        return self.dead * DEAD_BIAS


class Trainer(Protocol):
    """Somebody's training of one dictionary."""

    def step(self, x: Float[Tensor, "row width"]) -> None:
        """One optimiser step, with everything that this trainer does in one."""

    def rebuilt(self, x: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """The reconstruction."""


class Ours:
    """`interp.dictionaries`, as its own loop calls it."""

    def __init__(self, start: Start) -> None:
        latents = len(start.directions)
        self.batch, self.identity = start.directions[:1], "benchmark"
        training = Training(rows=2**40, batch=1, rate=start.rate, warmup=0, decay=0)
        job = Job(KEY, TopK(latents, k=start.k))
        self.together = SideBySide.of(self, {"": job}, training, torch.device("cpu"))
        self.weights, self.architecture = self.together.weights[""], job.architecture
        with torch.no_grad():
            self.weights.decoder.copy_(start.directions)
            self.weights.encoder.copy_(start.directions)
            self.weights.encoder_bias.copy_(start.bias)
            self.weights.decoder_bias.copy_(start.centre)
            self.weights.since_fired[start.dead] = 2**40
        self.optimizer = self.together.optimizer()
        for group in self.optimizer.param_groups:
            group["lr"] = start.rate
        self.generator, self.steps = torch.Generator(), 0

    def __call__(self, step: int) -> dict[str, Tensor]:  # noqa: ARG002
        """The batch that `step` was given: we are our own stream."""
        return {KEY: self.batch}

    def step(self, x: Float[Tensor, "row width"]) -> None:
        """Objective, gradients, Adam, constraints."""
        self.batch = x
        self.optimizer.zero_grad(set_to_none=True)
        self.together.objective(self.steps, self.generator)["loss"].backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.together.after_step(self.steps, self.optimizer)
        self.steps += 1

    @torch.no_grad()
    def rebuilt(self, x: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """The reconstruction."""
        return rebuild(self.weights, self.architecture, x, x - self.weights.decoder_bias).output


class SAELens:
    """`sae_lens.SAETrainer` on its `TopKTrainingSAE`."""

    def __init__(self, start: Start) -> None:
        from sae_lens import SAETrainer, TopKTrainingSAE, TopKTrainingSAEConfig
        from sae_lens.config import SAETrainerConfig

        latents, width = start.directions.shape
        self.sae = TopKTrainingSAE(TopKTrainingSAEConfig(d_in=width, d_sae=latents, k=start.k, device="cpu"))
        state = {"W_enc": start.directions.T, "W_dec": start.directions, "b_enc": start.bias, "b_dec": start.centre}
        self.sae.load_state_dict(state)
        config = SAETrainerConfig(
            total_training_samples=2**30, train_batch_size_samples=1024, lr=start.rate, lr_end=start.rate, device="cpu"
        )
        self.trainer: Any = SAETrainer(config, self.sae, iter(()))
        self.trainer.n_forward_passes_since_fired[start.dead] = 1e9

    def step(self, x: Float[Tensor, "row width"]) -> None:
        """What its `fit` does for a batch."""
        self.trainer._train_step(sae=self.sae, sae_in=x)
        self.trainer.n_training_steps += 1

    @torch.no_grad()
    def rebuilt(self, x: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """The reconstruction."""
        found: Tensor = self.sae(x)
        return found


class DictionaryLearning:
    """`dictionary_learning`'s `TopKTrainer`."""

    def __init__(self, start: Start) -> None:
        from dictionary_learning.trainers.top_k import TopKTrainer  # type: ignore[import-not-found]

        latents, width = start.directions.shape
        self.trainer = TopKTrainer(
            steps=2**30, activation_dim=width, dict_size=latents, k=start.k, layer=0, lm_name="", lr=start.rate,
            warmup_steps=0, device="cpu",
        )  # fmt: skip
        ae = self.trainer.ae
        ae.encoder.weight.data.copy_(start.directions)
        ae.encoder.bias.data.copy_(start.bias)
        ae.decoder.weight.data = start.directions.T.clone()
        ae.b_dec.data.copy_(start.centre)
        self.trainer.num_tokens_since_fired[start.dead] = 2**40
        self.steps = 1  # its step 0 sets the decoder bias

    def step(self, x: Float[Tensor, "row width"]) -> None:
        """What its training loop does for a batch."""
        self.trainer.update(self.steps, x)
        self.steps += 1

    @torch.no_grad()
    def rebuilt(self, x: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """The reconstruction."""
        found: Tensor = self.trainer.ae.decode(self.trainer.ae.encode(x, use_threshold=False))
        return found


class Sparsify:
    """`eai-sparsify`'s `SparseCoder` with its trainer's body for a batch and Adam."""

    def __init__(self, start: Start) -> None:
        from sparsify import SparseCoder, SparseCoderConfig  # type: ignore[import-not-found]

        latents, width = start.directions.shape
        self.coder = SparseCoder(width, SparseCoderConfig(num_latents=latents, k=start.k))
        self.coder.encoder.weight.data.copy_(start.directions)
        self.coder.encoder.bias.data.copy_(start.bias)
        self.coder.W_dec.data.copy_(start.directions)
        self.coder.b_dec.data.copy_(start.centre)
        self.optimizer = torch.optim.Adam(self.coder.parameters(), lr=start.rate)
        self.since_fired = torch.zeros(latents, dtype=torch.long)
        self.since_fired[start.dead] = 2**40

    def step(self, x: Float[Tensor, "row width"]) -> None:
        """Normalise, both losses, gradients, what is parallel, Adam, counters: the order of its `fit`."""
        self.coder.set_decoder_norm_to_unit_norm()
        out = self.coder(x, dead_mask=self.since_fired > 10_000_000)
        (out.fvu + out.auxk_loss / 32).backward()
        self.coder.remove_gradient_parallel_to_decoder_directions()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.since_fired += len(x)
        self.since_fired[out.latent_indices.flatten()] = 0

    @torch.no_grad()
    def rebuilt(self, x: Float[Tensor, "row width"]) -> Float[Tensor, "row width"]:
        """The reconstruction."""
        found: Tensor = self.coder(x).sae_out
        return found


__all__ = ["DictionaryLearning", "Ours", "SAELens", "Sparsify", "Start", "Trainer"]
