-- What can be found by words. It follows from the other tables and from the messages' new words, and can be made again from them
-- but for the latter; no journal is kept of it. A confidential form is never in here.

CREATE TABLE finds (
        id INTEGER PRIMARY KEY,          -- kind (1 person, 2 organisation, 3 case, 4 message) << 48, and the id of what it is about:
                                         -- one kind is a range, and what is newer comes last
        case_id INTEGER NOT NULL,        -- a message's case; 0: none, or its own
        at INTEGER NOT NULL,             -- when it was last written, or when the message came
        title TEXT NOT NULL,             -- one line for people, at most 200 bytes
        words TEXT NOT NULL              -- folded as people type them: no accents, one form of each Arabic letter; at most 2,000 bytes
) STRICT;

-- The words lie in `finds` alone; here is where they stand. Words and their beginnings are looked for, not phrases. Every change of
-- `finds` writes both: a trigger may not, with a schema that is not trusted.
CREATE VIRTUAL TABLE finds_index USING fts5 (words, content = 'finds', content_rowid = 'id', detail = none, columnsize = 0,
        prefix = '2 3 4', tokenize = "unicode61 remove_diacritics 2");
