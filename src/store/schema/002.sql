-- People beside their cases, what comes in by tables, and files that come with a form.

ALTER TABLE people ADD COLUMN merged_into INTEGER REFERENCES people (id); -- another file of that person, who has taken everything
                                         -- over; NULL: not
CREATE INDEX people_merged ON people (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE address_changes (           -- new addresses that wait until who has them, and who had the old one, say yes
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL REFERENCES people (id),
        address TEXT NOT NULL,           -- the new one
        case_id INTEGER NOT NULL,        -- in which it was asked for
        asked_by INTEGER NOT NULL REFERENCES people (id), -- one of the staff, or the person
        asked_at INTEGER NOT NULL,
        needs_old INTEGER NOT NULL,      -- 0: the old address fails, or asked for it itself
        old_at INTEGER NOT NULL,         -- each said yes then; 0: not yet
        new_at INTEGER NOT NULL,
        closed_at INTEGER NOT NULL       -- done, denied, or asked anew; 0: it waits
) STRICT;
CREATE INDEX address_changes_waiting ON address_changes (person) WHERE closed_at = 0;

CREATE TABLE rolls (                     -- who is known in which role beside any case: the students of a cohort, tutors
        person INTEGER NOT NULL REFERENCES people (id),
        role TEXT NOT NULL,
        cohort TEXT NOT NULL,            -- as the table said: "M2 Informatique 2026-2027"; "": none
        data TEXT NOT NULL,              -- canonical JSON: field of the first form and its canonical value
        PRIMARY KEY (person, role, cohort)
) STRICT, WITHOUT ROWID;

CREATE TABLE days (                      -- working days of a country that are other than the rules say
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- grows with each change: who has the last has them all
        country TEXT NOT NULL,
        day TEXT NOT NULL,               -- 2027-03-10
        is_off INTEGER NOT NULL,         -- 1: a holiday; 0: worked
        name TEXT NOT NULL,              -- "Aïd el-Fitr"; ""
        UNIQUE (country, day)
) STRICT;

CREATE TABLE imports (                   -- tables that came by mail and were looked at: they wait for the yes of who sent them
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person INTEGER NOT NULL REFERENCES people (id),
        message INTEGER NOT NULL REFERENCES inbox (id), -- that it came in
        name TEXT NOT NULL,              -- of the file
        segment TEXT NOT NULL,           -- its text, UTF-8, in the spool of mails that leave: segment, offset, length, hash
        at_byte INTEGER NOT NULL,
        length INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        closed_at INTEGER NOT NULL       -- taken in, or dropped; 0: it waits
) STRICT;

CREATE TABLE uploads (                   -- files that came with a form's page; the form's value names one as "upload:<id>:<name>"
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        case_id INTEGER NOT NULL REFERENCES cases (id),
        step TEXT NOT NULL,
        field TEXT NOT NULL,             -- of the form of that step
        person INTEGER NOT NULL REFERENCES people (id), -- who sent it
        name TEXT NOT NULL,              -- made safe
        type TEXT NOT NULL,              -- as its bytes say
        segment TEXT NOT NULL,           -- spool: segment, offset, length, SHA-256
        at_byte INTEGER NOT NULL,
        length INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_case ON uploads (case_id, step);
