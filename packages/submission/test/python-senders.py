# What Python's email package takes for the senders of messages: a line of base64 in, a line of JSON out. Both of its
# ways: the old one that programs grew up with, and the new.
import base64
import json
import sys
from email import message_from_bytes, policy
from email.utils import getaddresses

NAMES = ["from", "sender", "resent-from", "resent-sender"]


def old(data):
    message = message_from_bytes(data)
    return {name: [a for _, a in getaddresses([str(v) for v in message.get_all(name, [])])] for name in NAMES}


def new(data):
    message = message_from_bytes(data, policy=policy.default)
    return {name: [a.addr_spec for v in message.get_all(name, []) for a in v.addresses] for name in NAMES}


for line in sys.stdin:
    data = base64.b64decode(line)
    answers = []
    for read in (old, new):
        try:
            answers.append(read(data))
        except Exception as error:
            answers.append({"error": repr(error)})
    print(json.dumps(answers))
