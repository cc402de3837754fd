"""A page as PDF (打印), by a headless Chromium of this machine and with its fonts, without any network."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 180.0
# The page is our own and has no script; the sandbox wants rights that a service account has not.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"),
    *("--disable-extensions", "--disable-dev-shm-usage", "--no-first-run", "--no-pdf-header-footer"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def program(named: str) -> str | None:
    """The program that prints: the one that is named, or the first that is there; ``none``: no PDF is wanted."""
    if named:
        return None if named == "none" else shutil.which(named)
    return next((found for name in PROGRAMS if (found := shutil.which(name)) is not None), None)


def pdf(page: str, program: str, seconds: float = SECONDS) -> bytes | None:
    """The page as PDF; None when the program fails or does not end in time."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "report.html", folder / "report.pdf"
        source.write_text(page, encoding="utf-8")
        own = (f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", source.as_uri())
        try:
            process = subprocess.Popen(
                [program, *FLAGS, *own],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return None
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:  # it and the children that it has started
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        printed = target.read_bytes() if target.is_file() else b""
        return printed if process.returncode == 0 and printed.startswith(b"%PDF-") else None
