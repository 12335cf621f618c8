#!/bin/sh
# Self-test of tokens of the broker {{issuer_comment}} at the gateway. It needs sh, curl and openssl.
#
#   TOKEN_FILE=token sh self-test.sh
#
# TOKEN_FILE  a file with an access token or passport of a test account. It is shown to nobody but the gateway. Its mode should be 0600.
# CA          optional: a PEM file of further certificate authorities.
set -u
BASE={{base}}
ISSUER={{issuer}}
TOKEN_FILE=${TOKEN_FILE:-token}
FAILED=0
pass() { printf 'pass  %s\n' "$1"; }
fail() { printf 'FAIL  %s\n      %s\n' "$1" "$2"; FAILED=1; }
request() { curl -s -S --max-time 20 ${CA:+--cacert "$CA"} "$@"; }
# The JSON of a part of a token (base64url without padding).
part() {
    text=$(printf '%s' "$2" | cut -d. -f"$1" | tr '_-' '/+')
    while [ $((${#text} % 4)) -ne 0 ]; do text=$text=; done
    printf '%s' "$text" | openssl base64 -d -A 2>/dev/null
}
member() { sed -n "s/.*\"$1\" *: *\"\\([^\"]*\\)\".*/\\1/p"; }

DOCUMENT=$(request "${ISSUER%/}/.well-known/openid-configuration" 2>&1)
STATED=$(printf '%s' "$DOCUMENT" | tr -d '\n' | member issuer)
if [ "$STATED" = "$ISSUER" ]; then pass 'the discovery document names the issuer'
else fail 'the discovery document names the issuer' "it states '$STATED', and '$ISSUER' is configured; the names are compared byte for byte"; fi

[ -r "$TOKEN_FILE" ] || { fail 'the token' "$TOKEN_FILE cannot be read; write a token of a test account to it, or set TOKEN_FILE"; exit 2; }
TOKEN=$(tr -d ' \r\n' < "$TOKEN_FILE")
case $TOKEN in
    *.*.*)
        HEADER=$(part 1 "$TOKEN")
        CLAIMS=$(part 2 "$TOKEN")
        TYPE=$(printf '%s' "$HEADER" | member typ)
        [ -n "$TYPE" ] && pass "the token has a type ($TYPE)" || fail 'the token has a type' 'AAI 1.2.1 requires `typ`: at+jwt or JWT'
        FROM=$(printf '%s' "$CLAIMS" | member iss | sed 's#\\/#/#g')
        [ "$FROM" = "$ISSUER" ] && pass 'the token names the issuer' || fail 'the token names the issuer' "its iss is '$FROM'"
        ;;
    *) pass 'the token is opaque' ;;
esac

# curl reads the header from standard input, so that the token is in no list of processes.
ANSWER=$(printf 'Authorization: Bearer %s\n' "$TOKEN" | request -H @- -w '\n%{http_code}' "$BASE/access/v1/explain")
STATUS=$(printf '%s' "$ANSWER" | tail -n 1)
if [ "$STATUS" = 200 ]; then
    pass 'the gateway accepts the token'
    printf '%s\n' "$ANSWER" | sed '$d' > explanation.json
    printf '      explanation.json shows what the visas open, and why the rest is closed\n'
else
    WHY=$(printf '%s' "$ANSWER" | tr -d '\n' | member detail)
    fail 'the gateway accepts the token' "status $STATUS: ${WHY:-no reason was stated}"
fi
[ "$FAILED" = 0 ] && printf 'all checks passed: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
exit "$FAILED"
