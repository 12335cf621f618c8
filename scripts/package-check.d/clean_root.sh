# Sourced by package-check and container-check: clean roots of Debian, in the release of this machine, from the mirror that its apt uses.

# shellcheck source=/etc/os-release
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# clean_root FILE PACKAGES makes a root of Debian with further packages, if it does not exist.
clean_root() {
    [ ! -s "$1" ] || return 0
    say "Making a clean root of Debian $codename${2:+ with $2}"
    mirror=$(apt-get indextargets 'Created-By: Packages' 'Component: main' 'Origin: Debian' "Codename: $codename" --format '$(REPO_URI)' | head -1)
    options=()
    while IFS= read -r line; do options+=("--aptopt=$line"); done < <(apt-config dump | grep -E '^Acquire::(http|https|Check)')
    mmdebstrap --quiet --variant=minbase ${2:+--include="$2"} "${options[@]}" "$codename" "$1.part" --format=tar "$mirror" || {
        loud "SKIPPED: the clean root cannot be made from the mirror '$mirror'"
        exit 77
    }
    mv "$1.part" "$1"
}

# The root in which the libraries of the gateway are installed.
ready_root() {
    tarball="$GEMJ_CACHE/ready-root-$codename.tar"
    clean_root "$tarball" adduser,ca-certificates,libc6,libgcc-s1
}
