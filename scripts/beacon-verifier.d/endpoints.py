"""The endpoints to check: every endpoint of an entry type that `/map` names, with the id of the first record in the list."""

from urllib.parse import quote, urlsplit


def endpoints(ask, mapped, variant):
    """Returns (entry type, path below the Beacon's root) for every endpoint. `ask` takes a path and returns its JSON; `variant` is the id of a variant."""
    ids = {"genomicVariant": variant}
    for of in mapped.values():
        entry = of["entryType"]
        if entry not in ids:
            ids[entry] = first_id(ask(below(of["rootUrl"])))
    found = []
    for of in mapped.values():
        entry = of["entryType"]
        found.append((entry, below(of["rootUrl"])))
        one = ids[entry]
        if one is None:
            continue
        if "singleEntryUrl" in of:
            found.append((entry, with_id(of["singleEntryUrl"], one)))
        for nested in of.get("endpoints", {}).values():
            # The verifier has no schema for lists of filtering terms and panics, because these lists contain no entries.
            if nested["returnedEntryType"] not in ids:
                continue
            found.append((nested["returnedEntryType"], with_id(nested["url"], one)))
    return found


def below(url):
    return urlsplit(url).path.removeprefix("/beacon")


def with_id(url, of):
    return below(url).replace("{id}", quote(of, safe="")).replace("%7Bid%7D", quote(of, safe=""))


def first_id(answer):
    response = answer.get("response", {})
    records = response.get("collections") or [record for of in response.get("resultSets", []) for record in of.get("results", [])]
    return records[0]["id"] if records else None


def mapped(ask):
    return ask("/map")["response"]["endpointSets"]


