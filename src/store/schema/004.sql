-- Answers to whoever asks about a label: how many went to an address, and to all.
CREATE INDEX outbox_labels ON outbox (made_at, recipient) WHERE template = 'label_verified';
