"""The border of the private mail world: an SMTP server that does what a university's does.

It takes submissions (TLS and AUTH) and mail from outside, stamps Authentication-Results and Received, delivers
by LMTP with the +detail address kept, answers an unknown recipient with a delivery status notification
(RFC 3464) to the envelope sender, and can be told to misbehave.
"""
import asyncio
import base64
import concurrent.futures
import email
import email.policy
import email.utils
import smtplib
import threading
import time
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

DROP = "drop"              # closes the connection without a word
DROP_AFTER = "drop-after"  # stage "dot": accepts and delivers, then closes without the 250

SEEN_AS = "203.0.113.25"     # where mail comes from, as the border stamps it: a hop on loopback would be an inside one

STAGES = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "dot")


@dataclass
class Accepted:
    """One transaction that the border took responsibility for."""
    sender: str
    recipients: list
    raw: bytes
    login: str
    at: float = field(default_factory=time.time)

    @property
    def message_id(self):
        return (email.message_from_bytes(self.raw).get("Message-ID") or "").strip().strip("<>")


@dataclass
class Fault:
    stage: str
    what: object  # a reply ("451 4.3.0 later"), DROP, DROP_AFTER, or seconds to wait
    times: int
    match: str    # part of the recipient (rcpt, data, dot), sender (mail) or "" for any


def lmtp_deliver(socket_path, sender, recipient, raw):
    with smtplib.LMTP(socket_path, local_hostname="border") as lmtp:
        lmtp.sendmail(sender, [recipient], raw)


def base_address(address):
    local, _, domain = address.lower().rpartition("@")
    return local.split("+", 1)[0] + "@" + domain


class Connection(SMTP):
    """aiosmtpd's session with the stages that it has no hook for."""

    def __init__(self, border, *args, **kwargs):
        self.border = border
        super().__init__(*args, **kwargs)

    async def _handle_client(self):
        if await self.border.stumble(self, "connect"):
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_EHLO(self, hostname):
        if not await self.border.stumble(self, "ehlo"):
            await super().smtp_EHLO(hostname)

    async def auth_XOAUTH2(self, _server, arguments):
        """user=…^Aauth=Bearer …^A^A, as Microsoft and Google have it."""
        blob = base64.b64decode(arguments[1]) if len(arguments) > 1 else await self.challenge_auth("")
        user, bearer = blob.decode().rstrip("\1").split("\1")
        login, token = user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")
        if token and self.border.tokens.get(login) == token:
            return AuthResult(success=True, auth_data=login)
        return AuthResult(success=False, handled=False, message="535 5.7.3 Authentication unsuccessful")

    async def smtp_MAIL(self, arg):
        if not await self.border.stumble(self, "mail", arg or ""):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        if not await self.border.stumble(self, "rcpt", arg or ""):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        fault = self.border.next_fault("data", " ".join(self.envelope.rcpt_tos))
        if fault == DROP:
            await self.push("354 go ahead")
            await self._reader.readline()
            self.transport.abort()
        elif not await self.border.act(self, fault):
            await super().smtp_DATA(arg)


