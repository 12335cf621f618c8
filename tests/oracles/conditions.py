"""Evaluates conditions of visas, from the text of the specification (GA4GH Passport 1.2.1, "conditions" and "Pattern Matching").

Standard input: [{conditions, visas: [[visa object, rank]]}]; standard output: for each "none", "malformed", "not met" or a rank.
The rank of a combination of visas is that of its lowest visa. The result is the rank of the best combination that meets the conditions.

The specification leaves some cases open. This script decides them as the gateway's documents do:
* null and [] are no conditions.
* Malformed are: an empty alternative; a clause without a type or without a second member; a member that is not text; "asserted" or "conditions"
  within a clause; more than 64 clauses; a pattern of more than 255 characters.
* An unknown prefix is not malformed, but it never matches.
"""
import json, sys

MALFORMED = "malformed"


def fits(pattern, text):
    """Whether the pattern matches the text. The row states which prefixes of the text match the part of the pattern read so far."""
    row = [True] + [False] * len(text)
    for sign in pattern:
        if sign == "*":
            reached = False
            new = []
            for possible in row:
                reached = reached or possible
                new.append(reached)
        else:
            new = [False] + [row[at] and (sign == "?" or sign == text[at]) for at in range(len(text))]
        row = new
    return row[-1]


def member_fits(wanted, value):
    at = wanted.find(":")
    if at < 0:
        return False
    kind, rest = wanted[:at], wanted[at + 1 :]
    if kind == "const":
        return rest == value
    if kind == "pattern":
        return fits(rest, value)
    if kind == "split_pattern":
        return any(fits(rest, part) for part in value.split(";"))
    return False


def clause_is_malformed(clause):
    if not isinstance(clause, dict) or "type" not in clause or len(clause) < 2:
        return True
    if "asserted" in clause or "conditions" in clause:
        return True
    if not all(isinstance(value, str) for value in clause.values()):
        return True
    for name, value in clause.items():
        kind, colon, rest = value.partition(":")
        if name != "type" and colon and kind in ("pattern", "split_pattern") and len(rest) > 255:
            return True
    return False


def is_conditional(visa):
    return visa.get("conditions") not in (None, [])


def clause_fits(clause, visa):
    if is_conditional(visa) or clause["type"] != visa["type"]:
        return False
    for name, wanted in clause.items():
        if name == "type":
            continue
        value = visa.get(name)
        if not isinstance(value, str) or not member_fits(wanted, value):
            return False
    return True


def evaluate(conditions, visas):
    if conditions is None or conditions == []:
        return "none"
    if not isinstance(conditions, list):
        return MALFORMED
    if any(not isinstance(one, list) or not one for one in conditions):
        return MALFORMED
    clauses = [clause for one in conditions for clause in one]
    if len(clauses) > 64 or any(clause_is_malformed(clause) for clause in clauses):
        return MALFORMED
    best = None
    for one in conditions:
        ranks = []
        for clause in one:
            ranks.append(max((rank for visa, rank in visas if clause_fits(clause, visa)), default=None))
        if None not in ranks and (best is None or min(ranks) > best):
            best = min(ranks)
    return "not met" if best is None else best


json.dump([evaluate(case["conditions"], case["visas"]) for case in json.load(sys.stdin)], sys.stdout)
