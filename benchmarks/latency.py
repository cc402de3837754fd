"""From the end of an upload to the receipt, through the real scheduler, with the split per stage.

    python benchmarks/latency.py [--files 40] [--every 6]

Starts the demonstration's county (embedded SFTP server, Airflow with its scheduler, triggerer and API) in a folder of
its own, uploads small files of three departments one after the other, and waits for each receipt's zero-byte marker.
Aims on two cores: median under 20 s, 95th percentile under 40 s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
MARKERS = (".ok", ".partial", ".err", ".dup", ".wait")
LONGEST = 180.0  # seconds for one receipt


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--files", type=int, default=40)
    given.add_argument("--every", type=float, default=6.0, help="seconds from one upload to the next, on average")
    asked = given.parse_args()
    os.chdir(ROOT)
    from connectors.sftp import connect
    from hub.demo.grounds import Grounds
    from hub.demo.run import county
    from hub.demo.talk import Talk
    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.settings import settings

    rng = Random(1)
    waits: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        grounds = Grounds(Path(name) / "state", ROOT, settings())
        talk = Talk()
        with county(grounds, talk) as (hub, airflow):
            until = time.monotonic() + 120
            while not airflow.idle() and time.monotonic() < until:
                time.sleep(1)
            talk.end()
            server = hub.settings.sftp[grounds.SERVER]
            sources = grounds.deliveries(hub.today())
            sent: dict[str, tuple[str, float]] = {}
            for number in range(asked.files):
                department, file = sources[number % len(sources)]
                content = file.read_bytes() + (b"" if file.suffix != ".csv" else b"\r\n" * (number // len(sources)))
                target = f"{file.stem}_{number:03d}{file.suffix}"
                key = grounds.key_file(department)
                with connect(server.host, server.port, department, key, server.host_key) as session:
                    session.put(f"/inbox/{target}", content)
                sent[target] = (department, time.time())
                time.sleep(rng.expovariate(1 / asked.every))
            outboxes = grounds.root
            end = time.monotonic() + LONGEST
            while time.monotonic() < end and (hub.waiting() or grounds.in_inboxes()):
                time.sleep(0.5)
            time.sleep(5)
            split: dict[str, list[float]] = {}
            with reading(hub.ledger) as connection:
                for row in deliveries.listed(connection):
                    if row["file_name"] not in sent:
                        continue
                    department, ended = sent[row["file_name"]]
                    markers = [
                        one
                        for one in (outboxes / department / "outbox").iterdir()
                        if one.suffix in MARKERS and one.name.startswith(f"R-{row['batch_no']}-2-")
                    ]
                    if not markers:
                        continue
                    waits.append(markers[0].stat().st_mtime - ended)
                    landed = row["received_at"].timestamp() - ended
                    done = deliveries.stages(connection, row["id"])
                    judged = sum(one["seconds"] for one in done.values())
                    for part, seconds in (
                        ("upload to landed", landed),
                        ("stages", judged),
                        ("waiting and receipt", waits[-1] - landed - judged),
                    ):
                        split.setdefault(part, []).append(seconds)
    print(f"{len(waits)} of {asked.files} files answered")
    if waits:
        ordered = sorted(waits)
        print(f"median {statistics.median(waits):.1f} s (aim 20)", end="   ")
        print(f"95th percentile {ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]:.1f} s (aim 40)")
        for part, values in split.items():
            print(f"  {part:<22} median {statistics.median(values):6.1f} s   longest {max(values):6.1f} s")


if __name__ == "__main__":
    main()
