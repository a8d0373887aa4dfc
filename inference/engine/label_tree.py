"""The labels of a question as a tree of tokens: the model chooses where they part, and choices multiply.

Labels that differ in their first token part once, at the end of the prompt. Others, such as "very good" and
"very bad", share a beginning, which is read before they part; "good" and "good enough" part where the first
one ends.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A place where labels part."""

    # The tokens that lead here, and the tokens of which one comes next; a label that ends here has several.
    path: Path
    choices: tuple[Path, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens whose logits are wanted here."""
        return tuple(token for choice in self.choices for token in choice)


class LabelTree:
    """Some labels, and the places where they part.

    Raises:
        ValueError: two labels are the same, one is empty, or there are fewer than two.
    """

    def __init__(self, labels: Sequence[Sequence[int]], end_ids: Iterable[int]) -> None:
        self._labels = [tuple(label) for label in labels]
        self._ends = tuple(sorted(end_ids))
        if len(self._labels) < 2 or len(set(self._labels)) < len(self._labels) or () in self._labels:
            raise ValueError(f"labels must be two or more, of different tokens, got {list(labels)}")
        # In the order of a walk that goes back as little as possible.
        self.branches = self._branches_below((), self._labels)

    def probabilities(self, logits: Mapping[Path, Sequence[float]]) -> tuple[float, ...]:
        """Return the probability of each label; their sum is 1.

        `logits` has for each branch's path the logits of its `ids`. What the model might say beside the
        labels does not count: at each branch the probabilities of its choices are a softmax over them alone.
        """
        return tuple(math.prod(self._choices_of(label, logits)) for label in self._labels)

    def _choices_of(self, label: Path, logits: Mapping[Path, Sequence[float]]) -> Iterable[float]:
        for branch in self.branches:
            if label[: len(branch.path)] == branch.path:
                chosen = next(
                    place
                    for place, choice in enumerate(branch.choices)
                    if choice == self._next_of(label, len(branch.path))
                )
                yield _share(branch, logits[branch.path], chosen)

    def _branches_below(self, path: Path, labels: Sequence[Path]) -> list[Branch]:
        if len(labels) == 1:
            return []
        nexts = list(dict.fromkeys(self._next_of(label, len(path)) for label in labels))
        found = [Branch(path, tuple(nexts))] if len(nexts) > 1 else []
        for choice in nexts:
            if choice != self._ends:
                below = [label for label in labels if self._next_of(label, len(path)) == choice]
                found += self._branches_below(path + choice, below)
        return found

    def _next_of(self, label: Path, count: int) -> Path:
        """Return the token behind the first ones of a label, or all tokens that end a reply."""
        return (label[count],) if count < len(label) else self._ends


def _share(branch: Branch, logits: Sequence[float], chosen: int) -> float:
    """Return the probability of one choice of a branch."""
    highest = max(logits)
    weights = iter(math.exp(logit - highest) for logit in logits)
    sums = [sum(next(weights) for _ in choice) for choice in branch.choices]
    return sums[chosen] / sum(sums)
