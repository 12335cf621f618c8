#!/bin/sh
# Self-test of the access committee {{name_comment}}: its keys, its export, and the gateway. It needs sh and curl. It prints no name of a person.
#
#   sh self-test.sh EXPORT.json
#
# CA  optional: a PEM file of further certificate authorities.
set -u
BASE={{base}}
ISSUER={{issuer}}
EXPORT=${1:-}
FAILED=0
pass() { printf 'pass  %s\n' "$1"; }
fail() { printf 'FAIL  %s\n      %s\n' "$1" "$2"; FAILED=1; }
request() { curl -s -S --max-time 20 ${CA:+--cacert "$CA"} "$@"; }

for url in {{jku}}; do
    case $(request "$url" 2>&1) in
        *'"keys"'*) pass "the key set $url can be fetched" ;;
        *) fail "the key set $url can be fetched" 'the gateway fetches the keys of visas there: check address and TLS certificate (CA)' ;;
    esac
done
case $(request -o /dev/null -w '%{http_code}' "$BASE/access/v1/denials" 2>/dev/null) in
    200) pass 'the gateway answers' ;;
    *) fail 'the gateway answers' "$BASE is not reachable: check the network, the firewall and the TLS certificate (CA)" ;;
esac
if [ -z "$EXPORT" ]; then
    fail 'the export' 'name the file: sh self-test.sh EXPORT.json'
elif [ ! -r "$EXPORT" ]; then
    fail 'the export' "$EXPORT cannot be read"
elif grep -q 'application/id' "$EXPORT"; then
    pass 'the export contains applications'
elif grep -q 'application-id' "$EXPORT"; then
    pass 'the export contains entitlements'
    if grep -q '"end" *: *"' "$EXPORT"; then pass 'the export contains ended rows'
    else fail 'the export contains ended rows' 'fetch /api/entitlements?expired=true: without ended rows, a revocation cannot be seen'; fi
else
    fail 'the export' 'it is neither applications nor entitlements of REMS'
fi
printf 'issuer of the visas: %s\n' "$ISSUER"
[ "$FAILED" = 0 ] && printf 'all checks passed: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
exit "$FAILED"
