"""The beginning of the kit: ``__main__.py`` in its zip. Unpacks the kit once per user and starts it.

Imports nothing but the standard library and holds no syntax that an older Python would not read, so that a wrong one
is told in words. The folder is named by the hash of the list of files, which holds the hash of every file: what lies
there is what the kit brought. It is filled under another name and renamed, so that it is whole or not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
import zlib
from typing import Any

LIST = "kit.json"
KEPT_DAYS = 60  # unused folders of other kits are removed after this long


def cache() -> str:
    """The folder of this user in which kits are unpacked."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "credit-hub-kit")


def mismatch(listed: dict[str, Any]) -> str:
    """Why this Python cannot run the kit; empty when it can."""
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if running != listed["python"]:
        return f"试报工具需要 Python {listed['python']}，这台电脑上运行的是 {running}。"
    here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    theirs = listed["platform"].replace("manylinux", "linux")
    if theirs and (here[:3], here[-5:]) != (theirs[:3], theirs[-5:]):
        return f"这个试报工具是给另一种系统（{theirs}）做的，请向信用中心要合适的一个。"
    return ""


def whole(folder: str, files: dict[str, Any]) -> bool:
    """Whether every file is there with its size."""
    try:
        return all(os.path.getsize(os.path.join(folder, path)) == size for path, (size, _) in files.items())
    except OSError:
        return False


def unpack(kit: zipfile.ZipFile, files: dict[str, Any], folder: str) -> None:
    """Fill ``folder`` with the files, each compared with its hash; somebody else may have done it meanwhile."""
    base = os.path.dirname(folder)
    os.makedirs(base, exist_ok=True)
    part = tempfile.mkdtemp(prefix="part-", dir=base)
    try:
        for path, (_, sha256) in files.items():
            try:
                content = kit.read(path)
            except (zipfile.BadZipFile, zlib.error):
                content = b""
            if hashlib.sha256(content).hexdigest() != sha256:
                raise SystemExit("试报工具的文件已损坏，请重新下载。")
            target = os.path.join(part, *path.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as out:
                out.write(content)
        with open(os.path.join(part, LIST), "wb") as out:
            out.write(kit.read(LIST))
        if os.path.isdir(folder) and not whole(folder, files):
            shutil.rmtree(folder)
        try:
            os.rename(part, folder)
        except OSError:
            if not whole(folder, files):
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def tidy(folder: str) -> None:
    """Remove what other kits have left and nobody has used for long."""
    base = os.path.dirname(folder)
    for name in os.listdir(base):
        other = os.path.join(base, name)
        if other != folder and time.time() - os.path.getmtime(other) > KEPT_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)


def main() -> None:
    """Unpack if need be, then hand over to a Python that sees nothing but its own library and the kit."""
    with zipfile.ZipFile(os.path.dirname(os.path.abspath(__file__))) as kit:
        content = kit.read(LIST)
        listed = json.loads(content.decode("utf-8"))
        wrong = mismatch(listed)
        if wrong:
            raise SystemExit(wrong)
        folder = os.path.join(cache(), hashlib.sha256(content).hexdigest()[:16])
        if not whole(folder, listed["files"]):
            sys.stderr.write("第一次运行，正在准备，请稍候……\n")
            sys.stderr.flush()
            unpack(kit, listed["files"], folder)
            tidy(folder)
    os.utime(folder)
    # -I and -S: no variables for Python, no packages of this computer; HUB_ variables are the hub's, not the kit's.
    told = {name: value for name, value in os.environ.items() if not name.startswith("HUB_") or name == "HUB_LANG"}
    command = [sys.executable, "-I", "-S", "-X", "utf8", os.path.join(folder, "run.py")]
    try:
        raise SystemExit(subprocess.call(command + sys.argv[1:], env=told))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
