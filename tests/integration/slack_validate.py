#!/usr/bin/env python3
"""Checks a Slack payload as Slack would, and as our own stricter rules do (limits of Block Kit; escaping; nothing that pings anybody).

Usage: slack_validate.py [--webhook|--update] FILE…   exit 1 when a payload has a problem. As a module: validate(body, method) -> list of problems.
"""
import json
import re
import sys

TOP_KEYS = {"channel", "ts", "thread_ts", "reply_broadcast", "text", "parse", "link_names", "unfurl_links", "unfurl_media", "attachments", "blocks"}
BLOCK_KEYS = {"header": {"text"}, "section": {"text", "fields", "expand"}, "context": {"elements"}, "divider": set()}
DATE_WORDS = {"date_num", "date", "date_short", "date_long", "date_pretty", "date_short_pretty", "date_long_pretty", "time", "time_secs"}
BAD_CHARS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufffd\ud800-\udfff]")
LINK_CHARS = re.compile(r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?([/?#][A-Za-z0-9/?=&:%\-._~+#,;@]*)?$")


def units(text):
    return max(len(text), len(text.encode("utf-16-le", "surrogatepass")) // 2)


class Check:
    def __init__(self):
        self.problems = []
        self.total = 0
        self.ids = set()

    def say(self, where, what):
        self.problems.append(f"{where}: {what}")

    def length(self, where, text, most):
        if not isinstance(text, str):
            return self.say(where, "not a text")
        if not 1 <= units(text) <= most:
            self.say(where, f"length {units(text)} is not within 1 and {most}")
        if BAD_CHARS.search(text):
            self.say(where, f"holds {BAD_CHARS.search(text).group()!r}")
        self.total += units(text)

    def token(self, where, token):
        """What stands between < and >, as it is sent."""
        date = re.fullmatch(r"!date\^(\d{10})\^([^^|]+)\|([^|]+)", token)
        if date:
            words = re.findall(r"\{(\w+)\}", date.group(2))
            if not words or not set(words) <= DATE_WORDS:
                self.say(where, f"date format {date.group(2)!r}")
            if "UTC" not in date.group(3):
                self.say(where, "the fallback of a date has no zone")
            return
        target, bar, label = token.partition("|")
        if not target.startswith(("http://", "https://")):
            return self.say(where, f"control sequence <{token}>")
        target = target.replace("&amp;", "&")
        if not bar or not label.strip():
            self.say(where, "link without a label")
        if not LINK_CHARS.match(target) or len(target) > 2000 or "@" in target.split("/")[2]:
            self.say(where, f"link target {target!r}")

    def mrkdwn(self, where, text):
        for amp in re.finditer("&", text):
            if not re.match(r"&(amp|lt|gt);", text[amp.start():]):
                self.say(where, "bare &")
        rest = re.sub(r"<([^<>]*)>", lambda m: self.token(where, m.group(1)) or "", text)
        if "<" in rest or ">" in rest:
            self.say(where, "bare < or >")
        if text.count("```") % 2:
            self.say(where, "code block is not closed")
        outside = re.sub(r"```.*?```", "", text, flags=re.S)
        if outside.count("`") % 2:
            self.say(where, "code span is not closed")

    def text_object(self, where, obj, kind, most):
        if not isinstance(obj, dict):
            return self.say(where, "not a text object")
        if obj.get("type") != kind:
            return self.say(where, f"type {obj.get('type')!r}, not {kind}")
        extra = set(obj) - {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}
        if extra:
            self.say(where, f"unknown keys {sorted(extra)}")
        self.length(where, obj.get("text"), most)
        if not isinstance(obj.get("text"), str):
            return
        if kind == "plain_text":
            if obj.get("emoji") is not False:
                self.say(where, "emoji is not false")
            if re.search("<[!@#]", obj["text"]):
                self.say(where, "looks like a mention")
        else:
            if obj.get("verbatim") is not True:
                self.say(where, "verbatim is not true")
            self.mrkdwn(where, obj["text"])

    def block(self, where, block):
        kind = block.get("type")
        if kind not in BLOCK_KEYS:
            return self.say(where, f"type {kind!r}")
        extra = set(block) - BLOCK_KEYS[kind] - {"type", "block_id"}
        if extra:
            self.say(where, f"unknown keys {sorted(extra)}")
        ident = block.get("block_id", "")
        if not 1 <= len(ident) <= 255 or ident in self.ids:
            self.say(where, f"block_id {ident!r} is missing, too long or there twice")
        self.ids.add(ident)
        if kind == "header":
            self.text_object(where, block.get("text"), "plain_text", 150)
        elif kind == "section":
            if "text" not in block and "fields" not in block:
                self.say(where, "neither text nor fields")
            if "text" in block:
                self.text_object(where, block["text"], "mrkdwn", 3000)
            if "fields" in block:
                self.many(where, block["fields"], 2000)
        elif kind == "context":
            self.many(where, block.get("elements"), 2000)

    def many(self, where, objects, most):
        if not isinstance(objects, list) or not 1 <= len(objects) <= 10:
            return self.say(where, "must have 1 to 10 texts")
        for i, obj in enumerate(objects):
            self.text_object(f"{where}[{i}]", obj, "mrkdwn", most)

    def envelope(self, body, method):
        extra = set(body) - TOP_KEYS
        if extra:
            self.say("body", f"unknown keys {sorted(extra)}")
        if method == "webhook":
            for key in ("channel", "ts", "thread_ts"):
                if key in body:
                    self.say("body", f"{key} has no place in a webhook")
        else:
            if not body.get("channel"):
                self.say("body", "no channel")
            if body.get("parse") != "none" or body.get("link_names") is not False:
                self.say("body", "parse is not none or link_names not false")
        if method == "chat.update" and (not re.fullmatch(r"\d{10}\.\d{6}", body.get("ts", "")) or "thread_ts" in body):
            self.say("body", "an update needs ts and no thread_ts")
        if method != "chat.update" and "ts" in body:
            self.say("body", "ts belongs to updates")
        if "thread_ts" in body and not re.fullmatch(r"\d{10}\.\d{6}", body["thread_ts"]):
            self.say("body", "thread_ts")
        if body.get("attachments", []) != []:
            self.say("body", "attachments")
        if method != "chat.update" and (body.get("unfurl_links") is not False or body.get("unfurl_media") is not False):
            self.say("body", "links would unfold")
        self.length("text", body.get("text"), 4000)
        if isinstance(body.get("text"), str):
            self.mrkdwn("text", body["text"].replace("```", ""))
            if not body["text"].strip():
                self.say("text", "blank")


def no_twins(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key is there twice")
    return dict(pairs)


def validate(raw, method):
    """`raw`: bytes; `method`: chat.postMessage, chat.update or webhook. The list of problems."""
    check = Check()
    try:
        body = json.loads(raw.decode("utf-8"), object_pairs_hook=no_twins, parse_constant=lambda c: 1 / 0)
    except (ValueError, ZeroDivisionError) as error:
        return [f"not JSON: {error}"]
    if not isinstance(body, dict):
        return ["not an object"]
    if len(raw) > 40000:
        check.say("body", f"{len(raw)} bytes")
    check.envelope(body, method)
    check.total = 0
    blocks = body.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > 20:
        return check.problems + ["blocks: not a list of at most 20"]
    for i, block in enumerate(blocks):
        check.block(f"blocks[{i}]", block)
    if check.total > 8000:
        check.say("blocks", f"{check.total} characters of text")
    size = len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > 12000:
        check.say("blocks", f"{size} bytes")
    return check.problems


def self_test():
    """Each rule must refuse what breaks it: (change to a good payload) -> a problem."""
    def good():
        text = {"type": "mrkdwn", "verbatim": True, "text": "a"}
        return {"channel": "C1", "text": "[CRITICAL] a", "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False,
                "blocks": [{"type": "header", "block_id": "h", "text": {"type": "plain_text", "emoji": False, "text": "H"}},
                           {"type": "section", "block_id": "s", "text": dict(text), "fields": [dict(text)]},
                           {"type": "context", "block_id": "c", "elements": [dict(text)]}]}
    def put(text):
        def change(p):
            p["blocks"][1]["text"]["text"] = text
        return change
    def header(text):
        def change(p):
            p["blocks"][0]["text"]["text"] = text
        return change
    fine = [put("x" * 3000), put("&amp; &lt;!channel&gt;"), put("<https://example.org/a?b=1&amp;c=2|d>"), put("`a` ```b```"), header("x" * 150),
            put("<!date^1795000000^{date_short_pretty} {time}|2026-11-18 11:06 UTC>")]
    bad = [put("x" * 3001), put("😀" * 1501), put(""), put("<!channel>"), put("<@U1>"), put("a & b"), put("a > b"), put("&amp"), put("```a"), put("`a"),
           put("<https://example.org>"), put("<https://u:p@example.org/|a>"), put("<javascript:alert(1)|a>"), put("a\x07"), put("a\u202eb"), put("\ufffd"),
           put("<!date^1795000000^{time}|11:06>"), header("x" * 151), header("<!here>"), lambda p: p.update(txt="a"), lambda p: p.pop("text"),
           lambda p: p.update(ts="1795000125.000419"), lambda p: p.pop("parse"), lambda p: p["blocks"].append(p["blocks"][0]),
           lambda p: p["blocks"][1]["text"].pop("verbatim"), lambda p: p["blocks"][1].update(fields=[]), lambda p: p["blocks"][0].update(type="alert"),
           lambda p: p["blocks"][1].update(fields=p["blocks"][1]["fields"] * 11), lambda p: p.update(attachments=[{}]),
           lambda p: p.update(blocks=[dict(p["blocks"][1], block_id=str(i)) for i in range(21)])]
    for changes, expected in ((fine, False), (bad, True)):
        for i, change in enumerate(changes):
            payload = good()
            change(payload)
            problems = validate(json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass"), "chat.postMessage")
            if bool(problems) != expected:
                print(f"self-test: {'bad' if expected else 'fine'} payload {i} gave {problems}")
                return 1
    return 0


def main(args):
    if args[:1] == ["--self-test"]:
        return self_test()
    failed = 0
    for path in args:
        raw = open(path, "rb").read()
        body = json.loads(raw)
        method = "webhook" if "channel" not in body else "chat.update" if "ts" in body else "chat.postMessage"
        for problem in validate(raw, method):
            print(f"{path}: {problem}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
