# The other scripts source this file. It sets the folders and defines functions that install required programs. Downloads go to a cache folder outside
# the checkout.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export GEMJ_CACHE="${GEMJ_CACHE:-$HOME/.cache/gemj-gateway}"
# The folder of `cargo build` and `cargo run`, so that both share one build.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
mkdir -p "$GEMJ_CACHE"

say() { printf '\n== %s\n' "$*"; }

loud() { printf '\n!! %s\n' "$*" >&2; }

# install_packages COMMAND:PACKAGE... installs each Debian package whose command is absent.
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
    # Another installation may be running.
    apt-get update -qq -o DPkg::Lock::Timeout=300
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends "${missing[@]}" >/dev/null
}

# Prints the program folder of the newest installed PostgreSQL. Prints nothing if PostgreSQL is not installed.
postgres_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

# install_npm FOLDER WHAT installs the npm packages of tests/oracles/FOLDER into the cache folder, in exactly the versions of its lock file. If the
# installation fails, it prints a warning. The tests that need these packages are then skipped, or fail if CI is set.
install_npm() {
    local from="tests/oracles/$1" to="$GEMJ_CACHE/$1" what=$2 wanted
    install_packages node:nodejs npm:npm
    wanted=$(sha256sum "$from/package-lock.json")
    # The file `.installed` is written last, so an interrupted installation is repeated.
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

# Installs the OpenID Provider for the tests. GEMJ_TEST_OIDC_PROVIDER names its folder.
install_oidc_provider() {
    export GEMJ_TEST_OIDC_PROVIDER="$GEMJ_CACHE/oidc-provider"
    install_npm oidc-provider oidc-provider
}

# Installs the htsget clients for the tests: igv.js with the browser driver, and @gmod/bam. GEMJ_TEST_HTSGET_CLIENTS names their folder.
install_htsget_clients() {
    export GEMJ_TEST_HTSGET_CLIENTS="$GEMJ_CACHE/htsget-clients"
    install_npm htsget-clients "igv.js and @gmod/bam"
}

# Takes promtool, the checker of Prometheus, out of Debian's package without its server. GEMJ_TEST_PROMTOOL names the program.
install_promtool() {
    local folder="$GEMJ_CACHE/promtool" scratch
    export GEMJ_TEST_PROMTOOL="$folder/promtool"
    [ -x "$GEMJ_TEST_PROMTOOL" ] && return
    say "Installing promtool into $folder"
    scratch=$(mktemp -d)
    mkdir -p "$folder"
    if (cd "$scratch" && apt-get download -qq prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb unpacked); then
        # The program is moved last, so an interrupted installation is repeated.
        mv "$scratch/unpacked/usr/bin/promtool" "$folder/promtool"
    else
        loud "promtool could not be installed: the check of the alert rules will be skipped"
    fi
    rm -rf "$scratch"
}
