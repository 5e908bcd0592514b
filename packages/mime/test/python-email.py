# What Python's email package makes of messages: base64, one a line; answers JSON, one a line.
import base64
import json
import sys
from email import message_from_bytes, policy


def text_of(part):
    try:
        return part.get_content().replace("\r\n", "\n")
    except (LookupError, UnicodeError, AttributeError, ValueError):
        return part.get_payload(decode=True).decode("utf-8", "replace").replace("\r\n", "\n")


def understand(message):
    texts, names = [], []

    def visit(part):
        kind = part.get_content_type()
        inner = part.get_payload() if part.is_multipart() else []
        if not (inner and part.get_content_maintype() == "multipart"):
            names.append(part.get_filename())
        if not inner and part.get_content_maintype() == "text":
            texts.append(text_of(part))
        return [kind, *map(visit, inner)]

    tree = visit(message)
    sender = message["from"]
    addresses = getattr(sender, "addresses", ())
    return {
        "tree": tree,
        "subject": str(message["subject"] or ""),
        "from": [{"name": a.display_name or None, "email": a.addr_spec} for a in addresses],
        "texts": texts,
        "names": names,
    }


for line in sys.stdin.buffer:
    try:
        answer = understand(message_from_bytes(base64.b64decode(line), policy=policy.default))
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
