"""pysam and the htsget package of PyPI as clients.

Reads JSON: url, token, format, region (a name, start and end), output (the file for the data). Prints JSON: the records of pysam.
"""

import json
import os
import sys
import tempfile

asked = json.load(sys.stdin)
name, start, end = asked["region"]

import htsget

with open(asked["output"], "wb") as output:
    htsget.get(
        asked["url"],
        output,
        reference_name=name,
        start=start,
        end=end,
        data_format=asked["format"],
        bearer_token=asked["token"],
        max_retries=0,
    )

# htslib reads the token from the file that HTS_AUTH_LOCATION names. Without TLS it requires the second variable.
with tempfile.NamedTemporaryFile("w", suffix=".token") as token:
    token.write(asked["token"])
    token.flush()
    os.environ["HTS_AUTH_LOCATION"] = token.name
    os.environ["HTS_ALLOW_UNENCRYPTED_AUTHORIZATION_HEADER"] = "I understand the risks"
    import pysam

    url = "{url}?format={format}&referenceName={0}&start={1}&end={2}".format(name, start, end, **asked)
    if asked["format"] in ("BAM", "CRAM"):
        with pysam.AlignmentFile(url, check_sq=False) as reads:
            found = [[r.query_name, r.reference_start, r.reference_end, r.cigarstring] for r in reads.fetch(until_eof=True)]
    else:
        with pysam.VariantFile(url) as variants:
            found = [[v.chrom, v.start, v.stop, v.ref] for v in variants]

print(json.dumps({"found": found, "versions": [pysam.__version__, htsget.__version__]}))
