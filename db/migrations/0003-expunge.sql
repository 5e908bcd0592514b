-- breaking: an older program would file messages into a mailbox that is being destroyed.
-- What expunging leaves: emails to be found again by when they went, and where each was last.

create index email_state_expunged on email_state (account_id, expunged_at, email_id) where expunged_at is not null;
create index membership_tombstone_email on membership_tombstone (account_id, email_id);

-- A mailbox too full to go in one transaction takes nothing in any more, until its last message and its row go.
alter table mailbox add column closing boolean not null default false;
create index mailbox_closing on mailbox (account_id, mailbox_id) where closing;
