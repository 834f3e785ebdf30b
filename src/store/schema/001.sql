-- The database of one robot. Raw mail is not in here: rows point into spool segments (segment, byte offset, byte length, SHA-256).
-- Instants are Unix seconds, UTC; 0 says "not yet". Ids are row numbers that are never used twice.
-- The words of a state are checked with OR: SQLite makes a table of its own for each IN at each row that changes.

CREATE TABLE house (                     -- one row: what this database is
        id INTEGER PRIMARY KEY CHECK (id = 1),
        instance TEXT NOT NULL,          -- `robot: instance` it was made for: a copy elsewhere must not mail everybody again
        made_at INTEGER NOT NULL,
        held_at INTEGER NOT NULL DEFAULT 0, -- all sending stopped then; 0: it goes on
        held_reason TEXT                 -- NULL: none was given, or nothing is held
) STRICT;

CREATE TABLE procedures (                -- versions that running cases began with
        hash TEXT PRIMARY KEY,           -- SHA-256 of the source, hex
        source BLOB NOT NULL             -- the files, joined
) STRICT;

CREATE TABLE mailboxes (                 -- how far each folder was read
        name TEXT PRIMARY KEY,           -- folder, UTF-8
        uidvalidity INTEGER NOT NULL,    -- of the server; another value means the UIDs mean something else
        last_uid INTEGER NOT NULL,       -- highest UID that was taken in
        seen_at INTEGER NOT NULL DEFAULT 0 -- when the robot last looked into it and all went well, to the minute or so; 0: never
) STRICT;

