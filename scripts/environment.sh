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
    # Another installation may be under way.
    apt-get update -qq -o DPkg::Lock::Timeout=300
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends "${missing[@]}" >/dev/null
}

# The folder of the newest installed PostgreSQL's programs; nothing where there is none.
postgres_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

# install_npm FOLDER WHAT installs the npm packages of tests/oracles/FOLDER, exactly those of its lock file, into the cache folder. Where that cannot
# be done it says so: the tests that need them are skipped, or fail where CI is set.
install_npm() {
    local from="tests/oracles/$1" to="$GEMJ_CACHE/$1" what=$2 wanted
    install_packages node:nodejs npm:npm
    wanted=$(sha256sum "$from/package-lock.json")
    # A mark of its own, so that an interrupted installation is done again.
    [ "$(cat "$to/.installed" 2>/dev/null)" = "$wanted" ] && return
    say "Installing $what into $to"
    rm -rf "$to"
    mkdir -p "$to"
    cp "$from/package.json" "$from/package-lock.json" "$to/"
    if (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then
        echo "$wanted" >"$to/.installed"
    else
        rm -rf "$to"
        loud "npm could not install $what: the tests with it will be skipped"
    fi
}

# The OpenID Provider that the tests run against; its folder is named in GEMJ_TEST_OIDC_PROVIDER.
install_oidc_provider() {
    export GEMJ_TEST_OIDC_PROVIDER="$GEMJ_CACHE/oidc-provider"
    install_npm oidc-provider oidc-provider
}

# The htsget clients that the tests run against the gateway (igv.js with what drives a browser, @gmod/bam); their folder is named in
# GEMJ_TEST_HTSGET_CLIENTS.
install_htsget_clients() {
    export GEMJ_TEST_HTSGET_CLIENTS="$GEMJ_CACHE/htsget-clients"
    install_npm htsget-clients "igv.js and @gmod/bam"
}
