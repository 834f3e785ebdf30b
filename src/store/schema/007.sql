-- Signed documents as they were first made: whoever asks again, by mail or on their page, gets the same file.
CREATE TABLE papers (
        case_id INTEGER NOT NULL REFERENCES cases (id),
        document TEXT NOT NULL,          -- key of the procedure's documents
        language TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        segment TEXT NOT NULL,           -- where the bytes lie
        at_byte INTEGER NOT NULL,
        length INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (case_id, document, language)
) STRICT, WITHOUT ROWID;
