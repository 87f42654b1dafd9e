#!/bin/sh
# Write the lock files: exact versions and hashes for every platform, no addresses.
# Usage: sh infra/lock.sh UV [--upgrade]
set -eu
uv=$1
shift
flags="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet"
# A machine's own settings (extra indexes, folders of wheels) must not reach the lock.
export UV_NO_CONFIG=1 UV_SYSTEM_CERTS=1
unset UV_FIND_LINKS UV_INDEX UV_EXTRA_INDEX_URL UV_INDEX_URL UV_DEFAULT_INDEX || true

# shellcheck disable=SC2086  # flags are words
echo 'setuptools>=77' | "$uv" pip compile $flags "$@" - -o requirements-build.lock
"$uv" pip compile $flags "$@" pyproject.toml --extra embedded -o requirements.lock
"$uv" pip compile $flags "$@" pyproject.toml --extra embedded --extra dev -c requirements.lock -o requirements-dev.lock

if grep -nE '://|file:|^-|^ *--(find-links|index)' requirements*.lock; then
    echo "an address or a path got into the lock" >&2
    exit 1
fi
