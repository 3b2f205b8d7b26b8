#!/usr/bin/env python3
"""mail_part.py FILE WHAT [NAME] -- one thing of a message, for tests.

header NAME: decoded; raw-header NAME: as it stands; type: of all parts; sealed: the armor of a
multipart/encrypted; signed, signature: both halves of a multipart/signed, byte for byte; text: the first
text; names: of attachments; file NAME: one attachment's bytes; lines: longest, only ASCII, bare newlines.
"""
import email
import email.policy
import sys


def main(name, what, arg=""):
    raw = open(name, "rb").read()
    m = email.message_from_bytes(raw, policy=email.policy.SMTP)
    out = sys.stdout.buffer.write
    if what == "header":
        print(m[arg])
    elif what == "raw-header":
        head = raw.split(b"\r\n\r\n", 1)[0].splitlines(True)
        out(b"".join(x for x in head if x.lower().startswith(arg.encode())))
    elif what == "type":
        print(*[p.get_content_type() for p in m.walk()])
    elif what in ("sealed", "signature"):
        out(list(m.iter_parts())[1].get_payload(decode=True))
    elif what == "signed":
        out(raw.split(b"--" + m.get_boundary().encode() + b"\r\n")[1][:-2])
    elif what == "text":
        text = next(p for p in m.walk() if p.get_content_type() == "text/plain")
        print(text.get_content().replace("\r\n", "\n"))
    elif what == "names":
        print(*[p.get_filename() for p in m.walk() if p.get_filename()])
    elif what == "file":
        out(next(p for p in m.walk() if p.get_filename() == arg).get_payload(decode=True))
    elif what == "lines":
        print(max(len(x) for x in raw.split(b"\r\n")), all(c < 128 for c in raw),
              b"\n" in raw.replace(b"\r\n", b""))


main(*sys.argv[1:])
