"""Prints pip's settings as ``NAME=value`` lines for uv, which does not read pip's configuration files.

Run by the Python whose pip is asked. What uv was told by its own variables wins and is not printed again.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys

# pip's option -> uv's variable, and what separates several values there
UV_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
}


def pip_settings(listing: str) -> dict[str, str]:
    """Values by option, from ``pip config list``; the later line of a more specific place wins, as in pip."""
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        key, _, quoted = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in ranks and option in UV_NAMES and ranks[section] >= found.get(option, (-1, ""))[0]:
            found[option] = (ranks[section], str(ast.literal_eval(quoted)))
    return {option: value for option, (_, value) in found.items()}


def exists(place: str) -> bool:
    """False for a folder (``file://`` or absolute path) that is not there: pip passes over it, uv would stop."""
    path = place.removeprefix("file://")
    return not path.startswith("/") or os.path.exists(path)


def main() -> None:
    """Print one line per variable."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    settings = pip_settings(listing)
    for option, value in settings.items():
        name, separator = UV_NAMES[option]
        places = [place for place in value.split() if exists(place)]
        if places and name not in os.environ:
            print(f"{name}={separator.join(places)}")
    if "extra-index-url" in settings and "UV_INDEX_STRATEGY" not in os.environ:
        # pip looks into all indexes for the pinned version; uv would stop at the first that knows the name. Safe here:
        # the lock's hashes decide what is taken.
        print("UV_INDEX_STRATEGY=unsafe-best-match")


if __name__ == "__main__":
    main()
