"""The report of two documents in Chromium: building, size, loading, a move of the threshold, heap.

Needs the extra dev and Chromium. The documents are those of the tests: 45 nodes with every part,
and 500 nodes with 250,000 cells.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from infoscope.report.page import render

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "report"))
from browser import browser, visit
from report_documents import large_document, weather_document

# Move the slider, and wait until the frame after the drawing has begun.
MOVE = """async (code) => {
  const slider = document.getElementById("threshold");
  const start = performance.now();
  slider.value = code;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => { setTimeout(done, 0); }));
  return performance.now() - start;
}"""


def measured(started, path: Path, moves: int) -> dict[str, float]:
    """Milliseconds to the first drawing and of a move of the threshold; heap in MB, all medians."""
    with visit(started, path) as seen:
        ready = seen.page.evaluate("performance.getEntriesByName('infoscope-ready')[0].startTime")
        client = seen.page.context.new_cdp_session(seen.page)
        # Processor time of the page's own thread, which a busy machine does not lengthen.
        client.send("Performance.enable", {"timeDomain": "threadTicks"})

        def processor() -> float:
            metrics = client.send("Performance.getMetrics")["metrics"]
            return 1e3 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")

        client.send("HeapProfiler.collectGarbage")
        heap = client.send("Runtime.getHeapUsage")
        seen.page.locator("#matrix").scroll_into_view_if_needed()
        highest = int(seen.page.get_attribute("#threshold", "max"))
        codes = [int(highest * (0.05 + 0.5 * i / moves)) for i in range(moves)]
        taken, worked = [], []
        for code in codes:
            before = processor()
            taken.append(seen.page.evaluate(MOVE, code))
            worked.append(processor() - before)
            seen.settle()
        return {
            "ready": ready,
            "move": statistics.median(taken),
            "slowest move": max(taken),
            "processor of a move": statistics.median(worked),
            "heap": heap["usedSize"] / 1e6,
            "with buffers": (heap["usedSize"] + heap.get("backingStorageSize", 0)) / 1e6,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=3)
    parser.add_argument("--moves", type=int, default=12)
    chosen = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with browser() as started, tempfile.TemporaryDirectory() as folder:
        for name, document in (("45 nodes", weather_document()), ("500 nodes", large_document())):
            start = time.perf_counter()
            page = render(document)
            built = time.perf_counter() - start
            path = Path(folder) / f"{name}.html"
            path.write_text(page, encoding="utf-8")
            print(f"{name}: built in {built:.2f} s, {len(page.encode()) / 1e6:.2f} MB", flush=True)
            for _ in range(chosen.loads):
                found = measured(started, path, chosen.moves)
                print("  " + ", ".join(f"{key} {value:.0f}" for key, value in found.items()))


if __name__ == "__main__":
    main()
