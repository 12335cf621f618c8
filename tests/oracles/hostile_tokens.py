"""Tokens that are made from a valid token without any key of its issuer. Each token has one error.

Standard input: {"token": text}; standard output: [{name, token}].
"""
import base64, hashlib, hmac, json, sys

token = json.load(sys.stdin)["token"]
head, body, signature = token.split(".")


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encode(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def flipped(text, at):
    other = "A" if text[at] != "A" else "B"
    return text[:at] + other + text[at + 1 :]


made = []


def add(name, token):
    made.append(dict(name=name, token=token))


add("first character of the signature", f"{head}.{body}.{flipped(signature, 0)}")
add("a character within the signature", f"{head}.{body}.{flipped(signature, len(signature) // 2)}")
add("no signature", f"{head}.{body}.")
add("signature cut", f"{head}.{body}.{signature[:-8]}")
add("two parts", f"{head}.{body}")
add("four parts", f"{token}.{signature}")
add("payload altered", f"{head}.{flipped(body, len(body) // 2)}.{signature}")
for claim, value in [
    ("exp", decode(body)["exp"] + 10**6), ("sub", "demo-domestic-academic"), ("iss", "https://elsewhere.example"), ("nbf", 10**11), ("aud", "other")
]:
    add(f"{claim} altered", f"{head}.{encode({**decode(body), claim: value})}.{signature}")
for algorithm in ["none", "None", "NONE", "HS256", "RS512", "ES256", "PS256"]:
    add(f"alg {algorithm}", f"{encode({**decode(head), 'alg': algorithm})}.{body}.{signature}")
add("alg none, no signature", f"{encode({**decode(head), 'alg': 'none'})}.{body}.")
forged = f"{encode({**decode(head), 'alg': 'HS256'})}.{body}"
mac = base64.urlsafe_b64encode(hmac.new(b"public key", forged.encode(), hashlib.sha256).digest()).decode().rstrip("=")
add("alg HS256 with a key of ours", f"{forged}.{mac}")
for name, value in [("kid", "another"), ("typ", "JWT"), ("typ", "vnd.ga4gh.visa+jwt"), ("crit", ["exp"]), ("jku", "http://127.0.0.1:1/keys")]:
    add(f"{name} altered to {value}", f"{encode({**decode(head), name: value})}.{body}.{signature}")
visa = decode(body)["ga4gh_passport_v1"][0]
add("a visa as a bearer token", visa)
for name, text in [("one word", "token"), ("dots", ".."), ("long", "a" * 7000), ("unicode escapes", "%00.%00.%00"), ("inner space", "a b")]:
    add(name, text)
json.dump(made, sys.stdout)
