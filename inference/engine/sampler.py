"""Choose the next token from the logits."""

from collections import Counter

import torch

from inference.types import Sampling

# Below it the most probable token is taken: logits that are divided by less may overflow.
LEAST_TEMPERATURE = 1e-5


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
        self._drawn: Counter[int] = Counter()

    def draw(self, logits: torch.Tensor) -> int:
        """Return the id of the next token; `logits` is float32 of shape [vocabulary]."""
        token = self._choose(self._penalize_drawn(self._penalize_repetition(logits)))
        self._seen.add(token)
        self._drawn[token] += 1
        return token

    def _choose(self, logits: torch.Tensor) -> int:
        sampling = self._sampling
        if sampling.temperature < LEAST_TEMPERATURE:
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

    def _penalize_drawn(self, logits: torch.Tensor) -> torch.Tensor:
        """Make tokens of the reply less likely, as OpenAI's `frequency_penalty` and `presence_penalty` do."""
        frequency, presence = self._sampling.frequency_penalty, self._sampling.presence_penalty
        if not self._drawn or frequency == presence == 0:
            return logits
        logits = logits.clone()
        counts = torch.tensor(list(self._drawn.values()), dtype=logits.dtype)
        logits[torch.tensor(list(self._drawn))] -= counts * frequency + presence
        return logits
