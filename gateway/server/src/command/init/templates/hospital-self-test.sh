#!/bin/sh
# Self-test of the connection of {{name_comment}} to the gateway. It needs sh, curl and openssl, and sends no data of patients.
#
#   KEY=path/of/private-key.pem sh self-test.sh
#   KEY=path/of/private-key.pem sh self-test.sh token    prints an access token (a secret, for five minutes) to try requests by hand
#
# KEY     the private key of the client (PEM). Default: {{key_default_comment}} (beside this script)
# KID     the key id (`kid`) in the client's key set.
# NUMBER  optional: a patient number that was linked for this test. The number is not printed.
# CA      optional: a PEM file of further certificate authorities.
set -u
BASE={{base}}
CLIENT={{client_id}}
SYSTEM={{system}}
DEFAULT_KEY={{key_default}}
DEFAULT_KID={{kid}}
[ -z "$DEFAULT_KEY" ] || DEFAULT_KEY=$(dirname "$0")/$DEFAULT_KEY
KEY=${KEY:-$DEFAULT_KEY}
KID=${KID:-$DEFAULT_KID}
NUMBER=${NUMBER:-}
FAILED=0

pass() { printf 'pass  %s\n' "$1"; }
fail() { printf 'FAIL  %s\n      %s\n' "$1" "$2"; FAILED=1; }
b64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
request() { curl -s -S --max-time 20 ${CA:+--cacert "$CA"} "$@"; }
status() { request -o /dev/null -w '%{http_code}' "$@" 2>/dev/null; }

# Bytes of hexadecimal digits.
bytes() {
    hex=$1
    while [ -n "$hex" ]; do
        rest=${hex#??}
        printf "\\$(printf '%03o' "0x${hex%"$rest"}")"
        hex=$rest
    done
}
padded() {
    digits=$1
    while [ "${#digits}" -lt 96 ]; do digits=0$digits; done
    printf '%s' "$digits"
}

# The signature of the text on standard input: RS384 for RSA keys, ES384 for keys on P-384.
# An ES384 signature is r and s, 48 bytes each (RFC 7518 section 3.4). openssl writes them as a DER sequence.
sign() {
    if [ "$ALG" = RS384 ]; then
        openssl dgst -sha384 -sign "$KEY" -binary
    else
        numbers=$(openssl dgst -sha384 -sign "$KEY" -binary | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\([0-9A-F]*\).*/\1/p')
        for number in $numbers; do bytes "$(padded "$number")"; done
    fi
}
assertion() {
    now=$(date -u +%s)
    header=$(printf '{"alg":"%s","kid":"%s","typ":"JWT"}' "$ALG" "$KID" | b64url)
    claims=$(printf '{"iss":"%s","sub":"%s","aud":"%s/auth/token","iat":%s,"exp":%s,"jti":"%s"}' \
        "$CLIENT" "$CLIENT" "$BASE" "$now" "$((now + 240))" "$(openssl rand -hex 16)" | b64url)
    signature=$(printf '%s.%s' "$header" "$claims" | sign | b64url)
    printf '%s.%s.%s' "$header" "$claims" "$signature"
}
token_of() { printf '%s' "$1" | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p'; }
token() {
    request "$BASE/auth/token" -d grant_type=client_credentials \
        -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer --data-urlencode "client_assertion=$1"
}

case $(openssl pkey -in "$KEY" -noout -text 2>/dev/null) in
    *secp384r1*) ALG=ES384 ;;
    *modulus* | *Modulus*) ALG=RS384 ;;
    *) fail 'the private key' "$KEY is not a private key for ES384 (P-384) or RS384 (RSA); set KEY"; exit 2 ;;
esac
[ -n "$KID" ] || { fail 'the key id' 'set KID to the kid of the key in your key set'; exit 2; }
if [ "${1:-}" = token ]; then
    ANSWER=$(token "$(assertion)")
    TOKEN=$(token_of "$ANSWER")
    [ -n "$TOKEN" ] || { printf 'no token: %s\n' "$ANSWER" >&2; exit 2; }
    printf '%s\n' "$TOKEN"
    exit 0
fi
pass "the private key ($ALG, key id $KID)"

if [ "$(status "$BASE/fhir/metadata")" = 200 ]; then pass 'the gateway answers'
else fail 'the gateway answers' "$BASE/fhir/metadata is not reachable: check the network, the firewall and the TLS certificate (CA)"; exit 2; fi

THEIRS=$(request -o /dev/null -D - "$BASE/fhir/metadata" | tr -d '\r' | sed -n 's/^[Dd]ate: //p')
THEN=$(date -u -d "$THEIRS" +%s 2>/dev/null) || THEN=
if [ -n "$THEN" ]; then
    DIFFERENCE=$(($(date -u +%s) - THEN))
    if [ "$DIFFERENCE" -le 30 ] && [ "$DIFFERENCE" -ge -30 ]; then pass 'the clocks agree'
    else fail 'the clocks agree' "this clock differs by $DIFFERENCE s from the gateway's: synchronise it (NTP)"; fi
fi

ASSERTION=$(assertion)
ANSWER=$(token "$ASSERTION")
TOKEN=$(token_of "$ANSWER")
if [ -n "$TOKEN" ]; then pass 'a signed assertion gets a token'
else
    WHY=$(printf '%s' "$ANSWER" | sed -n 's/.*"error_description" *: *"\([^"]*\)".*/\1/p')
    fail 'a signed assertion gets a token' "${WHY:-no reason was stated}: compare key, key id and client id with the gateway's operator"
    exit 2
fi

case $(token "$ASSERTION") in
    *access_token*) fail 'a used assertion is refused' 'report this to the operator of the gateway' ;;
    *) pass 'a used assertion is refused' ;;
esac

if [ "$(status "$BASE/fhir/Patient?_id=unknown")" = 401 ]; then pass 'a request without a token is refused'
else fail 'a request without a token is refused' 'report this to the operator of the gateway'; fi

FOUND=$(status -H "Authorization: Bearer $TOKEN" "$BASE/fhir/Patient?_id=unknown")
if [ "$FOUND" = 200 ]; then pass 'the token is accepted for Patient'
else fail 'the token is accepted for Patient' "status $FOUND: the client's scopes must contain system/Patient.rs"; fi

if [ -n "$NUMBER" ]; then
    FOUND=$(request -G -H "Authorization: Bearer $TOKEN" --data-urlencode "identifier=$SYSTEM|$NUMBER" "$BASE/fhir/Patient")
    case $FOUND in
        *'"resourceType":"Patient"'* | *'"resourceType": "Patient"'*) pass 'the linked patient is found by its number' ;;
        *) fail 'the linked patient is found by its number' "no Patient: is the number linked, and is $SYSTEM the number's system?" ;;
    esac
fi
[ "$FAILED" = 0 ] && printf 'all checks passed: %s %s\n' "$CLIENT" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
exit "$FAILED"
