"""The disk of the state folder is full: whatever step of the road it hits, it is said, nothing is lost, nothing is done twice.

The state lies on a small file system in memory, which only root can mount; for others the test is skipped.
"""
import email
import errno
import os
import shutil
import subprocess

from road import BEGIN, DONE, Road, clients, later, servers

tap = servers.Tap()
LEFT_KB = (0, 4, 16, 40, 64, 96, 128, 192, 256, 384)  # how much is left when the mail comes


class SmallDisk:
    """A file system of few megabytes in place of the folder, with what lay in it."""

    def __init__(self, folder, size="16m"):
        self.folder, self.ballast = folder, os.path.join(folder, "ballast")
        kept = folder + ".kept"
        os.rename(folder, kept)
        os.mkdir(folder, 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "facteur-test", folder], check=True)
        shutil.copytree(kept, folder, dirs_exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self, left_kb):
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC
            file.truncate(max(0, file.tell() - left_kb * 1024))

    def free(self):
        os.remove(self.ballast)


def answers(road):
    """What came for the manager's questions, by Message-ID; reminders come beside them. One that was taken while nothing
    more could be written down goes once more, as the same mail (RFC 1047)."""
    return {email.message_from_bytes(raw)["Message-ID"] for raw in road.mails("manager")
            if "Suivi" in clients.Received(raw).subject}


def check_level(road, disk, number, left_kb):
    """A question comes while so much is left; then somebody makes room. True: it was too little."""
    now = later(BEGIN, days=number + 1)
    road.answer("manager", clients.IPHONE, road.mails("manager")[0], "SUIVI", now)
    disk.fill(left_kb)
    done = road.run("run", "--once", now=now)
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1), said
    if done.returncode == 1:
        assert "free some space" in said, f"the mend is not said: {said}"
        assert len(road.box()) + len(road.box(DONE)) == number + 1, "the mail is where it was, or where it belongs"
    disk.free()
    road.once(later(now, hours=1))
    assert road.rows("SELECT state, outcome FROM inbox WHERE door = 'mailbox'") == [("decided", "applied")] * (number + 1)
    assert road.value("SELECT count(*) FROM outbox WHERE state <> 'sent'") == 0
    assert len(answers(road)) == number + 1, "one answer, and one only"
    assert len(road.box(DONE)) == number + 1 and road.box() == []
    road.audit()
    return done.returncode == 1


def main():
    if os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        tap.skip("a full disk", "only root, where it may mount, can make a small one")
        return
    with Road() as road, SmallDisk(road.path("state")) as disk:
        road.import_cases()
        road.once()
        failed = 0
        for number, left_kb in enumerate(LEFT_KB):
            with tap.case(f"{left_kb} kB are left when a mail comes"):
                failed += check_level(road, disk, number, left_kb)
        with tap.case("it was too little, and not always"):
            assert 2 <= failed < len(LEFT_KB), failed


main()
tap.finish()
