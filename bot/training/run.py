"""One training run: its steps, its learning rate, its checkpoints, its log."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bot.training.data import SEED, Batch, Ints, Records, batch_order, collate
from bot.training.model import (
    Pupil,
    SpanModel,
    Teacher,
    Weights,
    span_loss,
    unlike_hidden,
    unlike_teacher,
)

WARM_UP = 0.06
AVERAGE = 0.999
LABELS_COUNT = 0.25  # what SQuAD's labels count beside a teacher's word
LOG_STEPS = 50
# A step that takes longer than this was paused: the rest is not training time.
STEP_SECONDS_COUNTED = 30.0


@dataclass(frozen=True)
class Recipe:
    """How to train: `epochs` passes in batches of `batch` records, or `budget` seconds, whichever
    ends first, at a learning rate of at most `peak`."""

    epochs: float
    batch: int
    peak: float
    budget: float = float("inf")
    compile: bool = False


@dataclass
class Run:
    """What a training run is made of and how far it has come; `budget` is in seconds."""

    model: SpanModel
    forward: Callable[..., Tensor]
    optimizer: torch.optim.Optimizer
    average: Weights
    peak: float
    steps: int
    budget: float
    device: torch.device
    teacher: Teacher | None = None
    step: int = 0
    seconds: float = 0.0
    stop: bool = False

    @property
    def progress(self) -> float:
        return max(self.step / self.steps, self.seconds / self.budget)

    @property
    def rate(self) -> float:
        """The learning rate: up until WARM_UP, then down to zero at progress 1."""
        here = self.progress
        return self.peak * max(0.0, min(here / WARM_UP, (1 - here) / (1 - WARM_UP)))

    def state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "step": self.step,
            "seconds": self.seconds,
            "random": torch.get_rng_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average = {name: kept.to(self.device) for name, kept in state["average"].items()}
        self.step, self.seconds = state["step"], state["seconds"]
        torch.set_rng_state(state["random"].cpu())

    def start_from(self, weights: Weights) -> None:
        """Give a run that is at its beginning these weights."""
        self.model.load_state_dict(weights)
        self.average = {name: now.clone() for name, now in self.model.trained().items()}


def usual_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def usual_attention() -> str:
    # Records/s on two cores: "eager" 28, compiled 45; "sdpa" 25, compiled 19.
    return "sdpa" if torch.cuda.is_available() else "eager"


def start(
    model: SpanModel,
    recipe: Recipe,
    records: Records,
    checkpoint: Path,
    teacher: Teacher | None = None,
) -> Run:
    """A run at its beginning, or where its checkpoint left off."""
    device = usual_device()
    model = model.to(device).train()
    run = Run(
        model=model,
        forward=torch.compile(model) if recipe.compile else model,
        optimizer=torch.optim.AdamW(decay_groups(model), lr=recipe.peak, fused=True),
        average={name: now.clone() for name, now in model.trained().items()},
        peak=recipe.peak,
        steps=int(recipe.epochs * len(records) / recipe.batch),
        budget=recipe.budget,
        device=device,
        teacher=teacher,
    )
    if checkpoint.exists():
        run.restore(torch.load(checkpoint, map_location=device))
    return run


def decay_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The parameters, with weight decay for matrices only."""
    ours = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in ours if p.ndim > 1], "weight_decay": 0.01},
        {"params": [p for p in ours if p.ndim == 1], "weight_decay": 0.0},
    ]


def update(run: Run, records: Records, chosen: Ints) -> Tensor:
    """One step on the chosen records; returns the loss."""
    loss = _loss(run, *_on_device(collate(records, chosen), run.device))
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    for group in run.optimizer.param_groups:
        group["lr"] = run.rate
    run.optimizer.step()
    run.optimizer.zero_grad()
    pull = 1 - min(AVERAGE, (1 + run.step) / (10 + run.step))
    now = run.model.trained()
    torch._foreach_lerp_([run.average[name] for name in now], [*now.values()], pull)
    return loss.detach()


def _on_device(batch: Batch, device: torch.device) -> list[Tensor]:
    parts = [torch.from_numpy(a) for a in vars(batch).values()]
    for part in parts[:3]:
        torch._dynamo.maybe_mark_dynamic(part, 1)
    if device.type == "cpu":
        return parts
    # From pinned memory, so that the next step can be prepared while this one runs.
    return [part.pin_memory().to(device, non_blocking=True) for part in parts]


def _loss(run: Run, ids: Tensor, segments: Tensor, mask: Tensor, gold: Tensor) -> Tensor:
    with torch.autocast(run.device.type, torch.bfloat16):
        if run.teacher is not None:
            return _taught(run, run.teacher, ids, segments, mask, gold)
        logits = run.forward(ids, segments, mask)
    return span_loss(logits, gold)


def _taught(
    run: Run, teacher: Teacher, ids: Tensor, segments: Tensor, mask: Tensor, gold: Tensor
) -> Tensor:
    """What the teacher says of each place, at first what it sees there too, and the labels."""
    assert isinstance(run.model, Pupil)  # noqa: S101
    with torch.no_grad(), torch.autocast(run.device.type, enabled=False):
        seen = teacher.hidden(ids, segments, mask)
        taught = teacher.spans(seen, segments)
    hidden = run.model.hidden(ids, segments, mask)
    logits = run.model.spans(hidden, segments)
    seeing = unlike_hidden(run.model.project(hidden), seen, segments)
    labels = LABELS_COUNT * span_loss(logits, gold)
    return unlike_teacher(logits, taught) + (1 - run.progress) * seeing + labels


@dataclass
class Every:
    """Does something each time so many counted seconds of a run have passed."""

    seconds: float
    act: Callable[[Run], None]
    last: float

    def __call__(self, run: Run) -> None:
        if run.seconds - self.last >= self.seconds:
            self.last = run.seconds
            self.act(run)


@dataclass
class Pace:
    """Loss and speed since the last line of the log."""

    work: Path
    losses: list[Tensor] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def __call__(self, run: Run, loss: Tensor, size: int) -> None:
        self.losses.append(loss)
        if run.step % LOG_STEPS:
            return
        mean = float(torch.stack(self.losses).mean())  # waits for the device: only now
        now = time.monotonic()
        speed = size * len(self.losses) / (now - self.since)
        where = {"step": run.step, "progress": round(run.progress, 4), "rate": f"{run.rate:.2e}"}
        pace = {"per_second": round(speed, 1), "minutes": round(run.seconds / 60, 1)}
        log(self.work, **where, loss=round(mean, 4), **pace)
        self.losses, self.since = [], now


def train(run: Run, records: Records, size: int, duties: list[Every], pace: Pace) -> None:
    """Go on until the decay has ended or a signal says stop."""
    epoch, order = -1, batch_order(records, size, 0, SEED)
    while run.progress < 1 and not run.stop:
        if epoch != run.step // len(order):
            epoch = run.step // len(order)
            order = batch_order(records, size, epoch, SEED)
        began = time.monotonic()
        loss = update(run, records, order[run.step % len(order)])
        run.step += 1
        run.seconds += min(time.monotonic() - began, STEP_SECONDS_COUNTED)
        pace(run, loss, size)
        for duty in duties:
            duty(run)


def save(state: dict[str, Any], path: Path) -> None:
    """Write so that a kill at any moment leaves the old file or the new one."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def log(work: Path, **figures: object) -> None:
    """One line of figures to the log and to the terminal."""
    line = json.dumps({"at": time.strftime("%H:%M:%S"), **figures})
    print(line, flush=True)
    with (work / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
