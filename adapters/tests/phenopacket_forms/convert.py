# Converts packets with the specification's Python package. The first argument is a `.tar.gz` of JSON packets, the second a folder for the results:
# `all.json` (an array of the files as they are), `snake.jsonl`, `all.pb` (each with its length before it), `all.yaml`, `cohort.pb`, `families.json`,
# and the folder `one` with each packet in a file of its own in protobuf. The third argument takes every n-th packet.
import json, os, sys, tarfile
import yaml
from google.protobuf.internal.encoder import _VarintBytes
from google.protobuf.json_format import MessageToDict, MessageToJson, Parse
import phenopackets.schema.v2 as v2

source, folder, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
os.mkdir(f"{folder}/one")
texts, packets = [], []
with tarfile.open(source) as archive:
    for at, member in enumerate(m for m in archive if m.name.endswith(".json")):
        if at % step: continue
        texts.append(archive.extractfile(member).read().decode())
        packets.append(Parse(texts[-1], v2.Phenopacket()))
with open(f"{folder}/all.json", "w") as to: to.write("[" + ",\n".join(texts) + "]")
with open(f"{folder}/snake.jsonl", "w") as to:
    for p in packets: to.write(MessageToJson(p, indent=None, preserving_proto_field_name=True) + "\n")
with open(f"{folder}/all.yaml", "w") as to:
    for p in packets: to.write("---\n" + yaml.dump(MessageToDict(p), Dumper=Dumper, allow_unicode=True))
with open(f"{folder}/all.pb", "wb") as to:
    for at, p in enumerate(packets):
        data = p.SerializeToString()
        to.write(_VarintBytes(len(data)) + data)
        with open(f"{folder}/one/{at:05}.pb", "wb") as one: one.write(data)
with open(f"{folder}/cohort.pb", "wb") as to: to.write(v2.Cohort(id="c", members=packets).SerializeToString())
with open(f"{folder}/families.json", "w") as to:
    families = [v2.Family(id="f", proband=packets[at], relatives=packets[at + 1 : at + 3]) for at in range(0, len(packets), 3)]
    to.write("[" + ",".join(MessageToJson(f, indent=None) for f in families) + "]")
print(len(packets))
