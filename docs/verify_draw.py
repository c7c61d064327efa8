"""Check a moderation draw from its receipt: python verify_draw.py RECEIPT.json (standard library only, no network)."""

import json
import sys
from hashlib import sha256


def digest(text):
    return sha256(text.encode()).hexdigest()


def problems(r):
    pool, n = r["pool"], r["quota"]
    if pool != sorted(set(pool)) or len(pool) != r["pool_size"]:
        yield "the pool is out of order, names an item twice, or has another size"
    if digest("\n".join(pool)) != r["pool_hash"]:
        yield "the pool hash is not that of the pool"
    if r["carry_before"] is not None:  # withheld until the next draw
        units = r["carry_before"] + r["rate_bp"] * len(pool)
        if (units, *divmod(units, 10000)) != (r["units"], n, r["carry_after"]):
            yield "units, quota or carry are not what carry + rate x pool gives"
    if r["seed_mode"] == "committed":
        if digest(r["secret"]) != r["commitment"]:
            yield "the secret is not the one that was committed to"
        if r["seed_text"] != r["secret"] + "|" + r["pool_hash"]:
            yield "the seed text is not the secret and the pool hash"
    order = [{"item": i, "ticket": t} for t, i in sorted((digest(r["seed_text"] + "|" + i), i) for i in pool)]
    if r["picks"] != order[: max(n, 0)]:
        yield "the picks are not the lowest tickets in order"
    later = [{"item": x["item"], "ticket": x["ticket"]} for x in r["replacements"]]
    if later != (order[n:] + [{"item": None, "ticket": None}] * len(later))[: len(later)]:
        yield "the replacements are not the next tickets in order"


with open(sys.argv[1], encoding="utf-8") as file:
    found = list(problems(json.load(file)))
print("\n".join(found) or "The draw is right.")
sys.exit(1 if found else 0)
