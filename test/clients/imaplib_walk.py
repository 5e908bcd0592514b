"""A walk through the commands of imaplib. Arguments: port, certificate, password. Prints what it met, as JSON."""

import imaplib
import json
import ssl
import sys
import time

port, certificate, password = sys.argv[1:]
met = {}


def ok(answer):
    status, data = answer
    assert status == 'OK', answer
    return data


def letter(subject):
    return f'From: bob@example.net\r\nSubject: {subject}\r\n\r\nHello {subject}.\r\n'.encode()


context = ssl.create_default_context(cafile=certificate)
imap = imaplib.IMAP4('localhost', int(port))
ok(imap.starttls(context))
met['wrong password'] = None
try:
    imap.login('alice@example.org', 'wrong')
except imaplib.IMAP4.error as error:
    met['wrong password'] = str(error)
ok(imap.login('alice@example.org', password))
met['namespace'] = ok(imap.namespace())[0].decode()
met['noop'] = ok(imap.noop())[0].decode()

# Mailboxes.
ok(imap.create('Lists'))
ok(imap.create('Lists/K&APY-ln'))
ok(imap.rename('Lists/K&APY-ln', 'Lists/Bonn'))
ok(imap.subscribe('Lists/Bonn'))
met['lsub'] = [line.decode() for line in ok(imap.lsub('""', 'Lists/%'))]
met['list'] = sorted(line.decode() for line in ok(imap.list()))
ok(imap.unsubscribe('Lists/Bonn'))
met['quoted'] = imap.create('"Two words"')[0]
ok(imap.delete('"Two words"'))

# Messages.
when = imaplib.Time2Internaldate(time.mktime((2026, 11, 20, 8, 0, 0, 0, 0, 0)))
for number in range(1, 7):
    flags = '(\\Seen work)' if number % 2 == 0 else None
    data = ok(imap.append('INBOX', flags, when, letter(f'letter {number}')))
    met.setdefault('append', []).append(data[0].decode().split(']')[0])
met['status'] = ok(imap.status('INBOX', '(MESSAGES RECENT UIDNEXT UNSEEN)'))[0].decode()
met['select'] = ok(imap.select('INBOX'))[0].decode()
met['permanentflags'] = imap.response('PERMANENTFLAGS')[1][0].decode()
met['recent'] = imap.recent()[1][0].decode()
met['search'] = ok(imap.search(None, 'UNSEEN', 'SUBJECT', '"letter"'))[0].decode()
met['search utf-8'] = ok(imap.search('UTF-8', 'NOT', 'KEYWORD', 'work'))[0].decode()
met['uid search'] = ok(imap.uid('SEARCH', 'SINCE', '19-Nov-2026'))[0].decode()
met['fetch'] = [
    [part.decode() for part in each] if isinstance(each, tuple) else each.decode()
    for each in ok(imap.fetch('2', '(FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])'))
]
met['partial'] = ok(imap.fetch('1', '(BODY.PEEK[TEXT]<1.4>)'))[0][1].decode()
met['internaldate'] = time.strftime('%Y', imaplib.Internaldate2tuple(ok(imap.fetch('1', 'INTERNALDATE'))[0]))
met['flags'] = sorted(flag.decode() for flag in imaplib.ParseFlags(ok(imap.fetch('2', 'FLAGS'))[0]))
met['store'] = [each.decode() for each in ok(imap.store('1', '+FLAGS', '(\\Flagged)'))]
ok(imap.copy('1:2', 'Archive'))
met['copyuid'] = imap.response('COPYUID')[1][0].decode().split(' ', 1)[1]
ok(imap.uid('MOVE', '3', 'Junk'))
met['move'] = imap.response('EXPUNGE')[1][0].decode()
ok(imap.store('3', '+FLAGS', '\\Deleted'))
met['expunge'] = [each.decode() for each in ok(imap.expunge())]
ok(imap.check())
ok(imap.store('1', '+FLAGS.SILENT', '\\Deleted'))
ok(imap.close())
met['examine'] = ok(imap.select('INBOX', readonly=True))[0].decode()
met['read-only'] = imap.store('1', '+FLAGS', '\\Seen')[0]
ok(imap.unselect() if hasattr(imap, 'unselect') else imap.close())
met['no such mailbox'] = imap.select('Nowhere')[0]
met['xatom'] = imap.xatom('ID', 'NIL')[0]
ok(imap.delete('Lists/Bonn'))
met['logout'] = imap.logout()[0]

imap = imaplib.IMAP4('localhost', int(port))
ok(imap.starttls(context))
ok(imap.authenticate('PLAIN', lambda _: f'\0alice@example.org\0{password}'.encode()))
imap.logout()

print(json.dumps(met))
