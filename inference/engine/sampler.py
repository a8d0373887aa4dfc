"""Choose the next token from the logits."""

import torch

from inference.types import Sampling


class Sampler:
    """Draw the tokens of one reply; the same seed draws the same tokens."""

    def __init__(self, sampling: Sampling, prompt_ids: list[int]) -> None:
        self._sampling = sampling
        self._generator = torch.Generator()
        if sampling.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(sampling.seed)
        self._seen = set(prompt_ids)

    def draw(self, logits: torch.Tensor) -> int:
        """Return the id of the next token; `logits` is float32 of shape [vocabulary]."""
        token = self._choose(self._penalize_repetition(logits))
        self._seen.add(token)
        return token

    def _choose(self, logits: torch.Tensor) -> int:
        sampling = self._sampling
        if sampling.temperature == 0:
            return int(logits.numpy().argmax())  # numpy's argmax is ten times as fast as torch's
        count = min(sampling.top_k, logits.numel()) if sampling.top_k else logits.numel()
        # `topk` sorts, so that `mass_before` is the probability of all more probable tokens.
        values, ids = logits.topk(count)
        probabilities = torch.softmax(values / sampling.temperature, dim=-1)
        mass_before = probabilities.cumsum(dim=-1) - probabilities
        probabilities[mass_before > sampling.top_p] = 0.0  # never removes the most probable token
        return int(ids[torch.multinomial(probabilities, 1, generator=self._generator)])

    def _penalize_repetition(self, logits: torch.Tensor) -> torch.Tensor:
        """Make seen tokens less likely (Keskar et al. 2019, arXiv:1909.05858, section 4.1)."""
        penalty = self._sampling.repetition_penalty
        if penalty == 1.0:
            return logits
        logits = logits.clone()
        seen = torch.tensor(sorted(self._seen), dtype=torch.long)  # an empty tensor needs the type
        values = logits[seen]
        logits[seen] = torch.where(values > 0, values / penalty, values * penalty)
        return logits
