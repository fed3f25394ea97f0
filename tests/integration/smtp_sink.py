#!/usr/bin/python3
"""A mail server that keeps what it gets, checks it byte by byte and refuses by name.

Usage: smtp_sink.py PORT_FILE LOG_FILE [--tls CERT KEY --user NAME --password WORD]
Recipients: refused@… gets 550; later@… gets 451 once; a mail whose subject holds "reject-data" gets 554 after its body.
The log has one JSON object a mail: from, to, headers, text, html, problems, tls, login.
"""
import argparse
import email
import email.policy
import json
import os
import re
import ssl
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("port_file")
parser.add_argument("log_file")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--user")
parser.add_argument("--password")
args = parser.parse_args()
seen = set()


def problems_of(raw):
    """What a strict server or reader would object to."""
    found = []
    head, _, _ = raw.partition(b"\r\n\r\n")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        found.append("a bare CR or LF")
    if any(byte > 126 for byte in raw):
        found.append("not 7 bit")
    if max(len(line) for line in raw.split(b"\r\n")) > 998:
        found.append("a line over 998")
    for line in head.split(b"\r\n"):
        if b"=?" in line and len(line) > 76:
            found.append("an encoded word's line over 76")
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith(b" ")]
    if len(names) != len(set(names)):
        found.append("a header is there twice")
    for name in (b"date", b"from", b"to", b"subject", b"message-id", b"in-reply-to", b"references", b"auto-submitted", b"mime-version", b"content-type"):
        if name not in names:
            found.append(f"no header {name.decode()}")
    if b"bcc" in names:
        found.append("a Bcc that nobody wrote")
    return found


def problems_of_parts(mail):
    """Text, then HTML; or text, then HTML with the one picture that it shows."""
    types = [part.get_content_type() for part in mail.walk()]
    if types == ["multipart/alternative", "text/plain", "text/html"]:
        return []
    if types != ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]:
        return [f"parts {types}"]
    page, picture = [part for part in mail.walk() if not part.is_multipart()][1:]
    cited = re.findall(r'src="cid:([^"]*)"', page.get_content())
    found = [] if [f"<{name}>" for name in cited] == [picture["content-id"]] else [f"the page shows {cited}, there is {picture['content-id']}"]
    return found + ([] if picture.get_content().startswith(b"\x89PNG\r\n\x1a\n") else ["the picture is no PNG"])


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@") and address not in seen:
            seen.add(address)
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        found = problems_of(raw) + [str(part.defects) for part in mail.walk() if part.defects]
        found += problems_of_parts(mail)
        parts = {p.get_content_type(): p.get_content() for p in mail.walk() if not p.is_multipart()}
        with open(args.log_file, "a", encoding="utf-8") as log:
            log.write(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "headers": {k.lower(): str(v) for k, v in mail.items()},
                                  "text": parts.get("text/plain", ""), "html": parts.get("text/html", ""), "problems": found,
                                  "tls": session.ssl is not None, "login": bool(session.authenticated)}) + "\n")
        return "554 5.7.1 not wanted" if "reject-data" in str(mail["subject"]) else "250 taken"


def login(server, session, envelope, mechanism, data):
    good = data.login == (args.user or "").encode() and data.password == (args.password or "").encode()
    return AuthResult(success=good, handled=good)  # unhandled: aiosmtpd itself says 535


class Served(Controller):
    def factory(self):
        options = {"hostname": "mail.example.org", "enable_SMTPUTF8": False}
        if args.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*args.tls)
            options.update(tls_context=context, require_starttls=True)
        if args.user:
            options.update(authenticator=login, auth_required=True)
        return SMTP(self.handler, **options)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


controller = Served(Sink(), hostname="127.0.0.1", port=free_port())
controller.start()
with open(args.port_file + ".new", "w", encoding="utf-8") as out:
    out.write(str(controller.port))
os.rename(args.port_file + ".new", args.port_file)
while True:
    time.sleep(60)
