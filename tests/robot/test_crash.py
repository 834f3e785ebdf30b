"""The process killed (SIGKILL) at every stored step of the road in turn, then started again.

strace kills it at the n-th call of each kind that makes something last or tells somebody: spool and database writes
and syncs, IMAP and SMTP commands. Whatever n, the next start must end with the same journal, every mail in its folder,
and each mail of ours sent once; twice only within SMTP's own window (RFC 1047), which is counted and told.
"""
import os
import shutil
import subprocess
import sys

import road as road_module
from road import BEGIN, DONE, REVIEW, ROBOT, ROOT, Road, clients, servers

tap = servers.Tap()
NOW = "2027-02-02T10:00:00+01:00"
# what makes something last, and what tells a server
CALLS = {"fdatasync": "a sync", "fsync": "a sync of a new file", "pwrite64": "a write of database or spool",
         "sendto": "what goes to a server", "write": "a small write", "sendmsg": "what goes to a server"}
STATE = ("SELECT id, at, case_id, kind, step, person, payload FROM journal ORDER BY id",
         "SELECT message_id, recipient, template, state FROM outbox ORDER BY message_id",
         "SELECT uid, state, outcome, rule, folder FROM inbox WHERE door = 'mailbox' ORDER BY uid")


def traced(road, call, number):
    """True when the process was killed at that call."""
    command = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
               "-e", f"inject={call}:signal=KILL:when={number}"] + road.command("run", "--once", now=NOW)
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.returncode != 0


class Replay:
    """The same beginning for every run: one house, put back as it was."""

    def __init__(self, road, replies):
        self.road, self.replies = road, replies
        self.saved = road.folder + ".saved"
        shutil.copytree(road.path("state"), self.saved)
        self.expected = None

    def begin(self):
        shutil.rmtree(self.road.path("state"))
        shutil.copytree(self.saved, self.road.path("state"))
        with self.road.world.mailbox(ROBOT) as mailbox:
            for folder in ("INBOX", DONE, REVIEW):
                mailbox.select(folder)
                if mailbox.uids():
                    mailbox.imap.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
                    mailbox.imap.expunge()
            for raw in self.replies:
                mailbox.append(raw)
            uidnext = int(mailbox.imap.status("INBOX", "(UIDNEXT)")[1][0].split()[-1].rstrip(b")"))
        self.road.set_position(uidnext - len(self.replies) - 1)
        self.road.world.border.accepted.clear()

    def state(self):
        first = min((row[0] for row in self.road.rows(STATE[2])), default=0)
        inbox = [(row[0] - first, *row[1:]) for row in self.road.rows(STATE[2])]
        return self.road.rows(STATE[0]), self.road.rows(STATE[1]), inbox

    def check(self, where):
        """Gives how many mails went twice."""
        assert self.state() == self.expected, f"{where}: another journal, outbox or inbox"
        assert self.road.box() == [], f"{where}: a mail stays in the inbox"
        found = len(self.road.box(DONE)) + len(self.road.box(REVIEW))
        assert found == len(self.replies), f"{where}: {found} of {len(self.replies)} mails in their folders"
        self.road.audit()
        ids = [mail.message_id for mail in self.road.world.border.accepted]
        wanted = {row[0] for row in self.expected[1]} - self.before
        assert set(ids) == wanted, f"{where}: sent {ids}, wanted {wanted}"
        return len(ids) - len(set(ids))


def prepare(road):
    road.world.border.is_sink = True
    road.import_cases(3)
    road.once(BEGIN)
    replies = [road.stamp(mail.recipients[0])
               + clients.IPHONE.reply(mail.raw, text, f"Claire Moreau <{mail.recipients[0]}>", clients.at(NOW))
               for mail, text in zip(road.world.border.accepted, ("VALIDER", "Je ne suis pas sûre, à voir", "CORRIGER : la fin"))]
    road.once(BEGIN)
    replay = Replay(road, replies)
    replay.before = {row[0] for row in road.rows(STATE[1])}
    return replay


def check_call(replay, call, what, totals):
    number = kills = twice = 0
    while True:
        number += step_after(number)
        replay.begin()
        if not traced(replay.road, call, number):
            break
        kills += 1
        done = replay.road.run("run", "--once", now=NOW)
        assert done.returncode == 0, f"{call} {number}: {done.stderr}"
        doubled = replay.check(f"{call} {number} ({what})")
        assert doubled <= replay.road.connections, f"{call} {number}: {doubled} mails sent twice"
        twice += doubled
    totals.append((call, kills, twice))


def step_after(number):
    """Every one of the first calls, then every few: the loop's rounds are alike."""
    return 1 if number < 30 else 6


def main():
    if shutil.which("strace") is None:
        tap.skip("crash", "strace is not installed")
        tap.finish()
    with Road("submission.connections: 1") as road:
        road.connections = 1
        totals = []
        replay = prepare(road)
        with tap.case("the road without a crash"):
            replay.begin()
            road.once(NOW)
            replay.expected = replay.state()
            assert replay.check("no crash") == 0
            replay.begin()
            road.once(NOW)
            assert replay.state() == replay.expected, "the same road twice has two ends"
        for call, what in CALLS.items():
            with tap.case(f"killed at every {call} ({what})"):
                check_call(replay, call, what, totals)
        with tap.case("all of it was tried"):
            for call, kills, twice in totals:
                print(f"# {call}: killed {kills} times, {twice} mails sent twice in SMTP's own window", flush=True)
            assert sum(kills for _, kills, _ in totals) > 50
            assert sum(kills for call, kills, _ in totals if call in ("fdatasync", "pwrite64")) > 20
    tap.finish()


if __name__ == "__main__":
    # traced, the sanitized program takes minutes more and its leak finder cannot work
    if "FACTEUR_PLAIN" in os.environ:
        road_module.FACTEUR = os.path.join(ROOT, os.environ["FACTEUR_PLAIN"])
    sys.exit(main())
