"""A real Postfix that is unpacked, not installed: it replaces nobody's mail server. Only root can run it.

    with postfix.Postfix(world) as server:      # world: tests/servers.py
        server.port                             # submission with STARTTLS, no login; hands everything to the border
"""
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time

import servers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
meta_directory = {folder}/etc
shlib_directory = {root}/usr/lib/postfix
mail_owner = daemon
setgid_group = games
default_privs = nobody
import_environment = MAIL_CONFIG LANG=C LD_LIBRARY_PATH={root}/usr/lib/postfix
myhostname = mx.univ.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = check_recipient_access inline:{{blocked.example.org=REJECT}}, permit_mynetworks, reject
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_security_level = encrypt
relayhost = [127.0.0.1]:{mx_port}
smtp_tls_security_level = none
recipient_delimiter = +
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def unpack():
    """Debian's package below build/postfix; None when it is not to be had."""
    target = os.path.join(ROOT, "build", "postfix")
    if os.path.exists(os.path.join(target, "usr/lib/postfix/sbin/master")):
        return target
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        done = subprocess.run(["apt-get", "download", "-q", "postfix"], cwd=folder, capture_output=True, check=False)
        packages = glob.glob(os.path.join(folder, "postfix_*.deb"))
        if done.returncode != 0 or not packages:
            return None
        subprocess.run(["dpkg", "-x", packages[0], target], check=True)
    return target


class Postfix:
    def __init__(self, world):
        self.root = unpack()
        self.folder = tempfile.mkdtemp(prefix="facteur-postfix-")
        os.chmod(self.folder, 0o755)
        self.port = servers.free_port()
        certificate, key = world.certificates.get("good")
        names = {"folder": self.folder, "root": self.root, "port": self.port, "mx_port": world.mx_port,
                 "certificate": certificate, "key": key}
        for name in ("etc", "queue", "data"):
            os.makedirs(os.path.join(self.folder, name))
        for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
            with open(os.path.join(self.folder, "etc", name), "w", encoding="ascii") as file:
                file.write(text.format(**names))
        self._make_queue()
        environment = {"PATH": os.environ["PATH"], "MAIL_CONFIG": os.path.join(self.folder, "etc"),
                       "LD_LIBRARY_PATH": os.path.join(self.root, "usr/lib/postfix")}
        self.process = subprocess.Popen([os.path.join(self.root, "usr/lib/postfix/sbin/master"), "-d", "-c", environment["MAIL_CONFIG"]],
                                        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, start_new_session=True)

    def _make_queue(self):
        """What `postfix check` would make, without its script."""
        queue = os.path.join(self.folder, "queue")
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace",
                     "public", "maildrop"):
            os.makedirs(os.path.join(queue, name))
            shutil.chown(os.path.join(queue, name), "daemon")
        os.makedirs(os.path.join(queue, "pid"))
        shutil.chown(os.path.join(self.folder, "data"), "daemon")
        for name in ("public", "maildrop"):
            shutil.chown(os.path.join(queue, name), "daemon", "games")
        os.chmod(os.path.join(queue, "public"), 0o710)
        os.chmod(os.path.join(queue, "maildrop"), 0o730)

    def wait(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                    if probe.recv(4) == b"220 ":
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Postfix does not start: " + self.log())

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return "no log"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)
