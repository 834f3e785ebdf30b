#!/usr/bin/python3
"""A program under the restrictions of a systemd unit, without systemd: as far as one process can be put under them.

    sandbox.py UNIT ROOT UID PROGRAM…      as root

ROOT/usr/local, ROOT/etc/facteur, ROOT/var/lib/facteur, ROOT/run/credentials stand for those places. From the unit: user,
no new privileges, no capabilities, a read-only system (ProtectSystem=strict), no home, private /tmp and /dev, /proc without
the others' processes, and the system call filter with what else systemd makes filters of (MemoryDenyWriteExecute,
RestrictAddressFamilies, RestrictNamespaces, RestrictRealtime, RestrictSUIDSGID, LockPersonality). Not: cgroups, and a user
namespace of its own.
"""
import ctypes
import errno
import os
import re
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 1, 2, 4, 32, 4096, 16384, 1 << 18
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 24, 38, 4
ALLOW, DENY = 0x7FFF0000, 0x00050000 | errno.EPERM
NE, LT, LE, EQ, GE, GT, MASKED_EQ = range(1, 8)
NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
AF = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def must(code, what):
    if code != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind=None, flags=0, options=None):
    code = libc.mount(source.encode() if source else None, target.encode(), kind.encode() if kind else None, ctypes.c_ulong(flags),
                      options.encode() if options else None)
    must(code, f"mount {source} on {target}")


def settings(unit):
    """{name: [values in order]}"""
    found = {}
    with open(unit, encoding="utf-8") as file:
        for name, value in re.findall(r"^(\w+)=(.*)$", file.read(), re.M):
            found.setdefault(name, []).append(value)
    return found


# Files

def bind(source, target, is_read_only):
    mount(source, target, flags=MS_BIND | MS_REC)
    mount(None, target, flags=MS_BIND | MS_REMOUNT | (MS_RDONLY if is_read_only else 0))


def mount_points():
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return [line.split()[4].encode().decode("unicode_escape") for line in file]


def make_read_only():
    """ProtectSystem=strict: all but what is mounted over it afterwards."""
    for point in mount_points():
        if not point.startswith(("/proc", "/sys", "/dev")):
            try:
                mount(None, point, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
            except OSError:  # hidden below another
                pass


def private_devices():
    names = ("null", "zero", "full", "random", "urandom", "tty")
    os.makedirs("/tmp/devices", exist_ok=True)
    mount("tmpfs", "/tmp/devices", "tmpfs", MS_NOSUID, "mode=755,size=64k")
    for name in names:
        with open(f"/tmp/devices/{name}", "w", encoding="ascii"):
            pass
        mount(f"/dev/{name}", f"/tmp/devices/{name}", flags=MS_BIND)
    os.mkdir("/tmp/devices/shm")
    mount("/tmp/devices", "/dev", flags=MS_BIND | MS_REC)


def close_files(root, uid):
    must(libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", flags=MS_REC | MS_PRIVATE)
    for place in ("/etc/facteur", "/var/lib/facteur", "/run/credentials"):
        os.makedirs(place, exist_ok=True)
    keep = os.open(root, os.O_PATH | os.O_DIRECTORY)
    inside = f"/proc/self/fd/{keep}"
    private_devices()
    make_read_only()
    bind(f"{inside}/usr/local", "/usr/local", True)
    bind(f"{inside}/etc/facteur", "/etc/facteur", True)
    bind(f"{inside}/run/credentials", "/run/credentials", True)
    bind(f"{inside}/var/lib/facteur", "/var/lib/facteur", False)
    for place in ("/home", "/root", "/var/tmp"):
        mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=000,size=4k" if place != "/var/tmp" else "mode=1777,size=1m")
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=16m")
    mount("proc", "/proc", "proc", MS_NOSUID, "hidepid=invisible,subset=pid")
    os.close(keep)


# Who

def become(uid):
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.umask(0o077)
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# System calls

def group(name, seen=None):
    """The calls of a group, by systemd's own list."""
    seen = seen if seen is not None else set()
    if name in seen:
        return set()
    seen.add(name)
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    calls = set()
    for word in re.findall(r"^    (@?[\w-]+)$", text, re.M):
        calls |= group(word, seen) if word.startswith("@") else {word}
    return calls


def allowed_calls(unit):
    calls = group("@default")
    for line in unit.get("SystemCallFilter", []):
        is_taken = line.startswith("~")
        for word in line.lstrip("~").split():
            own = group(word) if word.startswith("@") else {word}
            calls = calls - own if is_taken else calls | own
    return calls


class Filter:
    def __init__(self, default):
        self.seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.seccomp.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.seccomp.seccomp_init(ctypes.c_uint32(default)))

    def add(self, action, name, *comparisons):
        number = self.seccomp.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return
        wanted = (Compare * max(len(comparisons), 1))(*comparisons)
        code = self.seccomp.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(comparisons), wanted)
        assert code == 0, (name, code)

    def load(self):
        code = self.seccomp.seccomp_load(self.context)
        assert code == 0, os.strerror(-code)


def conditions(unit):
    """What systemd makes filters of beside SystemCallFilter=."""
    rules = Filter(ALLOW)
    families = [AF[word] for word in " ".join(unit["RestrictAddressFamilies"]).split()]
    for family in range(46):
        if family not in families:
            rules.add(DENY, "socket", Compare(0, EQ, family, 0))
    rules.add(DENY, "socket", Compare(0, GT, 45, 0))
    rules.add(DENY, "mmap", Compare(2, MASKED_EQ, 6, 6))
    rules.add(DENY, "mprotect", Compare(2, MASKED_EQ, 4, 4))
    rules.add(DENY, "pkey_mprotect", Compare(2, MASKED_EQ, 4, 4))
    rules.add(DENY, "shmat", Compare(2, MASKED_EQ, 0o100000, 0o100000))
    for flag in NAMESPACES:
        rules.add(DENY, "unshare", Compare(0, MASKED_EQ, flag, flag))
        rules.add(DENY, "clone", Compare(0, MASKED_EQ, flag, flag))
    rules.add(DENY, "setns")
    rules.add(0x00050000 | errno.ENOSYS, "clone3")
    for policy in (1, 2, 6):
        rules.add(DENY, "sched_setscheduler", Compare(1, EQ, policy, 0))
    rules.add(DENY, "personality", Compare(0, NE, 0, 0))
    for name, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2)):
        for bit in (0o4000, 0o2000):
            rules.add(DENY, name, Compare(argument, MASKED_EQ, bit, bit))
    return rules


def main(unit_path, root, uid, *command):
    unit = settings(unit_path)
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute", "RestrictNamespaces"):
        assert unit[name] == ["yes"], name
    assert unit["ProtectSystem"] == ["strict"]
    calls = allowed_calls(unit)
    first, second = Filter(DENY), conditions(unit)
    for name in sorted(calls):
        first.add(ALLOW, name)
    close_files(root, int(uid))
    become(int(uid))
    second.load()
    first.load()  # last: it refuses what loading needs, were it not for the unit's own line
    os.chdir("/")
    os.execv(command[0], list(command))


if __name__ == "__main__":
    main(*sys.argv[1:])
