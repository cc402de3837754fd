"""Many files over SFTP, every one answered, beside the bare transfer of the same files in the same run.

    python benchmarks/intake.py [--files 2000] [--rows 1000] [--bad 0.03] [--ledger postgresql+psycopg://…]

Floor: OpenSSH's own ``sftp`` puts the files into one inbox, one after the other over one connection. Path: the hub
takes them from there, judges every row, and puts receipts into the outbox over the same server, until every file has
its answer. Read the ratio (aim: at most 4) and the split; the files per minute move with the machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from inboxes import Place, openssh  # noqa: E402

DATASET, DEPARTMENT = "market/admin_licence", "market"
MARKERS = (".ok", ".partial", ".err", ".dup", ".wait")


def make_files(folder: Path, files: int, rows: int, bad: float) -> list[Path]:
    """Licences of the last days, which are in time, cut into files of equal length."""
    import numpy as np

    from hub.county.licence_volume import licence_rows

    recent = np.datetime64("today") - np.timedelta64(5, "D")
    made_up = licence_rows(files * rows, bad=bad, first_day=recent, days=4)
    text = b"".join(made_up).decode("gb18030").splitlines()
    header, body = text[0], text[1:]
    made = []
    for number in range(files):
        lines = [header, *body[number * rows : (number + 1) * rows]]
        file = folder / f"行政许可_{number:05d}.csv"
        file.write_text("\r\n".join(lines) + "\r\n", encoding="gb18030", newline="")
        made.append(file)
    return made


def bare_transfer(place: Place, folder: Path, files: list[Path]) -> float:
    """Seconds that OpenSSH's client takes to put all files into the inbox."""
    batch, known = folder / "batch", folder / "known_hosts"
    target = f"{place.root}/{DEPARTMENT}/inbox"
    batch.write_text("".join(f'put "{file}" "{target}/{file.name}"\n' for file in files), encoding="utf-8")
    known.write_text(f"[127.0.0.1]:{place.port} {place.host_key}\n", encoding="ascii")
    words = ["sftp", "-q", "-b", str(batch), "-P", str(place.port), "-i", str(place.key)]
    words += ["-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", f"{place.user}@127.0.0.1"]
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def through_the_hub(place: Place, folder: Path, ledger: str, outbox: Path, files: int) -> dict[str, float]:
    """Seconds until every file has its answer: to take them, to judge and answer them, and of that by stage."""
    from hub.ledger import deliveries
    from hub.ledger.connect import reading
    from hub.line import open_hub
    from hub.settings import Settings, SftpServer

    server = SftpServer(
        host="127.0.0.1", port=place.port, user=place.user, key_file=place.key, host_key=place.host_key, root=place.root
    )
    hub = open_hub(
        Settings(
            home=folder / "state",
            schemas=ROOT / "schemas",
            expectations=ROOT / "expectations",
            ledger_url=ledger,
            sftp={"county": server},
            settle_seconds=0.1,
        )
    )
    _ = (hub.ledger, hub.contracts)
    import great_expectations  # noqa: F401 - a worker has it loaded before the first delivery

    seconds = dict.fromkeys(("collect", "judge and answer"), 0.0)
    while True:
        began = time.monotonic()
        collected = hub.collect()
        seconds["collect"] += time.monotonic() - began
        began = time.monotonic()
        hub.run_dataset(DATASET)
        seconds["judge and answer"] += time.monotonic() - began
        if not collected.waiting and not sum(hub.waiting().values()):
            break
    answered = Counter(file.suffix for file in outbox.iterdir() if "-2-" in file.name and file.suffix in MARKERS)
    assert answered.total() == files, f"{files} files, {dict(answered)} answers"
    stages: Counter[str] = Counter()
    with reading(hub.ledger) as connection:
        for number in range(1, files + 1):
            for name, done in deliveries.stages(connection, number).items():
                stages[name] += done["seconds"]
    return seconds | {f"  {name}": spent for name, spent in stages.items()}


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--files", type=int, default=2000)
    given.add_argument("--rows", type=int, default=1000, help="of each file")
    given.add_argument("--bad", type=float, default=0.03)
    given.add_argument("--ledger", default="", help="SQLAlchemy URL; default: SQLite")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = folder / "departments"
        for part in ("inbox", "outbox", "archive", "templates", "precheck"):
            (root / DEPARTMENT / part).mkdir(parents=True)
        (folder / "files").mkdir()
        files = make_files(folder / "files", asked.files, asked.rows, asked.bad)
        size = sum(file.stat().st_size for file in files)
        print(f"{asked.files} files of {asked.rows} rows, {size / 1e6:.0f} MB, {asked.bad:.0%} bad")
        with openssh(folder, root) as place:
            bare = bare_transfer(place, folder, files)
            print(f"bare transfer    {bare:8.1f} s  {asked.files / bare * 60:8.0f} files a minute")
            spent = through_the_hub(place, folder, asked.ledger, root / DEPARTMENT / "outbox", asked.files)
    whole = spent["collect"] + spent["judge and answer"]
    print(f"hub, all of it   {whole:8.1f} s  {asked.files / whole * 60:8.0f} files a minute")
    for part, seconds in spent.items():
        print(f"  {part:<18} {seconds:8.1f} s  {seconds / asked.files * 1000:8.1f} ms a file")
    print(f"ratio to the bare transfer {whole / bare:.1f} (aim 4)")


if __name__ == "__main__":
    main()
