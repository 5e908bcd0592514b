-- The email that an MTA's message was filed as: once that is expunged, the same message is filed anew. Null: one of an
-- older program, which is a repeat for its day.
alter table received_message add column email_id bigint;
