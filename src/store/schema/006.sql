-- One file for each organisation. It follows from the cases at it and can be made again from them; no journal is kept of it.

CREATE TABLE organisations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,              -- as the newest case writes it
        name_key TEXT NOT NULL,          -- folded, letters and digits alone
        number_key TEXT NOT NULL,        -- registration number, letters and digits alone; "": not known
        country_key TEXT NOT NULL        -- folded; "": not known
) STRICT;
CREATE INDEX organisations_name ON organisations (name_key);
CREATE INDEX organisations_number ON organisations (number_key) WHERE number_key <> '';

CREATE TABLE organisation_names (        -- every way its name was written
        organisation INTEGER NOT NULL REFERENCES organisations (id),
        name_key TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (organisation, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX organisation_names_key ON organisation_names (name_key);

CREATE TABLE organisation_values (       -- what fills the next record
        organisation INTEGER NOT NULL REFERENCES organisations (id),
        field TEXT NOT NULL,             -- "form.field"
        value TEXT NOT NULL,             -- canonical
        PRIMARY KEY (organisation, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE organisation_cases (        -- the internships there
        case_id INTEGER PRIMARY KEY REFERENCES cases (id),
        organisation INTEGER NOT NULL REFERENCES organisations (id),
        proposed TEXT NOT NULL,          -- is it proposed again: the answer of whoever was asked after this one; "": not asked yet
        proposed_at INTEGER NOT NULL,    -- 0: not yet
        is_shared INTEGER NOT NULL       -- 1: the student shares the report
) STRICT;
CREATE INDEX organisation_cases_of ON organisation_cases (organisation, case_id);
CREATE INDEX organisation_cases_shared ON organisation_cases (organisation, case_id) WHERE is_shared = 1;
