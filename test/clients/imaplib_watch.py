"""Selects the inbox and says `ready`; after each line read, says what the server told. `noop` asks, `idle` waits."""

import imaplib
import json
import ssl
import sys

port, certificate, password, how = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
imap = imaplib.IMAP4_SSL('localhost', int(port), ssl_context=context)
imap.login('alice@example.org', password)
imap.select('INBOX')


def say(told):
    print(json.dumps(told), flush=True)


if how == 'idle':
    with imap.idle(duration=20) as idler:
        say('ready')
        for kind, data in idler:
            say([kind, data[-1].decode()])
            if kind == 'EXPUNGE':
                break
else:
    say('ready')
    for _ in sys.stdin:
        imap.noop()
        kinds = ('EXPUNGE', 'EXISTS', 'FETCH')
        say({kind: [each.decode() for each in imap.response(kind)[1] if each] for kind in kinds})
imap.logout()