CREATE TABLE inbox (                     -- everything that happened, in order of arrival
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        door TEXT NOT NULL,              -- mailbox, web, cli
        mailbox TEXT,                    -- folder it was found in, or was put into for people to look at; NULL unless by the mailbox
        uidvalidity INTEGER NOT NULL,    -- with uid: the message on the server; 0 unless by the mailbox. From bit 32 on: how often
                                         -- the server went back to lower UIDs without saying so
        uid INTEGER NOT NULL,
        segment TEXT,                    -- where the raw bytes lie; NULL: too large to be fetched
        at_byte INTEGER NOT NULL,
        length INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,           -- bytes, as the server says
        received_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state = 'new' OR state = 'decided' OR state = 'set_aside'), -- set aside: it crashed a worker twice
        attempts INTEGER NOT NULL,       -- times it was tried
        outcome TEXT CHECK (outcome = 'applied' OR outcome = 'asked_back' OR outcome = 'held' OR outcome = 'ignored'), -- NULL while new
        rule TEXT,                       -- which rule decided, for explain
        kind TEXT,                       -- class of the reading: reply, auto_reply, bounce, …
        case_id INTEGER REFERENCES cases (id), -- NULL: none found
        step TEXT,
        person INTEGER REFERENCES people (id), -- who wrote; NULL: unknown
        level INTEGER,                   -- assurance, 0-3
        message_id TEXT,                 -- its own, without <>
        fingerprint TEXT,                -- SHA-256 of From, Date, Subject and text: the same message again
        explain TEXT,                    -- JSON for `facteur explain`
        folder TEXT,                     -- where it goes on the server: done, review, quarantine; NULL: stays
        decided_at INTEGER NOT NULL,
        moved_at INTEGER NOT NULL,       -- 0: still lies where it was found
        reviewed_at INTEGER NOT NULL,    -- a person took the held message out of its folder: no longer in the digest; 0: not
        assigned_case INTEGER REFERENCES cases (id), -- staff said whose it is (RATTACHER): it is decided as if it had said so; NULL: not
        assigned_person INTEGER REFERENCES people (id), -- the same: who wrote it; NULL: whoever the address belongs to
        note_segment TEXT,               -- a held message: what the digest shows of it (writer, subject, first words) lies in the
        note_at INTEGER NOT NULL DEFAULT 0, -- spool of mails that leave: segment, offset, length, hash; NULL: nothing is shown
        note_length INTEGER NOT NULL DEFAULT 0,
        note_sha256 TEXT
) STRICT;
CREATE UNIQUE INDEX inbox_place ON inbox (mailbox, uidvalidity, uid) WHERE mailbox IS NOT NULL;
CREATE INDEX inbox_new ON inbox (id) WHERE state = 'new';
CREATE INDEX inbox_to_move ON inbox (mailbox, id) WHERE moved_at = 0 AND folder IS NOT NULL AND state <> 'new';
CREATE INDEX inbox_same ON inbox (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX inbox_message ON inbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX inbox_case ON inbox (case_id, person) WHERE case_id IS NOT NULL;
CREATE INDEX inbox_held ON inbox (decided_at) WHERE reviewed_at = 0 AND (outcome = 'held' OR state = 'set_aside');
CREATE INDEX inbox_in_review ON inbox (mailbox) WHERE moved_at <> 0 AND reviewed_at = 0 AND folder IN ('review', 'quarantine');

CREATE TABLE people (                    -- everyone facteur writes to
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        address_key TEXT NOT NULL UNIQUE, -- the identity: case, +tag and IDNA folded
        language TEXT NOT NULL,          -- fr, en, ar
        timezone TEXT NOT NULL,
        country TEXT NOT NULL,           -- working days
        is_failing INTEGER NOT NULL      -- 1: the address bounced for good
) STRICT;
CREATE INDEX people_failing ON people (id) WHERE is_failing = 1;

CREATE TABLE cases (                     -- one internship going through a procedure
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        reference TEXT NOT NULL UNIQUE,
        procedure TEXT NOT NULL REFERENCES procedures (hash), -- the version it began with
        status TEXT NOT NULL,
        country TEXT NOT NULL,
        timezone TEXT NOT NULL,
        begun_at INTEGER NOT NULL
) STRICT;

CREATE TABLE holders (                   -- who plays which role in a case, since when
        case_id INTEGER NOT NULL REFERENCES cases (id),
        place INTEGER NOT NULL,          -- order in the case
        role TEXT NOT NULL,
        person INTEGER NOT NULL REFERENCES people (id),
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,          -- 0: still
        acts_for INTEGER NOT NULL,       -- a deputy's principal; 0: nobody's deputy
        PRIMARY KEY (case_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX holders_person ON holders (person);

CREATE TABLE tasks (                     -- steps of a case that were opened: the fields of Task (procedure/case.h)
        case_id INTEGER NOT NULL REFERENCES cases (id),
        place INTEGER NOT NULL,
        step TEXT NOT NULL,
        state TEXT NOT NULL,
        cycle INTEGER NOT NULL,
        person INTEGER NOT NULL,         -- who must act; 0: unknown
        opened_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        done_at INTEGER NOT NULL,
        done_by INTEGER NOT NULL,
        how TEXT,
        level INTEGER NOT NULL,
        answer TEXT,
        reason TEXT,
        reminders INTEGER NOT NULL,
        reminded_at INTEGER NOT NULL,
        escalations INTEGER NOT NULL,
        escalated_at INTEGER NOT NULL,
        held_answer TEXT,                -- an act below its level that waits for the registered address
        held_reason TEXT,
        held_message INTEGER NOT NULL,   -- inbox row of that act
        asked_at INTEGER NOT NULL,       -- confirmation was asked
        saved_at INTEGER NOT NULL,       -- values were last given
        told_at INTEGER NOT NULL,        -- a mail of its clock (idle, before a date) last went
        PRIMARY KEY (case_id, place)
) STRICT, WITHOUT ROWID;

-- What the digest asks for, each as small as what is open.
CREATE INDEX tasks_overdue ON tasks (due_at, case_id, place) WHERE state = 'overdue';
CREATE INDEX tasks_coming ON tasks (due_at, step) WHERE state = 'open' AND due_at > 0;
CREATE INDEX tasks_asked ON tasks (asked_at) WHERE asked_at > 0 AND state IN ('open', 'overdue');
CREATE INDEX tasks_told ON tasks (told_at) WHERE told_at > 0 AND state IN ('open', 'overdue');
CREATE INDEX tasks_of ON tasks (person, due_at) WHERE state IN ('open', 'overdue');

CREATE TABLE answers (                   -- what forms and imports gave: "form.field" and its canonical value
        case_id INTEGER NOT NULL REFERENCES cases (id),
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (case_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (                    -- when a case must be looked at again; follows from its state
        case_id INTEGER NOT NULL REFERENCES cases (id),
        place INTEGER NOT NULL,
        step TEXT,                       -- NULL: the case itself
        kind TEXT NOT NULL,              -- open, remind, overdue, escalate, tell, give_up, holder, resume, status
        due_at INTEGER NOT NULL,
        PRIMARY KEY (case_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at, case_id);

CREATE TABLE journal (                   -- append-only: everything that was decided
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        case_id INTEGER NOT NULL,        -- 0: about a person, or the house
        kind TEXT NOT NULL,              -- RecordKind, or person_added, person_failing, sending_held, …
        step TEXT,
        person INTEGER NOT NULL,         -- who caused it; 0: the robot
        message INTEGER NOT NULL,        -- inbox row; 0: time
        payload TEXT,                    -- canonical JSON; NULL once blanked by retention
        payload_sha256 TEXT NOT NULL,
        hash TEXT NOT NULL               -- SHA-256 over the hash before and this row: the chain
) STRICT;
CREATE INDEX journal_case ON journal (case_id, id);
CREATE TRIGGER journal_keeps BEFORE DELETE ON journal BEGIN SELECT RAISE (ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_stays BEFORE UPDATE OF id, at, case_id, kind, step, person, message, payload_sha256, hash ON journal
        BEGIN SELECT RAISE (ABORT, 'the journal is append-only'); END;

CREATE TABLE outbox (                    -- mails to send, and those sent; bytes and Message-ID never change
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL UNIQUE,
        envelope_from TEXT NOT NULL,
        recipient TEXT NOT NULL,
        segment TEXT NOT NULL,
        at_byte INTEGER NOT NULL,
        length INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        case_id INTEGER NOT NULL,        -- 0: none
        reference TEXT,
        step TEXT,
        template TEXT NOT NULL,
        person INTEGER NOT NULL,
        is_answer INTEGER NOT NULL,      -- 1: answers a mail of this person
        is_staff INTEGER NOT NULL,       -- 1: to somebody who works through many cases: another cap
        state TEXT NOT NULL CHECK (state = 'queued' OR state = 'sending' OR state = 'sent' OR state = 'refused' OR state = 'held' OR
                state = 'cancelled'),
        next_at INTEGER NOT NULL,        -- not before this
        attempts INTEGER NOT NULL,
        is_uncertain INTEGER NOT NULL,   -- 1: perhaps accepted before (RFC 1047)
        reply TEXT,                      -- the server's last line, or why it is held
        made_at INTEGER NOT NULL,
        sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_waiting ON outbox (next_at, id) WHERE state IN ('queued', 'held');
CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending';
CREATE INDEX outbox_refused ON outbox (id) WHERE state = 'refused';
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE state = 'sent';
CREATE INDEX outbox_sent_person ON outbox (person, sent_at) WHERE state = 'sent';
CREATE INDEX outbox_sent_case ON outbox (case_id, sent_at) WHERE state = 'sent';
CREATE INDEX outbox_thread ON outbox (case_id, person, id);

CREATE TABLE tokens (                    -- what each action token binds; the key that proves it lies elsewhere
        kind TEXT NOT NULL,              -- r reply, k link, b bounce
        id TEXT NOT NULL,                -- 50 random bits, Crockford base32
        kid TEXT NOT NULL,               -- of the key that proves it
        case_id INTEGER NOT NULL,
        reference TEXT NOT NULL,
        step TEXT NOT NULL,
        person INTEGER NOT NULL,
        actions TEXT NOT NULL,
        outbox INTEGER NOT NULL,         -- the mail it was sent in
        expires_at INTEGER NOT NULL,
        revoked_at INTEGER NOT NULL,     -- 0: not
        used_at INTEGER NOT NULL,        -- 0: not yet
        PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_case ON tokens (case_id);
CREATE INDEX tokens_mail ON tokens (outbox) WHERE kind = 'r';

CREATE TABLE staff (                     -- who gets the digest
        person INTEGER PRIMARY KEY REFERENCES people (id),
        scope TEXT NOT NULL CHECK (scope IN ('all', 'own')), -- every case; those in which the person plays a role now
        rhythm TEXT NOT NULL CHECK (rhythm IN ('day', 'week', 'never')), -- each working day; the first of the week; not at all
        minute INTEGER NOT NULL,         -- of the person's day: 450 is 07:30
        next_at INTEGER NOT NULL,        -- when the next one is due; 0: never
        told INTEGER NOT NULL            -- last journal entry that a digest has told of
) STRICT;
CREATE INDEX staff_next ON staff (next_at) WHERE next_at > 0;

CREATE TABLE digests (                   -- mails whose lines have numbers: digests, and what came of answers to them
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL REFERENCES people (id), -- whom it was written to
        made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX digests_person ON digests (person, id);

CREATE TABLE digest_lines (              -- what a number stands for, in that mail alone
        digest INTEGER NOT NULL REFERENCES digests (id),
        n INTEGER NOT NULL,              -- the number, from 1
        kind TEXT NOT NULL,              -- task, held, address
        case_id INTEGER NOT NULL,        -- 0: none
        step TEXT NOT NULL,              -- "": none
        person INTEGER NOT NULL,         -- whose address fails; 0: nobody's
        message INTEGER NOT NULL,        -- inbox row that is held; 0: none
        PRIMARY KEY (digest, n)
) STRICT, WITHOUT ROWID;
