"""Learning rates that change while training goes on. Names, arguments, defaults and rates are PyTorch's."""

import bisect
import math
from collections.abc import Sequence

from vector.optim.optimizer import Optimizer
from vector.vocabulary import Taught


class Schedule(Taught, place="optim.Schedule"):
    """Sets `optimizer.lr` to `rate(0)` now, and to `rate(t)` at the t-th call of `step`, after the optimizer's own.

    Attribute base: the learning rate that the schedule scales: the optimizer's when its first schedule was made.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if optimizer.initial_lr is None:
            optimizer.initial_lr = optimizer.lr
        self.optimizer = optimizer
        self.base = optimizer.initial_lr
        self.time = 0
        optimizer.lr = self.rate(0)

    def rate(self, t: int) -> float:
        """The learning rate after t steps."""
        raise NotImplementedError

    def step(self) -> None:
        """Go on by one step, or epoch: whatever the arguments were counted in."""
        self.time += 1
        self.optimizer.lr = self.rate(self.time)


class StepLR(Schedule):
    """η·γ^⌊t / step_size⌋: a fall by γ every step_size steps.

    >>> from vector import optim, tensor
    >>> sgd = optim.SGD([tensor([1.0])], lr=0.8)
    >>> schedule = StepLR(sgd, step_size=2, gamma=0.5)
    >>> [(schedule.step(), sgd.lr)[1] for _ in range(4)]
    [0.8, 0.4, 0.4, 0.2]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        _at_least_one("StepLR", "step_size", step_size)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """η·γ^⌊t / step_size⌋."""
        return self.base * self.gamma ** (t // self.step_size)


class MultiStepLR(Schedule):
    """η·γ^(the number of milestones that were passed)."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """η·γ^#{milestones ≤ t}."""
        return self.base * self.gamma ** bisect.bisect_right(self.milestones, t)


class ExponentialLR(StepLR):
    """η·γᵗ."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        super().__init__(optimizer, 1, gamma)


class LinearLR(Schedule):
    """The warm-up: from start_factor·η to end_factor·η along a line of total_iters steps, then level."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        _at_least_one("LinearLR", "total_iters", total_iters)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """η·(start + (end − start)·t / total)."""
        progress = min(t / self.total_iters, 1)
        return self.base * (self.start_factor + (self.end_factor - self.start_factor) * progress)


class CosineAnnealingLR(Schedule):
    """η_min + ½(η − η_min)(1 + cos(π·t / T_max)) (Loshchilov & Hutter, ICLR 2017, equation 5, without restarts)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        _at_least_one("CosineAnnealingLR", "T_max", T_max)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """Half a wave of the cosine over T_max steps; it goes up again after."""
        return _along_cosine(self.base, self.eta_min, t / self.T_max)


class OneCycleLR(Schedule):
    """Up from max_lr / div_factor to max_lr, then down to the start / final_div_factor (Smith & Topin, 2017).

    Args:
        max_lr: the highest rate; the optimizer's own is not used.
        total_steps: length of the cycle; every one of them is a minibatch.
        pct_start: the part of the cycle that goes up.
        anneal_strategy: "cos" or "linear", the shape of both parts.
        div_factor, final_div_factor: how far below max_lr the cycle starts, and below its start it ends.

    The momentum stays as it is: PyTorch's `cycle_momentum=False`.

    Raises ValueError: an unknown anneal_strategy, pct_start outside [0, 1], or a step beyond the cycle.
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float, total_steps: int, pct_start: float = 0.3, anneal_strategy: str =
        "cos", div_factor: float = 25.0, final_div_factor: float = 1e4,
    ) -> None:  # fmt: skip
        _at_least_one("OneCycleLR", "total_steps", total_steps)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: expected 0 <= pct_start <= 1, got {pct_start}")
        self.max_lr = max_lr
        self.total_steps = total_steps
        self.top = pct_start * total_steps - 1
        self.start = max_lr / div_factor
        self.end = self.start / final_div_factor
        self.along = _along_cosine if anneal_strategy == "cos" else _along_line
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """Up to the top at step pct_start·total_steps − 1, then down to the last step."""
        if t > self.total_steps:
            raise ValueError(f"OneCycleLR: expected at most total_steps == {self.total_steps} steps, got {t}")
        if t <= self.top:
            return self.along(self.start, self.max_lr, _part(t, 0, self.top))
        return self.along(self.max_lr, self.end, _part(t, self.top, self.total_steps - 1))


class SequentialLR(Schedule):
    """One schedule after another, each counting from its own start.

    schedulers: schedules of this optimizer, in order. milestones: the step at which each but the first takes over.

    Raises ValueError: not one milestone fewer than schedules.

    >>> from vector import optim, tensor
    >>> sgd = optim.SGD([tensor([1.0])], lr=1.0)
    >>> warm_up, fall = LinearLR(sgd, 0.5, total_iters=2), StepLR(sgd, 1, gamma=0.5)
    >>> schedule = SequentialLR(sgd, [warm_up, fall], milestones=[2])
    >>> [sgd.lr] + [(schedule.step(), sgd.lr)[1] for _ in range(3)]
    [0.5, 0.75, 1.0, 0.5]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[Schedule], milestones: Sequence[int]) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: expected len(milestones) == len(schedulers) - 1, got {len(milestones)} and "
                f"{len(schedulers)}"
            )
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """The rate of the schedule that is on at step t."""
        i = bisect.bisect_right(self.milestones, t)
        return self.schedulers[i].rate(t - self.milestones[i - 1] if i else t)


def _part(t: float, start: float, end: float) -> float:
    """How far t is on the way from start to end, at most 1."""
    return min((t - start) / (end - start), 1) if end > start else 1


def _along_cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * progress))


def _along_line(start: float, end: float, progress: float) -> float:
    return start + (end - start) * progress


def _at_least_one(schedule: str, name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{schedule}: expected {name} >= 1, got {value}")
