"""Whether others used the cores while something was timed."""
import os
import pathlib
import time

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu():
    names = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else "unknown CPU"


def busy_s():
    """Of all cores: user, nice, system, irq, softirq."""
    fields = list(map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    return TICK * (fields[0] + fields[1] + fields[2] + fields[5] + fields[6])


def used_s(pid):
    """CPU time of a process, with its threads; by the nanosecond, where the system counts so."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return 1e-9 * total


class Watch:
    """From now on; `pids` and this process are not others."""

    def __init__(self, pids):
        self.pids = [*pids, os.getpid()]
        self.begin = self._now()

    def _now(self):
        return time.monotonic(), busy_s(), sum(map(used_s, self.pids))

    def others(self):
        """Share of the cores that others used, 0 to 1. Less than two ticks a core are nobody."""
        at, busy, own = (after - before for before, after in zip(self.begin, self._now()))
        cores = os.cpu_count()
        left = busy - own - 2 * TICK * cores
        return max(0.0, left) / (at * cores)
