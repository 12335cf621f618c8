#!/bin/sh
# Self-test of the biobank {{name_comment}}: its export for the gateway, and the gateway's DRS. It needs sh and curl, and sends no data.
#
#   sh self-test.sh SPECIMENS.json
#
# CA  optional: a PEM file of further certificate authorities.
set -u
BASE={{base}}
FILE=${1:-}
FAILED=0
pass() { printf 'pass  %s\n' "$1"; }
fail() { printf 'FAIL  %s\n      %s\n' "$1" "$2"; FAILED=1; }
request() { curl -s -S --max-time 20 ${CA:+--cacert "$CA"} "$@"; }

INFO=$(request "$BASE/ga4gh/drs/v1/service-info" 2>&1)
case $INFO in
    *'"artifact":"drs"'* | *'"artifact": "drs"'*) pass 'the DRS of the gateway answers' ;;
    *) fail 'the DRS of the gateway answers' "$BASE/ga4gh/drs/v1 is not reachable: check the network, the firewall and the TLS certificate (CA)" ;;
esac
STATUS=$(request -o /dev/null -w '%{http_code}' "$BASE/ga4gh/drs/v1/objects/unknown" 2>/dev/null)
case $STATUS in
    401 | 403 | 404) pass 'an unknown file is hidden' ;;
    *) fail 'an unknown file is hidden' "status $STATUS: report this to the operator of the gateway" ;;
esac

if [ -z "$FILE" ]; then
    fail 'the export' 'name the MIABIS file: sh self-test.sh SPECIMENS.json'
elif [ ! -r "$FILE" ]; then
    fail 'the export' "$FILE cannot be read"
else
    for member in id donorId sampleType; do
        if grep -q "$member" "$FILE"; then pass "the export has $member"
        else fail "the export has $member" 'MIABIS requires this member for each sample'; fi
    done
    for member in name familyName givenName address telephone 氏名 住所 電話; do
        if grep -q "\"$member\"" "$FILE"; then fail "the export has no $member" 'remove names, addresses and telephone numbers before sending'; fi
    done
fi
[ "$FAILED" = 0 ] && printf 'all checks passed: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
exit "$FAILED"
