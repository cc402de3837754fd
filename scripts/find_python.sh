#!/usr/bin/env bash
# Prints the first Python that can run the hub. PYTHON=… names one by hand.
set -euo pipefail

fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))'

# A candidate is run, not only looked for: version managers put shims onto PATH that start nothing.
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c "$fits" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done

{
    echo "No usable Python found: the hub needs Python 3.11 to 3.14 with its modules venv and ensurepip."
    if found=$(python3 --version 2>&1); then echo "python3 here is: $found"; fi
    echo "On Debian and Ubuntu: apt-get install python3 python3-venv"
    echo "Or name one by hand: make demo PYTHON=/path/to/python3.12"
} >&2
exit 1
