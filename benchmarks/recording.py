"""Time of recording against a plain forward pass, and time and memory of recordings on disk.

python benchmarks/recording.py
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

import infoscope as isc


def fastest(call: Callable[[], object], repeats: int = 9) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def streamed(door: str, steps: int) -> None:
    """Print the time and the memory, beyond that of a short probe, of a recording on disk."""
    x = torch.randn(1, steps, 4)
    if door == "module":
        model, state = nn.LSTM(4, 256, batch_first=True), None
    else:
        weights = np.random.default_rng(0).normal(size=(260, 256)).astype(np.float32) / 16
        model, state = step_of(weights), np.zeros((1, 256), np.float32)
        x = x.numpy()
    with tempfile.TemporaryDirectory() as folder:
        isc.record(model, x[:, :5000], state=state, path=Path(folder) / "short.zarr")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.perf_counter()
        rec = isc.record(model, x, state=state, path=Path(folder) / "rec.zarr")
        written = time.perf_counter()
        block = rec[next(name for name in rec.blocks if name.endswith("h"))]
        for t in range(0, steps, 4096):
            block[:, t : t + 4096].mean().to_numpy()
        read = time.perf_counter()
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{door}, 256 units x {steps:,} steps: computed and written {written - begin:.2f} s, "
          f"read {read - written:.2f} s, {peak:.0f} MiB more than for 5,000 steps")  # fmt: skip


def step_of(weights: np.ndarray) -> Callable[[np.ndarray, np.ndarray], tuple[None, np.ndarray]]:
    def step(x: np.ndarray, h: np.ndarray) -> tuple[None, np.ndarray]:
        return None, np.tanh(np.concatenate([x, h], -1) @ weights)

    return step


def main() -> None:
    if len(sys.argv) > 1:
        streamed(sys.argv[1], int(sys.argv[2]))
        return
    torch.manual_seed(0)
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        model = kind(128, 128, 2, batch_first=True).eval()
        x = torch.randn(64, 50, 128)
        with torch.no_grad():
            plain = fastest(lambda model=model, x=x: model(x))
        whole = fastest(lambda model=model, x=x: isc.record(model, x, gates=True))
        print(f"{kind.__name__:4} 2 x 128, 64 x 50, gates: forward {plain:.4f} s, record "
              f"{whole:.4f} s, ratio {whole / plain:.1f}", flush=True)  # fmt: skip

    states = np.random.default_rng(0).normal(size=(1, 100_000, 256)).astype(np.float32)
    rec = isc.Recording.from_arrays(hidden=states)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rec.zarr"
        begin = time.perf_counter()
        rec.save(path)
        written = time.perf_counter()
        isc.Recording.load(path)["hidden"]
        print(f"256 units x 100,000 steps: to disk {written - begin:.2f} s, back "
              f"{time.perf_counter() - written:.2f} s", flush=True)  # fmt: skip
    for door in ("module", "step"):
        for steps in (100_000, 400_000):  # each in a process of its own, for its peak of memory
            subprocess.run([sys.executable, __file__, door, str(steps)], check=True)


if __name__ == "__main__":
    main()
