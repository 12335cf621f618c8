#!/bin/sh
# Self-test of the federation with the partner {{id_comment}}. It needs sh and curl. It asks for one public variant and sends no data.
#
# CA  optional: a PEM file of further certificate authorities.
set -u
BASE={{base}}
BEACON={{beacon}}
FAILED=0
pass() { printf 'pass  %s\n' "$1"; }
fail() { printf 'FAIL  %s\n      %s\n' "$1" "$2"; FAILED=1; }
request() { curl -s -S --max-time 30 ${CA:+--cacert "$CA"} "$@"; }
QUERY='assemblyId=GRCh38&referenceName=17&start=43071076&referenceBases=T&alternateBases=C'

for side in "$BEACON" "$BASE/beacon"; do
    case $(request "$side/info" 2>&1) in
        *beaconId*) pass "$side answers as a Beacon v2" ;;
        *) fail "$side answers as a Beacon v2" "$side/info is not reachable or has no beaconId: check address, firewall and TLS certificate (CA)" ;;
    esac
    case $(request "$side/g_variants?$QUERY" 2>&1) in
        *'"exists"'*) pass "$side answers a query for one variant" ;;
        *) fail "$side answers a query for one variant" 'no responseSummary.exists: has a dataset of this side public_boolean = true?' ;;
    esac
done
ANSWER=$(request "$BASE/federation/g_variants?$QUERY" 2>&1)
case $ANSWER in
    *'"members"'*) pass 'the gateway forwards the query' ;;
    *) fail 'the gateway forwards the query' 'no list of members: has the gateway read its configuration (`gemj-gateway reload`)?' ;;
esac
case $ANSWER in
    *unreachable* | *timeout* | *bad-answer* | *refused*)
        fail 'every member answers' 'info.members of /federation/g_variants names the member and its status (docs/federation.md)' ;;
    *) pass 'every member answers' ;;
esac
[ "$FAILED" = 0 ] && printf 'all checks passed: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
exit "$FAILED"
