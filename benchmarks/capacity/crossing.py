"""The rate of messages at which a 95th percentile crosses its limit."""

import numpy as np

from monitoring.analysis.limits import Limits

Times = dict[str, list[float]]  # ms, by the name of the measure: `sentiment` and `ttft`


def percentile(times: list[float]) -> float:
    """Return the 95th percentile."""
    return float(np.percentile(times, 95))


def crossing(measured: dict[float, Times], limits: Limits) -> float | None:
    """Return the rate at which a 95th percentile crosses its limit; None if no limit is crossed.

    The rate is interpolated linearly, on the logarithm of the time, between two measured rates.
    """
    rates = sorted(measured)
    found = []
    for name, limit in (("sentiment", limits.response_ms), ("ttft", limits.ttft_ms)):
        times = [measured[rate][name] for rate in rates]
        heights = rising([np.log(percentile(part)) for part in times], [len(part) for part in times])
        above = [index for index, height in enumerate(heights) if height > np.log(limit)]
        if above and above[0] > 0:
            around = slice(above[0] - 1, above[0] + 1)
            found.append(float(np.interp(np.log(limit), heights[around], rates[around])))
    return min(found, default=None)


def rising(values: list[float], weights: list[int]) -> list[float]:
    """Return the nearest curve that never falls (isotonic regression, pool adjacent violators).

    A higher load cannot be faster, so that a falling value is chance: values in the wrong order become their
    weighted mean.
    """
    pools: list[tuple[float, int, int]] = []  # mean, weight, number of values
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (low, light, few), (high, heavy, many) = pools[-2:]
            total = light + heavy
            pools[-2:] = [((low * light + high * heavy) / total, total, few + many)]
    return [mean for mean, _, count in pools for _ in range(count)]
