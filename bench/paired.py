"""Means over seeds and their 95 % intervals by Student's t, for figures that come in pairs or alone."""
import math
import statistics

# Of the distribution with so many degrees of freedom, the value exceeded with probability 0.025.
T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]


def interval(values):
    """Mean, and half the width of its 95 % interval: None of fewer than two values."""
    if not values:
        raise SystemExit("a mean of no values")
    if len(values) == 1:
        return values[0], None
    if len(values) - 1 > len(T_975):
        raise SystemExit(f"no t for {len(values)} values: extend T_975 in {__file__}")
    return statistics.mean(values), T_975[len(values) - 2] * statistics.stdev(values) / math.sqrt(len(values))


def text(values, sign=""):
    """'95.28 ± 0.10'; of one value no interval."""
    mean, half = interval(values)
    return f"{mean:{sign}.2f}" + ("" if half is None else f" ± {half:.2f}")
