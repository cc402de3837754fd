"""``hub demo`` and ``hub serve``: a county on one machine, on real parts: SFTP server, Airflow, province, ledger."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from connectors.sftp import connect
from hub.county.generate import rounds
from hub.demo.agreement import disagreements
from hub.demo.airflow import Airflow
from hub.demo.grounds import Grounds
from hub.demo.summary import balance, print_summary
from hub.demo.talk import Talk
from hub.line import Hub, open_hub
from hub.settings import settings

LONGEST = 240.0  # seconds that the deliveries may take from the upload to the last answer
MORNING = "reminders"  # the DAG of every morning, which issues the points of what has been reviewed
RECEIPTS_REST = 20.0  # seconds for Airflow to finish what it still has to do at the end


@contextmanager
def county(
    grounds: Grounds, talk: Talk, airflow_port: int | None = None, before: Callable[[Hub], object] = lambda hub: None
) -> Iterator[tuple[Hub, Airflow]]:
    """Everything running: SFTP server, simulated province, Airflow. Ends them all, whatever happens.

    ``before``: what happens while nobody collects yet, after the other sides have started and before Airflow has.
    """
    with ExitStack() as stack:
        talk.say("SFTP server, provincial front end, bank, governance platform")
        server = stack.enter_context(grounds.sftp_server())
        stack.enter_context(grounds.governance())
        hub = open_hub(grounds.settings(server.port))
        _ = hub.ledger  # made here once, before several processes want it
        hub.hand_out()  # forms lie in every templates folder before anybody logs in
        stack.enter_context(grounds.province(hub))
        stack.enter_context(grounds.bank(hub))
        before(hub)
        talk.say("Airflow (scheduler, triggerer, DAG processor, API)")
        airflow = Airflow(grounds.home, grounds.project, grounds.environment(server.port), airflow_port)
        stack.enter_context(airflow)
        yield hub, airflow


def demo(*, fresh: bool) -> int:
    """Run the main job once; 0 when every delivery was answered and every count balances, else 1."""
    _end_on_sigterm()
    home = settings().home.absolute()
    if fresh and home.exists():
        shutil.rmtree(home)
    grounds, talk = Grounds(home, Path.cwd(), settings()), Talk()
    began = time.monotonic()
    sendings: list[list[Path]] = []

    def first_round(hub: Hub) -> None:
        sendings.extend(rounds(grounds.county(hub.today())))
        _upload(grounds, hub, talk, sendings[0])

    with county(grounds, talk, before=first_round) as (hub, airflow):
        finished = True
        for files in sendings[1:]:
            finished = _wait(hub, airflow, grounds, talk, _judged) and finished
            _upload(grounds, hub, talk, files)
        finished = _wait(hub, airflow, grounds, talk, _judged) and finished
        talk.say("the morning's work: points, due days, forms")
        airflow.trigger(MORNING)
        finished = _wait(hub, airflow, grounds, talk, _rested) and finished
        failures = airflow.failures()
        hub.report()
    talk.end()
    print_summary(hub, grounds, time.monotonic() - began)
    troubles = [*balance(hub), *failures, *disagreements(hub, grounds.county(hub.today()))]
    if not finished:
        troubles.append(f"not everything was answered within {LONGEST:.0f} s")
    for trouble in troubles:
        talk.warn(trouble)
    return 1 if troubles else 0


def serve() -> int:
    """Keep the county running until a signal ends it."""
    _end_on_sigterm()
    grounds, talk = Grounds(settings().home.absolute(), Path.cwd(), settings()), Talk()
    with county(grounds, talk) as (hub, airflow):
        talk.end()
        port = hub.settings.sftp[grounds.SERVER].port
        key = grounds.key_file("market")
        print(f"Airflow   {airflow.url}   user {airflow.user}   password {airflow.password}")
        print(f"SFTP      127.0.0.1:{port}   one account per department, for example:")
        print(f"          sftp -P {port} -i {key} -o UserKnownHostsFile={grounds.known_hosts(port)} market@127.0.0.1")
        print(
            f"commands  set -a; . {grounds.write_environment(port)}; set +a   then: hub delivery list, hub trace 1:2, …"
        )
        print("Drop a file into inbox/; the receipt comes to outbox/. Ctrl-C ends everything.", flush=True)
        try:
            while True:
                time.sleep(1.0)
                airflow.idle()  # raises when Airflow has ended by itself
        except KeyboardInterrupt:
            print("ending")
    return 0


def _end_on_sigterm() -> None:
    """A polite kill ends like Ctrl-C, so that no process is left behind."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _upload(grounds: Grounds, hub: Hub, talk: Talk, files: Sequence[Path]) -> None:
    """Upload one round, each file as its department."""
    talk.say(f"{len(files)} files uploaded over SFTP, each as its department")
    by_department: dict[str, list[Path]] = {}
    for file in files:
        by_department.setdefault(file.parent.name, []).append(file)
    server = hub.settings.sftp[grounds.SERVER]
    for department, theirs in by_department.items():
        with connect(server.host, server.port, department, grounds.key_file(department), server.host_key) as session:
            for file in theirs:
                session.put(f"/inbox/{file.name}", file.read_bytes())


def _judged(waiting: int, due: int) -> bool:
    """Every file of the round has its verdict; the outlets go on meanwhile."""
    return not waiting


def _rested(waiting: int, due: int) -> bool:
    """Nothing waits, and no outlet owes anything."""
    return not waiting and not due


def _wait(hub: Hub, airflow: Airflow, grounds: Grounds, talk: Talk, until: Callable[[int, int], bool]) -> bool:
    """Until the inboxes are empty and ``until`` holds; at the end of all also until Airflow rests."""
    end = time.monotonic() + LONGEST
    rest_until = end
    while time.monotonic() < end:
        dropped, waiting = grounds.in_inboxes(), sum(hub.waiting().values())
        due = sum(hub.due(outlet) for outlet in hub.outlets())
        talk.progress(dropped, waiting, due)
        if dropped or not until(waiting, due):
            rest_until = time.monotonic() + RECEIPTS_REST
        elif until is _judged or airflow.idle() or time.monotonic() >= rest_until:
            return True
        time.sleep(0.5)
    return False
