"""Measure what RESULTS.md reports, part by part: our times, peers, growth, accuracy, flow.

make bench                                  every part
make bench ARGS="--only pairs,accuracy"     some parts, or all of a section
make bench ARGS="--resume"                  those not yet measured with the code as it is
make bench ARGS="--list"                    what there is, and when each was measured

Each part is kept in results/ as soon as it is done, and RESULTS.md is written anew from all that
is there: a part that is not run keeps its numbers.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import accuracy
import flows
import fuzz
import own
import peers
import regret
import speed
import wiring
from measure import fingerprint, machine, processor_seconds
from report import Table, page

HERE = Path(__file__).parent
RESULTS = HERE / "results"

# Name of each part, its section and who measures it, in the order of the page.
PARTS: dict[str, tuple[str, Callable[[], list[Table]]]] = {
    "snapshot": ("own", own.estimates),
    "start": ("own", own.start),
    "first-calls": ("own", own.compiling),
    "significance": ("own", own.significance),
    "replication": ("own", own.replication),
    "pairs": ("speed", speed.beside_scikit_learn),
    "hard-data": ("speed", speed.hard_data),
    "ties": ("speed", speed.many_zeros),
    "single-calls": ("speed", peers.single_calls),
    "rows": ("growth", speed.more_rows),
    "nodes": ("growth", speed.more_nodes),
    "threads": ("growth", speed.more_threads),
    "scalars": ("accuracy", accuracy.group("scalars")),
    "vectors": ("accuracy", accuracy.group("vectors")),
    "atoms": ("accuracy", accuracy.group("atoms")),
    "gates": ("accuracy", accuracy.group("gates")),
    "given": ("accuracy", accuracy.group("given and transfer")),
    "by-rows": ("accuracy", accuracy.by_rows),
    "invariance": ("accuracy", accuracy.invariance),
    "regret": ("accuracy", regret.measured),
    "fuzz": ("accuracy", fuzz.measured),
    "flow-measures": ("flow", flows.synthetic),
    "random-networks": ("flow", flows.of_random_networks),
    "weather-networks": ("flow", flows.of_weather_networks),
    "feed-forward": ("flow", flows.feedforward),
    "null-calibration": ("flow", flows.calibration),
    "wiring": ("wiring", wiring.measured),
}


def chosen(words: str | None) -> list[str]:
    """The parts that a list of names of parts and sections means."""
    if words is None:
        return list(PARTS)
    wanted = {word.strip() for word in words.split(",")}
    sections = {section for section, _ in PARTS.values()}
    if unknown := wanted - PARTS.keys() - sections:
        sys.exit(
            f"--only must name parts or sections, got {', '.join(sorted(unknown))}; see --list"
        )
    return [name for name, (section, _) in PARTS.items() if wanted & {name, section}]


def stored(name: str) -> dict[str, Any] | None:
    """What was last measured of a part, if anything."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def measure(name: str, source: str) -> None:
    """Run one part and keep what it found."""
    section, work = PARTS[name]
    print(f"{name} ...", end=" ", flush=True)
    began, before = time.perf_counter(), processor_seconds()
    tables = [asdict(table) for table in work()]
    seconds, after = time.perf_counter() - began, processor_seconds()
    others = None
    if before and after:
        others = round(((after[0] - before[0]) - (after[1] - before[1])) / seconds, 2)
    result = {
        "name": name,
        "section": section,
        "date": date.today().isoformat(),
        "source": source,
        "machine": machine(),
        "seconds": round(seconds, 1),
        "cores_of_others": others,
        "tables": tables,
    }
    RESULTS.mkdir(exist_ok=True)
    passing = RESULTS / f"{name}.json.part"
    passing.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    passing.replace(RESULTS / f"{name}.json")
    write_page(source)
    print(f"{seconds:.0f} s", flush=True)


def write_page(source: str) -> None:
    """Write RESULTS.md from what is kept."""
    kept = [result for name in PARTS if (result := stored(name)) is not None]
    (HERE / "RESULTS.md").write_text(page(kept, source))


def listing(source: str) -> str:
    """Each part with its section and when it was measured."""
    lines = []
    for name, (section, _) in PARTS.items():
        result = stored(name)
        when = "not measured" if result is None else result["date"]
        if result is not None and result["source"] != source:
            when += ", with other code"
        lines.append(f"{name:14} {section:10} {when}")
    return "\n".join(lines)


def main() -> None:
    """Run the parts asked for and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="names of parts and sections, with commas")
    parser.add_argument("--resume", action="store_true", help="leave out what is up to date")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--page", action="store_true", help="write RESULTS.md, measure nothing")
    arguments = parser.parse_args()
    source = fingerprint()
    if arguments.list:
        print(listing(source))
        return
    if arguments.page:
        write_page(source)
        return
    for name in chosen(arguments.only):
        result = stored(name)
        if arguments.resume and result is not None and result["source"] == source:
            continue
        measure(name, source)


if __name__ == "__main__":
    main()
