-- What the digest groups and guesses by, and the mail by which the robot sees each day that it is not blind.

ALTER TABLE inbox ADD COLUMN held_key TEXT; -- held messages with one key are one line of the digest: a hash of the address that
                                            -- delivery reports are about; NULL: a line of its own
CREATE INDEX inbox_held_key ON inbox (held_key) WHERE held_key IS NOT NULL AND reviewed_at = 0;
CREATE INDEX inbox_held_report ON inbox (person) WHERE reviewed_at = 0 AND outcome = 'held' AND kind = 'bounce';

-- Whose colleague may a stranger be?
CREATE INDEX people_domain ON people (substr (address_key, instr (address_key, '@') + 1));

ALTER TABLE house ADD COLUMN trip_id TEXT; -- Message-ID, without <>, of the last mail that the robot wrote to itself; NULL: none yet
ALTER TABLE house ADD COLUMN trip_made_at INTEGER NOT NULL DEFAULT 0; -- when it entered the outbox
ALTER TABLE house ADD COLUMN trip_back_at INTEGER NOT NULL DEFAULT 0; -- when it lay in the mailbox; 0: not yet
