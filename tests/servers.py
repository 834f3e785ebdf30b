"""A private mail world on loopback: Dovecot for the mailboxes, a border for SMTP, a test CA.

    with servers.World({"stages@univ.example.org": "secret", ...}) as world:
        world.deliver("stages@univ.example.org", raw)            # straight into the mailbox (LMTP)
        world.submit(raw, sender, [recipient], login=sender)     # through the border, as a mail program does
        world.wait_for("tutor@company.example.org", 1)           # -> [bytes]

Everything lies in one throw-away folder and listens on 127.0.0.1 with free ports. It runs as any user; for
root, Dovecot runs as nobody. Leaving the `with` block, an exception, SIGTERM and even the death of this
process end every server. `python3 tests/servers.py USER=PASSWORD…` runs a world until its standard input
ends, and prints where everything is as one line of JSON.
"""
import argparse
import atexit
import ctypes
import email.utils
import imaplib
import json
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import border as border_module  # noqa: E402

HOST = "localhost"
PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Certificates:
    """A CA of our own and what it signed, valid for thirty years so that a faked clock finds them valid."""

    SPECIAL = {  # name: (subjectAltName, extendedKeyUsage, first day, last day)
        "good": (f"DNS:{HOST},IP:127.0.0.1", "serverAuth", "20200101000000Z", "20491231000000Z"),
        "wrong-host": ("DNS:other.example.org", "serverAuth", "20200101000000Z", "20491231000000Z"),
        "expired": (f"DNS:{HOST},IP:127.0.0.1", "serverAuth", "20200101000000Z", "20210101000000Z"),
        "client-only": (f"DNS:{HOST},IP:127.0.0.1", "clientAuth", "20200101000000Z", "20491231000000Z"),
    }

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self._write("index.txt", "")
        self._write("ca.conf", "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nnew_certs_dir=.\n"
                    "default_md=sha256\npolicy=any\nrand_serial=yes\nunique_subject=no\n"
                    "[any]\ncommonName=supplied\n")
        self._make_self_signed("ca", "Facteur test CA", "basicConstraints=critical,CA:TRUE")
        self.ca_file = self._path("ca.pem")

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self._path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError("openssl " + arguments[0] + ": " + done.stderr.decode())

    def _make_self_signed(self, name, subject, extension):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-days", "10950", "-subj", "/CN=" + subject, "-addext", extension,
                      "-keyout", name + ".key", "-out", name + ".pem")

    def get(self, name):
        """(certificate file, key file) of good, wrong-host, expired, client-only, self-signed, other-ca."""
        if not os.path.exists(self._path(name + ".pem")):
            if name in self.SPECIAL:
                self._issue(name, *self.SPECIAL[name])
            else:
                self._make_self_signed(name, HOST, f"subjectAltName=DNS:{HOST},IP:127.0.0.1")
        return self._path(name + ".pem"), self._path(name + ".key")

    def _issue(self, name, alternative_names, usage, first, last):
        self._write(name + ".ext", f"subjectAltName={alternative_names}\nextendedKeyUsage={usage}\n"
                    "basicConstraints=critical,CA:FALSE\n")
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".csr")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key",
                      "-startdate", first, "-enddate", last, "-extfile", name + ".ext",
                      "-in", name + ".csr", "-out", name + ".pem")

    def server_context(self, name="good"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.get(name))
        return context

    def client_context(self):
        return ssl.create_default_context(cafile=self.ca_file)


