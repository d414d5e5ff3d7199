"""Measures of influence on networks of known connections: beds, public graphs, docs/wiring.md.

python benchmarks/wiring.py                     what is missing of five seeds, then the page
python benchmarks/wiring.py --seeds 2           of two seeds
python benchmarks/wiring.py --only "linear; gru"  some beds; "public" for the public graphs
python benchmarks/wiring.py --page              measure nothing

A row that is there is kept, whatever the code: to measure a bed again, delete its rows from
results/wiring.csv and results/wiring-recordings.csv.
"""

import argparse

import beds
import public_graphs
import wiring_page
from report import Table


def measured() -> list[Table]:
    """Measure what is missing, write the page and return what was to be reached."""
    public_graphs.run()
    beds.run()
    return wiring_page.write()


def main() -> None:
    """Run the parts asked for and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=beds.SEEDS)
    parser.add_argument("--only", help="names of beds, or public, with semicolons")
    parser.add_argument("--page", action="store_true", help="write the page, measure nothing")
    arguments = parser.parse_args()
    only = [word.strip() for word in arguments.only.split(";")] if arguments.only else None
    if not arguments.page:
        if only is None or "public" in only:
            public_graphs.run()
        beds.run(arguments.seeds, only)
    wiring_page.write()


if __name__ == "__main__":
    main()
