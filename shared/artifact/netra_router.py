"""Netra's learned router: sends a prompt to the cheaper model where your quality
labels say that it answers as well. It needs router.json beside it and Python 3.8 or
newer, and no other package.

With the LiteLLM proxy: put both files beside the configuration, which names it:

    litellm_settings:
      callbacks: ["netra_router.handler"]

(https://docs.litellm.ai/docs/proxy/call_hooks). Every call needs the tag of its class
in metadata.tags, as the log had it; the first one counts. LiteLLM's own routers know
nothing of prompts, so this hook changes the model before they see the call.

In a gateway of your own: Router().choose(model, messages, tag) returns the model.

To test it, give it lines of JSON with a prompt or messages, and a tag:

    echo '{"prompt": "What is 2 + 2?", "tag": "chat"}' | python3 netra_router.py

To take it out, remove the callback: all calls go to the model they ask for again.
"""

import array
import base64
import json
import logging
import math
import os
import struct
import sys
import unicodedata

try:
    from litellm.integrations.custom_logger import CustomLogger
except ImportError:  # in a gateway of your own, or a test
    CustomLogger = object

BUCKETS = 1 << 16
MAX_WORDS = 4000
INLINED = 4096
FNV_START, FNV_PRIME = 2166136261, 16777619
SYMBOLS = set("{}[]<>=+*/^\\$_|;")


class Router:
    def __init__(self, path=None):
        path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "router.json")
        with open(path, encoding="utf-8") as f:
            self.policy = json.load(f)
        if self.policy["format"] != "netra-router-1":
            raise ValueError("router.json is of another version than netra_router.py")
        self.words = {m: decoded(self.policy[m]["words"]) for m in ("strong_model", "weak_model")}

    def choose(self, model, messages, tag=""):
        """Returns the model for a call: the one that it asks for, or the cheaper one."""
        if model not in self.policy["from"] or not self.covers(tag):
            return model
        asked = question(messages)
        if asked and self.grade(asked, tag) <= self.policy["max_grade"]:
            return self.policy["to"]
        return model

    def covers(self, tag):
        named = self.policy["tags"]
        return tag not in self.policy["except"] and (named is None or tag in named)

    def grade(self, asked, tag=""):
        """Returns how much a prompt gains from the strong model, from 1 to 100."""
        grams, dense = ngrams(asked), self.dense(asked, tag)
        gain = self.predict("strong_model", grams, dense) - self.predict("weak_model", grams, dense)
        return 1 + sum(1 for cut in self.policy["cuts"] if cut < gain)

    def dense(self, asked, tag):
        values = shape(asked)
        for prior in ("gain_by_tag", "weak_score_by_tag"):
            values.append(self.policy[prior]["by_tag"].get(tag, self.policy[prior]["overall"]))
        return [(v - m) / d for v, m, d in zip(values, self.policy["mean"], self.policy["deviation"])]

    def predict(self, name, grams, dense):
        model, words = self.policy[name], self.words[name]
        total = model["bias"]
        for weight, value in zip(model["dense"], dense):
            total += weight * value
        for index, value in grams:
            total += words[index] * value
        return 1 / (1 + math.exp(-total)) if total > -700 else 0.0


def decoded(text):
    words = array.array("f", base64.b64decode(text))
    if sys.byteorder == "big":
        words.byteswap()
    return words


def question(prompt):
    """Returns what a prompt asks: the text of the user's last message, or of other
    JSON all strings."""
    if isinstance(prompt, str):
        return prompt.strip()
    spoken, everything, last = [], [], [None]
    gather(prompt, "", spoken, everything, last)
    return "\n".join(everything if last[0] is None else last[0]).strip()