DOVECOT_CONF = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
auth_failure_delay = 0
auth_mechanisms = plain login
mail_max_userip_connections = 100
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
lmtp_hdr_delivery_address = final
mail_location = maildir:~/Maildir
mail_fsync = {fsync}
passdb {{
  driver = passwd-file
  args = username_format=%Lu {folder}/passwd
}}
userdb {{
  driver = static
  args = home={folder}/mail/%Lu
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0600
  }}
}}
protocol imap {{
  mail_plugins =
  {imap_extra}
}}
{extra}
"""


class Dovecot:
    """IMAP (STARTTLS and TLS) and LMTP, with its own users, below `folder`."""

    def __init__(self, folder, users, certificate, separator="/", imap_extra="", fsync="never"):
        os.makedirs(os.path.join(folder, "mail"))
        self.folder = folder
        self.users = dict(users)
        self.lmtp_socket = os.path.join(folder, "lmtp")
        self.uid, self.gid = os.getuid(), os.getgid()
        if self.uid == 0:
            nobody = pwd.getpwnam("nobody")
            self.uid, self.gid = nobody.pw_uid, nobody.pw_gid
        self._settings = {"certificate": certificate[0], "key": certificate[1], "separator": separator,
                          "imap_extra": imap_extra, "fsync": fsync, "extra": ""}
        self._process = None
        self._write_users()
        self.imap_port = self.imaps_port = 0
        self.start()

    def _write_users(self):
        path = os.path.join(self.folder, "passwd")
        with open(path + ".new", "w", encoding="utf-8") as file:
            for user, password in self.users.items():
                file.write(f"{user}:{{PLAIN}}{password}::::::\n")
        self._own(path + ".new")
        os.rename(path + ".new", path)

    def add_user(self, user, password):
        self.users[user] = password
        self._write_users()
        time.sleep(1.1)  # Dovecot looks at the file once a second

    def _own(self, path):
        if os.getuid() == 0:
            os.chown(path, self.uid, self.gid)

    def own_tree(self, top):
        """Files that root wrote become Dovecot's."""
        if os.getuid() == 0:
            self._own(top)
            for folder, folders, files in os.walk(top):
                for name in folders + files:
                    self._own(os.path.join(folder, name))

    def start(self):
        for _ in range(3):  # a free port may be taken before Dovecot binds it
            self.imap_port = self.imap_port or free_port()
            self.imaps_port = self.imaps_port or free_port()
            if self._try_start():
                return
            self.imap_port = self.imaps_port = 0
        raise RuntimeError("Dovecot does not start: " + self._log())

    def _log(self):
        try:
            with open(os.path.join(self.folder, "dovecot.log"), encoding="utf-8", errors="replace") as file:
                return file.read()[-2000:]
        except OSError:
            return "no log"

    def _try_start(self):
        names = {"user": pwd.getpwuid(self.uid).pw_name, "uid": self.uid, "gid": self.gid}
        names["group"] = subprocess.run(["id", "-gn", names["user"]], check=True, capture_output=True,
                                        text=True).stdout.strip()
        conf = os.path.join(self.folder, "dovecot.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(DOVECOT_CONF.format(folder=self.folder, imap_port=self.imap_port,
                                           imaps_port=self.imaps_port, **names, **self._settings))
        self.own_tree(self.folder)
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.getuid() == 0 else {}
        with open(os.path.join(self.folder, "stderr"), "wb") as errors:
            self._process = subprocess.Popen(
                [dovecot_program(), "-F", "-c", conf], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                preexec_fn=die_with_parent, start_new_session=True, **identity)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.imap_port), 1) as probe:
                    if probe.recv(4) == b"* OK":
                        return True
            except OSError:
                time.sleep(0.02)
        self.stop()
        return False

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(0.3)
            except subprocess.TimeoutExpired:  # it waits a second for idle helpers
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None

    def use_certificate(self, certificate):
        """Starts again on the same ports with another certificate."""
        self._settings["certificate"], self._settings["key"] = certificate
        self.stop()
        self.start()

    def restart_with(self, extra):
        """Starts again on the same ports with more configuration."""
        self._settings["extra"] = extra
        self.stop()
        self.start()

    def mail_folder(self, user):
        return os.path.join(self.folder, "mail", user.lower(), "Maildir")

    def maildir(self, user):
        """The user's Maildir, made when it is not there yet."""
        top = self.mail_folder(user)
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(top, name), mode=0o700, exist_ok=True)
        self.own_tree(os.path.dirname(top))
        return top


