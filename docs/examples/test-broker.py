"""A broker and visa issuer for testing an installation. It needs only Python 3 and openssl.

    python3 test-broker.py keys FOLDER                  makes FOLDER/test-broker.key and FOLDER/test-broker.jwks.json
    python3 test-broker.py passport FOLDER VISA_VALUE   prints a passport with one ControlledAccessGrants visa, for one hour

Every holder of the key file can make any visa. Remove the issuers that trust it from the configuration before you load real data.
"""

import base64
import json
import pathlib
import re
import subprocess
import sys
import time
import uuid


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(key, kind, claims, **header):
    parts = [{"alg": "RS256", "kid": "test-broker", "typ": kind, **header}, claims]
    text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    return text + "." + encoded(openssl("dgst", "-sha256", "-sign", key, data=text.encode()))


command, folder, *rest = sys.argv[1:]
key = str(pathlib.Path(folder, "test-broker.key"))
if command == "keys":
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", key)
    pathlib.Path(key).chmod(0o600)
    modulus = re.sub(rb".*=|\s", b"", openssl("rsa", "-in", key, "-noout", "-modulus")).decode()
    jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "test-broker", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}
    public = pathlib.Path(folder, "test-broker.jwks.json")
    public.write_text(json.dumps({"keys": [jwk]}))
    public.chmod(0o644)
elif command == "passport":
    now = int(time.time())
    about = {"sub": "a-researcher", "iat": now, "exp": now + 3600}
    grant = {"type": "ControlledAccessGrants", "asserted": now, "value": rest[0], "source": "https://committee.example", "by": "dac"}
    visa = {"iss": "https://visas.example", "jti": str(uuid.uuid4()), **about, "ga4gh_visa_v1": grant}
    visa = signed(key, "vnd.ga4gh.visa+jwt", visa, jku="https://visas.example/jwks")
    passport = {"iss": "https://broker.example", "jti": str(uuid.uuid4()), "aud": "https://gateway.example", **about}
    print(signed(key, "vnd.ga4gh.passport+jwt", {**passport, "scope": "openid ga4gh_passport_v1", "ga4gh_passport_v1": [visa]}))
else:
    sys.exit(__doc__)
