"""Time of recording against a plain forward pass, and of a recording to disk and back.

python benchmarks/recording.py
"""

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


def main() -> None:
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


if __name__ == "__main__":
    main()
