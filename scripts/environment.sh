# Sourced by the other scripts: where things are, and what they need. Downloads and builds go to a cache folder outside the checkout.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export GEMJ_CACHE="${GEMJ_CACHE:-$HOME/.cache/gemj-gateway}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$GEMJ_CACHE/target}"
mkdir -p "$GEMJ_CACHE"

say() { printf '\n== %s\n' "$*"; }

loud() { printf '\n!! %s\n' "$*" >&2; }

# install_packages COMMAND:PACKAGE... installs the Debian packages whose command is absent.
install_packages() {
    local missing=() pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "${pair%%:*}" ] || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        loud "These Debian packages are needed: ${missing[*]}. As root: apt-get update && apt-get install -y ${missing[*]}"
        exit 1
    fi
    say "Installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The folder of the newest installed PostgreSQL's programs; nothing where there is none.
postgres_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
