# Writes random messages with the specification's Python package, each in every form: `messages.pb` (each with its length before it),
# `camel.jsonl`, `snake.jsonl` and `messages.yaml`. The first argument is the folder, the second the number of messages.
import random, sys
import yaml
from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.internal.encoder import _VarintBytes
from google.protobuf.json_format import MessageToDict, MessageToJson
import phenopackets.schema.v2 as v2

folder, count = sys.argv[1], int(sys.argv[2])
draw = random.Random(20260101)
TEXTS = ["007", "NO", "yes", "true", "null", "~", "1e3", "0x1F", "2021-05-14", "12:30", "", " x ", "- a", "a: b", "#c", "'q'", '"d"', "山田", "a\nb\n", "\t", "😀", "=", "<<", "&a", "*a", "%", "@", "`"]

def scalar(f):
    if f.type == F.TYPE_STRING: return draw.choice(TEXTS)
    if f.type == F.TYPE_BOOL: return draw.random() < 0.5
    if f.type == F.TYPE_ENUM: return draw.choice(f.enum_type.values).number
    if f.type == F.TYPE_DOUBLE: return draw.choice([0.0, 1.0, -1.5, 37.25, 1e300, 1e-7, float("inf"), float("-inf"), float("nan"), 1 / 3, 2.0**60])
    top = {F.TYPE_INT32: 2**31 - 1, F.TYPE_UINT32: 2**32 - 1, F.TYPE_UINT64: 2**64 - 1}[f.type]
    return draw.choice([0, 1, 127, 128, top] + ([-1, -(2**31)] if f.type == F.TYPE_INT32 else []))

def fill(message, depth):
    d = message.DESCRIPTOR
    if d.full_name == "google.protobuf.Timestamp":
        message.seconds = draw.choice([0, -1, 1, 1_582_977_599, -62_135_596_800, 253_402_300_799, draw.randrange(-10**9, 4 * 10**9)])
        message.nanos = draw.choice([0, 0, 1, 1000, 500_000_000, 999_999_999])
        return
    chosen = {o.name: draw.choice(o.fields).number for o in d.oneofs}
    for f in d.fields:
        if f.containing_oneof and chosen[f.containing_oneof.name] != f.number: continue
        if draw.random() < 0.35 and depth > 0: continue
        if f.message_type and f.message_type.GetOptions().map_entry:
            for _ in range(draw.randrange(3)): getattr(message, f.name)["k_" + draw.choice(TEXTS)] = draw.choice(TEXTS)
        elif f.message_type:
            if depth > 7: continue
            items = [getattr(message, f.name).add() for _ in range(draw.randrange(3 if depth < 3 else 2))] if f.is_repeated else [getattr(message, f.name)]
            for item in items:
                item.SetInParent()
                fill(item, depth + 1)
        elif f.is_repeated:
            getattr(message, f.name).extend(scalar(f) for _ in range(draw.randrange(3)))
        else:
            setattr(message, f.name, scalar(f))

with open(f"{folder}/messages.pb", "wb") as pb, open(f"{folder}/camel.jsonl", "w") as camel, open(f"{folder}/snake.jsonl", "w") as snake, \
        open(f"{folder}/messages.yaml", "w") as documents, open(f"{folder}/kinds.txt", "w") as kinds:
    for at in range(count):
        kind = draw.choices(["Phenopacket", "Family", "Cohort"], [8, 1, 1])[0]
        message = getattr(v2, kind)()
        fill(message, 0 if kind == "Phenopacket" else 2)
        data = message.SerializeToString()
        pb.write(_VarintBytes(len(data)) + data)
        camel.write(MessageToJson(message, indent=None) + "\n")
        snake.write(MessageToJson(message, indent=None, preserving_proto_field_name=True) + "\n")
        documents.write("---\n" + yaml.safe_dump(MessageToDict(message), allow_unicode=at % 2 == 0, default_flow_style=[None, False, True][at % 3], width=draw.choice([40, 10**6])))
        kinds.write(kind + "\n")
