"""Runs the line in child processes that end when they are told to. Not a test: the tests of this folder start it.

Every line on stdin is an order in JSON and starts a child, with everything imported, as Airflow's tasks have. On stdout
stands, when it has ended, its exit status or minus the signal, and the error that it ended with. An order has:

``settings`` the hub's; ``now`` the moment at which its clock stands, else it goes; ``point`` and ``nth``: it kills
itself with SIGKILL there, or ``act`` says what else happens; ``trace``: a file for the names of the points that it
reached; ``verdicts``: a file in which Great Expectations' results are kept, so that a thousand lives ask for them once;
``task``: a function of this module.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import acts
import great_expectations  # noqa: F401
import keeping_acts
import quick
import sqlalchemy as sa
from durable_writes import Watch

from hub import failpoints
from hub.demo.province import SimulatedProvince
from hub.errors import HubError, Locked, TryAgain
from hub.line import Hub, applying
from hub.store import sync_folder

PLANTED = """
(told.home / "first").write_text("")  # may stand behind a fail point of something else
(told.home / "note").write_text("")
(told.home / "note").rename(told.home / "kept")
(told.home / "kept").unlink()
with told.ledger.begin() as connection:
    connection.exec_driver_sql("SELECT 1")
"""
ENDLESS = 50  # rounds, many more than the work takes


def work(told: Hub, order: dict[str, Any]) -> None:
    """What operators, doorbell, province and people do between them, until nothing is left to do."""
    keeping_acts.end_restore(told)
    applying.apply(told)
    outlet = told.outlet("province")
    province = SimulatedProvince(
        told.settings.province_url, outlet, told.contracts.values(), delay=0, refuse_every=order["refuse_every"]
    )
    province.create()
    told.remind()
    for _ in range(ENDLESS):
        collected = told.collect()
        for dataset in told.waiting():
            told.run_dataset(dataset)
        acts.let_through(told)
        for each in told.outlets():
            if told.due(each):
                with acts.out_of_reach(told):
                    told.drain(each)
        acts.deliver_by_hand(told)
        province.answer()
        due = sum(told.due(each) for each in told.outlets())
        if collected.landed or collected.waiting or told.waiting() or due:
            continue
        if not acts.next_act(told, order):
            told.remind()
            told.report()
            return
    raise RuntimeError("the work does not end")


def watched(told: Hub, order: dict[str, Any]) -> None:
    """Work, and write down which durable writes had no fail point; ``planted``: with some that have none."""
    watch = Watch(told.home)
    failpoints.arm(watch.reached)
    work(told, order)
    if order.get("planted"):
        exec(PLANTED, {"__name__": "hub.planted", "told": told})
    failpoints.arm(None)
    found = {"writes": watch.writes, "bare": list(watch.bare)}
    Path(order["log"]).write_text(json.dumps(found), encoding="utf-8")


def unflushed(told: Hub, order: dict[str, Any]) -> None:
    """Write two files and flush one."""
    for name in ("flushed", "not"):
        with (told.home / name).open("w") as file:
            file.write("1")
            file.flush()
            if name == "flushed":
                os.fsync(file.fileno())
                sync_folder(told.home)
    failpoints.reached("told")


def race(told: Hub, order: dict[str, Any]) -> None:
    """Work beside others who do the same, until nothing is left to do; whoever finds a door locked tries again."""
    for _ in range(ENDLESS):
        with suppress(TryAgain):
            collected = told.collect()
            for dataset in told.waiting():
                told.run_dataset(dataset)
            for each in told.outlets():
                told.drain(each)
            SimulatedProvince(
                told.settings.province_url, told.outlet("province"), told.contracts.values(), 0, order["refuse_every"]
            ).answer()
            left = sum(told.due(each) for each in told.outlets()) + len(told.waiting())
            if not (collected.landed or collected.waiting or left):
                return
        time.sleep(0.02)
    raise RuntimeError("the work does not end")


def _arm(order: dict[str, Any]) -> None:
    seen: dict[str, int] = {}
    trace = order.get("trace")
    log = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if trace else None

    def act(name: str) -> None:
        seen[name] = seen.get(name, 0) + 1
        if log is not None:
            os.write(log, f"{name}\n".encode())
        if (name, seen[name]) == (order.get("point"), order.get("nth", 1)):
            _end(order)

    failpoints.arm(act)


def _end(order: dict[str, Any]) -> None:
    """What happens to the child at its point."""
    match order.get("act", "die"):
        case "stop":
            with quick.still:
                os.kill(os.getpid(), signal.SIGSTOP)
        case "command":  # something happens to the world, and the child goes on
            subprocess.run(order["command"], check=True, stdout=subprocess.DEVNULL, **order["identity"])
        case "cut":
            _cut_power(order["settings"]["home"])
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            os.kill(os.getpid(), signal.SIGKILL)


def _cut_power(home: str) -> None:
    """Stop the file system below ``home`` at once, its journal unflushed (EXT4_IOC_SHUTDOWN)."""
    handle = os.open(home, os.O_RDONLY)
    fcntl.ioctl(handle, 0x8004587D, struct.pack("I", 2))


def life(order: dict[str, Any]) -> str:
    """One child's life; gives the error that ended it, or nothing."""
    _arm(order)
    told = quick.prepare(order)
    task: Callable[[Hub, dict[str, Any]], None] = globals()[order.get("task", "work")]
    try:
        while True:
            try:
                task(told, order)
                break
            except Locked:
                if not (patience := order.get("patience")):
                    raise
                order["patience"] = patience - 1
                time.sleep(order["settings"]["lease_seconds"] * 1.1)
    except HubError as error:
        return f"{type(error).__name__}: {error}"
    except (OSError, sa.exc.DBAPIError) as error:
        place = _last_place(error)
        if not place.startswith("hub.") or place.startswith("hub.demo."):
            return f"others: {type(error).__name__}"  # it hit a person or the province
        traceback.print_exc()
        return f"{type(error).__name__} at {place}"
    quick.keep(order.get("verdicts"))
    return ""


def _last_place(error: BaseException) -> str:
    """The module of ours that was last on the way to the error."""
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return next(name for name in reversed(modules) if name.startswith("hub.") or name in ("acts", "__main__"))


def born(order: dict[str, Any]) -> tuple[int, int]:
    """A child that lives the order's life: its process id, and the pipe on which it says how that ended."""
    listen, talk = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(listen)
        try:
            error = life(order)
        except BaseException as broken:  # a child must never come back into the loop of its parent
            traceback.print_exc()
            error = f"broken: {type(broken).__name__}"
        os.write(talk, error.encode())
        os._exit(1 if error else 0)
    os.close(talk)
    return child, listen


def ended(child: int, listen: int) -> dict[str, Any]:
    """Wait for a child's end."""
    with open(listen, "rb") as pipe:
        error = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "error": error}


def main() -> None:
    """A child for every line, or as many at once as ``crowd`` says. A later line awaits one that is ``alone``."""
    alone: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "await" in order:
            answer: Any = ended(order["await"], alone.pop(order["await"]))
        else:
            quick.read_once(order)
            children = [born(order) for _ in range(order.get("crowd", 1))]
            if order.get("alone"):
                ((child, listen),) = children
                alone[child], answer = listen, child
            else:
                answers = [ended(*each) for each in children]
                answer = answers if "crowd" in order else answers[0]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
