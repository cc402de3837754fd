#!/usr/bin/env bash
# Installs one lock into one environment: install.sh .venv requirements/run.txt
#
# pip installs uv from the hash-pinned requirements/bootstrap.txt, uv installs the rest. Where packages come from is
# said by pip's configuration (or uv's own variables) and nowhere in this repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

environment=$1
lock=$2
python=$environment/bin/python

if ! "$python" -m pip --version >/dev/null 2>&1; then
    echo "Creating $environment"
    base=$(bash scripts/find_python.sh)
    "$base" -m venv "$environment"
fi
if ! "$environment/bin/uv" --version >/dev/null 2>&1; then
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
fi

# uv does not read pip's configuration: hand it over.
settings=$("$python" scripts/pip_settings.py)
while IFS='=' read -r name value; do
    if [ -n "$name" ]; then export "$name=$value"; fi
done <<<"$settings"
export UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never

echo "Installing $lock into $environment"
"$environment/bin/uv" pip install --quiet --python "$python" --require-hashes -r "$lock"