class Border:
    """users is shared with the caller: {address: password}. Attributes to set while running:

    verdicts   {domain: "pass" | "fail" | "none"} for mail from outside; a users' domain without login is "fail"
    now        None, or a datetime with zone for Received and Date stamps
    is_sink    accept and count, deliver nothing
    refuses_unknown  550 at RCPT instead of a notification afterwards
    keeps_forged     leaves Authentication-Results that came with the mail (careless borders do)
    tokens     {address: access token} for AUTH XOAUTH2
    accepted   every transaction taken, in order
    """

    def __init__(self, users, lmtp_socket, authserv, tls_context, hostname=None):
        self.users, self.lmtp_socket, self.authserv = users, lmtp_socket, authserv
        self.hostname = hostname or authserv
        self.verdicts, self.now, self.accepted, self.bounced = {}, None, [], []
        self.tokens = {}
        self.is_sink = self.refuses_unknown = self.keeps_forged = False
        self.connections = 0
        self._faults = []
        self._lock = threading.Lock()
        self._pool = concurrent.futures.ThreadPoolExecutor(8)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        secure = {"authenticator": self._authenticate, "auth_required": True}
        self.smtp_port = self._listen(None, tls_context=tls_context, require_starttls=True, **secure)
        self.smtps_port = self._listen(tls_context, auth_require_tls=False, **secure)
        self.mx_port = self._listen(None)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # clients that vanish are part of the tests
        self._loop.run_forever()

    def _listen(self, implicit_tls, **settings):
        import logging
        import warnings
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", module="aiosmtpd")

        def session():
            self.connections += 1
            return Connection(self, self, hostname=self.hostname, ident="ESMTP", data_size_limit=60 << 20,
                              loop=self._loop, **settings)

        async def create():
            server = await self._loop.create_server(session, "127.0.0.1", 0, ssl=implicit_tls, backlog=128)
            return server.sockets[0].getsockname()[1]
        return asyncio.run_coroutine_threadsafe(create(), self._loop).result(10)

    def stop(self):
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._pool.shutdown(wait=True)

    async def _close_all(self):
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # misbehaviour

    def misbehave(self, stage, what, times=1, match=""):
        """The next `times` times that `stage` is reached (and the address holds `match`)."""
        assert stage in STAGES
        with self._lock:
            self._faults.append(Fault(stage, what, times, match))

    def behave(self):
        with self._lock:
            self._faults.clear()

    def next_fault(self, stage, address=""):
        with self._lock:
            for fault in self._faults:
                if fault.stage == stage and fault.match in address:
                    fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                    return fault.what
        return None

    async def act(self, session, fault):
        """Plays a fault; true when the stage is over with it."""
        if fault is None:
            return False
        if isinstance(fault, (int, float)):
            await asyncio.sleep(fault)
            return False
        if fault == DROP:
            session.transport.abort()
        else:
            await session.push(fault)
        return True

    async def stumble(self, session, stage, address=""):
        return await self.act(session, self.next_fault(stage, address))

    # aiosmtpd's hooks

    def _authenticate(self, _server, _session, _envelope, _mechanism, data):
        fault = self.next_fault("auth")
        if isinstance(fault, str):
            return AuthResult(success=False, handled=False, message=fault)
        if isinstance(data, LoginPassword):
            login, password = data.login.decode(), data.password.decode()
            if self.users.get(login) == password:
                return AuthResult(success=True, auth_data=login)
        return AuthResult(success=False, handled=False, message="535 5.7.8 Authentication credentials invalid")

    async def handle_RCPT(self, _server, session, envelope, address, options):
        unknown = base_address(address) not in self.users
        if unknown and (self.refuses_unknown or not session.authenticated):
            return f"550 5.1.1 <{address}>: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        fault = self.next_fault("dot", " ".join(envelope.rcpt_tos))
        if isinstance(fault, (int, float)):
            await asyncio.sleep(fault)
        elif fault == DROP:
            server.transport.abort()
            return "451 4.3.0 unreachable"
        elif fault is not None and fault != DROP_AFTER:
            return fault
        login = session.auth_data if session.authenticated else ""
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from
        accepted = Accepted(sender, list(envelope.rcpt_tos), bytes(envelope.content), login)
        with self._lock:
            self.accepted.append(accepted)
        if not self.is_sink:
            await self._loop.run_in_executor(self._pool, self._deliver_all, accepted)
        if fault == DROP_AFTER:
            server.transport.abort()
        return "250 2.0.0 Ok: queued"

    # delivery

    def _stamp_date(self):
        return email.utils.format_datetime(self.now) if self.now else email.utils.formatdate(localtime=True)

    def _verdict(self, accepted):
        author = email.utils.parseaddr(str(email.message_from_bytes(accepted.raw).get("From", "")))[1]
        domain = author.rpartition("@")[2].lower()
        if accepted.login:
            return domain, "pass" if base_address(author) == base_address(accepted.login) else "fail"
        if domain in self.verdicts:
            return domain, self.verdicts[domain]
        return domain, "fail" if domain in {user.rpartition("@")[2] for user in self.users} else "none"

    def _stamp(self, accepted, recipient):
        domain, verdict = self._verdict(accepted)
        aligned = verdict == "pass"
        how = "ESMTPSA" if accepted.login else "ESMTP"
        results = f"Authentication-Results: {self.authserv};\r\n"
        if accepted.login:
            results += f"\tauth={'pass' if aligned else 'fail'} smtp.auth={accepted.login};\r\n"
        results += (f"\tspf={'pass' if aligned else 'softfail'} smtp.mailfrom={accepted.sender or '<>'};\r\n"
                    f"\tdmarc={verdict} (p=none) header.from={domain}\r\n")
        received = (f"Received: from client (unknown [{SEEN_AS}])\r\n"
                    f"\tby {self.hostname} (Border) with {how} id {id(accepted):x}\r\n"
                    f"\tfor <{recipient}>; {self._stamp_date()}\r\n")
        return (results + received + f"X-Original-To: {recipient}\r\n").encode()

    def _without_forged(self, raw):
        """RFC 8601, section 5: fields that claim to be ours are removed."""
        if self.keeps_forged:
            return raw
        head, separator, body = raw.partition(b"\r\n\r\n")
        kept, skipping = [], False
        for line in head.split(b"\r\n"):
            if line[:1] not in b" \t" or not line:
                name, _, value = line.partition(b":")
                skipping = (name.strip().lower() == b"authentication-results"
                            and value.strip().lower().startswith(self.authserv.encode()))
            if not skipping:
                kept.append(line)
        return b"\r\n".join(kept) + separator + body

    def _deliver_all(self, accepted):
        for recipient in accepted.recipients:
            if base_address(recipient) in self.users:
                raw = self._stamp(accepted, recipient) + self._without_forged(accepted.raw)
                lmtp_deliver(self.lmtp_socket, accepted.sender, recipient, raw)
            else:
                self._bounce(accepted, recipient)

    def _bounce(self, accepted, recipient):
        self.bounced.append(recipient)
        if accepted.sender and base_address(accepted.sender) in self.users:
            report = self.delivery_report(accepted.raw, accepted.sender, recipient)
            stamp = f"Received: by {self.hostname} (Border);\r\n\t{self._stamp_date()}\r\n"
            lmtp_deliver(self.lmtp_socket, "", accepted.sender, stamp.encode() + report)

    def delivery_report(self, raw, sender, recipient, status="5.1.1",
                        diagnostic="550 5.1.1 no such user here", action="failed"):
        """A delivery status notification as Postfix words it."""
        head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        boundary = f"{id(raw):x}.{self.hostname}"
        what = "Undelivered Mail Returned to Sender" if action == "failed" else "Delayed Mail (still being retried)"
        return "\r\n".join([
            f"From: MAILER-DAEMON@{self.hostname} (Mail Delivery System)",
            f"Subject: {what}", f"To: {sender}", "Auto-Submitted: auto-replied",
            "Date: " + self._stamp_date(),
            "Message-ID: " + email.utils.make_msgid(domain=self.hostname),
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"',
            "", f"--{boundary}", "Content-Description: Notification", "Content-Type: text/plain; charset=us-ascii",
            "", f"This is the mail system at host {self.hostname}.", "",
            "I'm sorry to have to inform you that your message could not",
            "be delivered to one or more recipients. It's attached below.", "",
            f"<{recipient}>: {diagnostic}", "",
            f"--{boundary}", "Content-Description: Delivery report", "Content-Type: message/delivery-status", "",
            f"Reporting-MTA: dns; {self.hostname}", f"X-Postfix-Sender: rfc822; {sender}", "",
            f"Final-Recipient: rfc822; {recipient}", f"Original-Recipient: rfc822;{recipient}",
            f"Action: {action}", f"Status: {status}", f"Diagnostic-Code: smtp; {diagnostic}", "",
            f"--{boundary}", "Content-Description: Undelivered Message Headers",
            "Content-Type: text/rfc822-headers", "", head, "", f"--{boundary}--", ""]).encode()