def dovecot_program():
    return shutil.which("dovecot") or "/usr/sbin/dovecot"


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Mailbox:
    """One user's mailbox over imaplib, for looking; never marks anything seen."""

    def __init__(self, world, user, folder="INBOX"):
        self.imap = imaplib.IMAP4_SSL(HOST, world.dovecot.imaps_port,
                                      ssl_context=world.certificates.client_context())
        secret = f"\0{user}\0{world.dovecot.users[user]}".encode()
        self.imap.authenticate("PLAIN", lambda _: secret)
        self.select(folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.imap.logout()
        except (imaplib.IMAP4.error, OSError):
            pass

    def select(self, folder):
        answer, data = self.imap.select('"' + folder_to_wire(folder) + '"')
        if answer != "OK":
            raise LookupError(f"no folder {folder}: {data}")

    def folders(self):
        _, lines = self.imap.list()
        names = []
        for line in lines:
            if line:
                name = line.decode("ascii").split(' "', 1)[1].split('" ', 1)[1].strip('"')
                names.append(folder_from_wire(name))
        return sorted(names)

    def uids(self, query="ALL"):
        _, data = self.imap.uid("SEARCH", query)
        return [int(uid) for uid in (data[0] or b"").split()]

    def messages(self):
        """[(uid, raw bytes)], oldest first."""
        self.imap.noop()
        found = []
        uids = self.uids()
        for start in range(0, len(uids), 100):
            _, parts = self.imap.uid("FETCH", ",".join(map(str, uids[start:start + 100])), "(UID BODY.PEEK[])")
            for part in parts:
                if isinstance(part, tuple):
                    uid = int(part[0].decode().split("UID ", 1)[1].split(" ", 1)[0])
                    found.append((uid, part[1]))
        return found

    def move(self, uid, folder):
        self.imap.uid("MOVE", str(uid), '"' + folder_to_wire(folder) + '"')

    def append(self, raw, folder="INBOX"):
        self.imap.append('"' + folder_to_wire(folder) + '"', None, None, raw)


def folder_to_wire(name):
    """Modified UTF-7 (RFC 3501, 5.1.3)."""
    text = ""
    run = ""

    def flush():
        nonlocal text, run
        if run:
            import base64
            text += "&" + base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
            run = ""
    for character in name:
        if " " <= character <= "~":
            flush()
            text += "&-" if character == "&" else character
        else:
            run += character
    flush()
    return text


def folder_from_wire(name):
    import base64
    text, rest = "", name
    while "&" in rest:
        before, rest = rest.split("&", 1)
        code, rest = rest.split("-", 1)
        if code:
            code = code.replace(",", "/")
            text += before + base64.b64decode(code + "=" * (-len(code) % 4)).decode("utf-16-be")
        else:
            text += before + "&"
    return text + rest


class World:
    """Dovecot, the border and the certificates. users: {address: password}; any domain is local.

    Attributes for a client: host, ca_file, imap_port (STARTTLS), imaps_port, smtp_port (submission, STARTTLS),
    smtps_port, mx_port (mail from outside: no AUTH, no TLS), authserv (the border's authserv-id), folder.
    """

    def __init__(self, users, folder=None, authserv="border.example.org", separator="/", imap_extra="",
                 fsync="never"):
        self._made_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="facteur-", dir=short_temporary_folder())
        self.host, self.authserv = HOST, authserv
        self.dovecot = self.border = None
        self._closed = False
        atexit.register(self.close)
        self._catch_sigterm()
        try:
            os.makedirs(self.folder, exist_ok=True)
            os.chmod(self.folder, 0o711)
            self.certificates = Certificates(os.path.join(self.folder, "certificates"))
            self.ca_file = self.certificates.ca_file
            self.dovecot = Dovecot(os.path.join(self.folder, "dovecot"), users,
                                   self._dovecot_certificate("good"), separator, imap_extra, fsync)
            self.imap_port, self.imaps_port = self.dovecot.imap_port, self.dovecot.imaps_port
            self.border = border_module.Border(self.dovecot.users, self.dovecot.lmtp_socket, authserv,
                                               self.certificates.server_context())
            self.smtp_port, self.smtps_port = self.border.smtp_port, self.border.smtps_port
            self.mx_port = self.border.mx_port
        except BaseException:
            self.close()
            raise

    def _catch_sigterm(self):
        if threading.current_thread() is threading.main_thread() and \
                signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

    def _dovecot_certificate(self, name):
        certificate = self.certificates.get(name)
        for path in certificate:  # Dovecot's user must read the key
            os.chmod(path, 0o644)
        return certificate

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._closed:
            return
        self._closed = True
        if self.border is not None:
            self.border.stop()
        if self.dovecot is not None:
            self.dovecot.stop()
        if self._made_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)

    def use_certificate(self, name):
        self.dovecot.use_certificate(self._dovecot_certificate(name))

    def add_user(self, user, password):
        self.dovecot.add_user(user, password)  # the border shares the table

    def deliver(self, recipient, raw, sender=""):
        """Straight into the mailbox, as the last hop does. +detail stays in Delivered-To."""
        border_module.lmtp_deliver(self.dovecot.lmtp_socket, sender, recipient, raw)

    def submit(self, raw, sender, recipients, login=None):
        """Through the border with TLS and AUTH as `login` (its password is known here)."""
        with smtplib.SMTP(HOST, self.smtp_port, local_hostname="client.example.org") as smtp:
            smtp.starttls(context=self.certificates.client_context())
            user = login or sender
            smtp.login(user, self.dovecot.users[user])
            smtp.sendmail(sender, recipients, raw)

    def arrive(self, raw, sender, recipients):
        """From outside: no login. The verdict is border.verdicts[domain of From], else fail for a local
        domain (it is spoofed) and none for the others."""
        with smtplib.SMTP("127.0.0.1", self.mx_port, local_hostname="outside.example.net") as smtp:
            smtp.sendmail(sender, recipients, raw)

    def mailbox(self, user, folder="INBOX"):
        return Mailbox(self, user, folder)

    def messages(self, user, folder="INBOX"):
        """[bytes] of a folder, oldest first; empty when the folder is not there."""
        try:
            with self.mailbox(user, folder) as mailbox:
                return [raw for _, raw in mailbox.messages()]
        except LookupError:
            return []

    def folders(self, user):
        with self.mailbox(user) as mailbox:
            return mailbox.folders()

    def wait_for(self, user, count, folder="INBOX", seconds=20):
        """Waits until a folder holds at least `count` messages and gives them."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.messages(user, folder)
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"{user} {folder}: {len(found)} messages after {seconds} s, not {count}")
            time.sleep(0.05)

    def fill(self, user, messages, received_at=None):
        """Writes raw messages (any iterable of bytes) straight into the Maildir: 50,000 in some seconds."""
        folder = os.path.join(self.dovecot.maildir(user), "cur")
        start = int(received_at or time.time())
        count = 0
        for raw in messages:
            path = os.path.join(folder, f"{start}.M{count:06d}P{os.getpid()}.fill,S={len(raw)}:2,")
            with open(path, "wb") as file:
                file.write(raw)
            if os.getuid() == 0:
                os.chown(path, self.dovecot.uid, self.dovecot.gid)
            if received_at is not None:
                os.utime(path, (received_at, received_at))
            count += 1
        return count

    def description(self):
        return {"folder": self.folder, "host": self.host, "ca_file": self.ca_file, "imap_port": self.imap_port,
                "imaps_port": self.imaps_port, "smtp_port": self.smtp_port, "smtps_port": self.smtps_port,
                "mx_port": self.mx_port, "authserv": self.authserv, "lmtp_socket": self.dovecot.lmtp_socket}


def short_temporary_folder():
    """Unix sockets below it must stay under 108 bytes."""
    folder = tempfile.gettempdir()
    return folder if len(folder) < 50 else "/tmp"


class Scripted:
    """A server that plays a script: `play(connection, number)` is called in a thread for each connection with
    a Peer; when it returns, the connection is closed. For servers that misbehave below the protocol."""

    class Peer:
        def __init__(self, connection):
            self.socket = connection
            self.file = connection.makefile("rb")
            self.greeted = False

        def send(self, data):
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())

        def line(self):
            return self.file.readline().decode("utf-8", "replace").rstrip("\r\n")

        def hang_up(self):
            self.socket.shutdown(socket.SHUT_RDWR)

        def start_tls(self, context):
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.file = self.socket.makefile("rb")

    def __init__(self, play, tls=None):
        self.play, self.tls = play, tls
        self.connections = 0
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            peer = self.Peer(connection)
            self.play(peer, number)
            peer.socket.close()
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def close(self):
        self._listener.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tap:
    """Test Anything Protocol for the script tests: `with tap.case("name"):` around assertions."""

    def __init__(self):
        self.count = self.failed = 0

    def case(self, name):
        return _Case(self, name)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def finish(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)


class _Case:
    def __init__(self, tap, name):
        self.tap, self.name = tap, name

    def __enter__(self):
        self.started = time.monotonic()
        return self

    def __exit__(self, kind, value, trace):
        self.tap.count += 1
        took = f"{time.monotonic() - self.started:.2f} s"
        if kind is None:
            print(f"ok {self.tap.count} - {self.name} ({took})", flush=True)
            return False
        if not issubclass(kind, Exception):
            return False
        self.tap.failed += 1
        print(f"not ok {self.tap.count} - {self.name} ({took})", flush=True)
        import traceback
        for line in traceback.format_exception(kind, value, trace):
            for part in line.rstrip().splitlines():
                print("# " + part, flush=True)
        return True


def message(sender, recipient, subject="Bonjour", text="Bonjour.\r\n", **headers):
    """A small mail as bytes; headers as keyword arguments with _ for -."""
    lines = [f"From: {sender}", f"To: {recipient}", f"Subject: {subject}",
             "Date: " + email.utils.formatdate(localtime=True),
             "Message-ID: " + email.utils.make_msgid(domain="example.org")]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def main():
    parser = argparse.ArgumentParser(description="a private mail world until standard input ends")
    parser.add_argument("users", nargs="+", metavar="ADDRESS=PASSWORD")
    parser.add_argument("--folder", help="where (default: a throw-away folder)")
    parser.add_argument("--sink", action="store_true", help="the border accepts and counts, delivers nothing")
    arguments = parser.parse_args()
    users = dict(user.split("=", 1) for user in arguments.users)
    with World(users, arguments.folder) as world:
        world.border.is_sink = arguments.sink
        print(json.dumps(world.description()), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