def gather(value, name, spoken, everything, last):
    if isinstance(value, dict):
        start = len(spoken)
        for key, member in value.items():
            if key != "role":
                gather(member, key, spoken, everything, last)
        if value.get("role") == "user":
            last[0] = spoken[start:]
    elif isinstance(value, list):
        for element in value:
            gather(element, name, spoken, everything, last)
    elif isinstance(value, str) and not inlined(value):
        everything.append(value)
        if name in ("text", "content"):
            spoken.append(value)


def inlined(text):
    return " " not in text and "\n" not in text and len(text.encode("utf-8", "replace")) >= INLINED


def ngrams(text):
    """Returns the weights of hashed words and word pairs, as a vector of length one."""
    counts, last, n = {}, 0, 0
    for word in words_of(text):
        if n == MAX_WORDS:
            break
        raw = word.encode("utf-8", "replace")
        current = fnv(FNV_START, raw)
        hashes = [current] if n == 0 else [current, fnv(fnv(last, b" "), raw)]
        for h in hashes:
            counts[h % BUCKETS] = counts.get(h % BUCKETS, 0) + 1
        last, n = current, n + 1
    weights = [(index, 1 + math.log(count)) for index, count in counts.items()]
    norm = 0.0
    for _, weight in weights:
        norm += weight * weight
    norm = math.sqrt(norm)
    return [(index, struct.unpack("f", struct.pack("f", weight / norm))[0]) for index, weight in weights]


def words_of(text):
    """Yields lower-case runs of letters and digits; a run of digits is one word."""
    word, number = [], True
    for c in text:
        kind = unicodedata.category(c)
        if kind == "Nd" or kind[0] == "L":
            number = number and kind == "Nd"
            word.append(c.lower()[0])
        elif word:
            yield "0" if number else "".join(word)
            word, number = [], True
    if word:
        yield "0" if number else "".join(word)


def fnv(h, raw):
    for byte in raw:
        h = ((h ^ byte) * FNV_PRIME) & 0xFFFFFFFF
    return h


def shape(text):
    """Returns length, lines, digits, capitals, marks, symbols, questions, other scripts."""
    n = dict.fromkeys(("lines", "digits", "capitals", "marks", "symbols", "questions", "foreign"), 0)
    for c in text:
        kind = unicodedata.category(c)
        if c == "\n":
            n["lines"] += 1
        elif c == "?":
            n["questions"] += 1
        elif kind == "Nd":
            n["digits"] += 1
        elif kind == "Lu":
            n["capitals"] += 1
        elif c in SYMBOLS:
            n["symbols"] += 1
        elif kind[0] == "P":
            n["marks"] += 1
        if ord(c) > 127:
            n["foreign"] += 1
    share = {k: math.sqrt(v / max(len(text), 1)) for k, v in n.items()}
    return [math.log1p(len(text)), math.log1p(n["lines"]), share["digits"], share["capitals"],
            share["marks"], share["symbols"], min(n["questions"], 3), share["foreign"]]


class Hook(CustomLogger):
    """Changes the model of a call before the LiteLLM proxy chooses a deployment."""

    router = None

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        try:
            if Hook.router is None:
                Hook.router = Router()
            prompt = data.get("messages") or data.get("input") or data.get("prompt")
            data["model"] = Hook.router.choose(data.get("model"), prompt, tag_of(data))
        except Exception:  # a call must not fail because it could not be routed
            logging.getLogger("netra_router").exception("the call stays at its model")
        return data


def tag_of(data):
    for place in (data.get("metadata"), data.get("litellm_metadata"), data):
        tags = (place or {}).get("tags")
        if tags:
            return tags[0]
    return ""


handler = Hook()

if __name__ == "__main__":
    router = Router()
    for line in sys.stdin:
        call = json.loads(line)
        text, tag = question(call.get("messages") or call.get("prompt") or ""), call.get("tag", "")
        covered = router.covers(tag) and text != ""
        model = router.choose(router.policy["from"][0], text, tag)
        print(json.dumps({"grade": router.grade(text, tag) if covered else 0, "model": model}))
