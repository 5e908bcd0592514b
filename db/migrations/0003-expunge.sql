-- What expunging leaves: emails to be found again by when they went, and where each was last.

create index email_state_expunged on email_state (account_id, expunged_at, email_id) where expunged_at is not null;
create index membership_tombstone_email on membership_tombstone (account_id, email_id);
