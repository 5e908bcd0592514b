-- breaking: an older program would take mail that a relay took for delivered, and send what was canceled.
-- Who an account sends as, what became of what it sent, and what it answers while its owner is away.

-- What an identity and a submission leave behind, so that /changes can say "destroyed".
create table tombstone (
  account_id bigint not null references account on delete cascade,
  kind text not null check (kind in ('identity', 'submission')),
  id bigint not null,
  modseq bigint not null,
  created_modseq bigint not null,
  destroyed_at timestamptz not null default now(),
  primary key (account_id, kind, id)
);

-- RFC 8621 §6. may_delete: false for the one that each address of a principal is given.
create table identity (
  account_id bigint not null references account on delete cascade,
  identity_id bigint not null,
  name text not null default '',
  email text not null,
  reply_to jsonb,
  bcc jsonb,
  text_signature text not null default '',
  html_signature text not null default '',
  may_delete boolean not null,
  modseq bigint not null,
  created_modseq bigint not null,
  primary key (account_id, identity_id)
);

-- RFC 8621 §8. Without a row: switched off, and nothing was ever said.
create table vacation (
  account_id bigint primary key references account on delete cascade,
  is_enabled boolean not null,
  from_date timestamptz,
  to_date timestamptz,
  subject text,
  text_body text,
  html_body text,
  modseq bigint not null
);

-- Whom it was answered to last, and when (RFC 5230 §4.2).
create table vacation_reply (
  account_id bigint not null references account on delete cascade,
  address text not null,
  replied_at timestamptz not null,
  primary key (account_id, address)
);

alter table account
  add mark_identity bigint not null default 1 check (mark_identity <= modseq),
  add mark_vacation bigint not null default 1 check (mark_vacation <= modseq);

-- RFC 8621 §7. Without an email it came by SMTP, and JMAP does not show it. The email, the thread and the identity may
-- be gone. is_destroyed: JMAP was told so, but it is still being sent. finished_at: nobody is queued any more.
alter table submission
  add identity_id bigint,
  add email_id bigint,
  add thread_id bigint,
  add undo_status text not null default 'pending' check (undo_status in ('pending', 'final', 'canceled')),
  add is_destroyed boolean not null default false,
  add finished_at timestamptz,
  add check (num_nulls(identity_id, email_id, thread_id) in (0, 3));

-- position: of the recipient in the envelope.
alter table submission_recipient
  add position integer not null default 0,
  drop constraint submission_recipient_state_check,
  add check (state in ('queued', 'delivered', 'relayed', 'failed', 'canceled'));

update submission_recipient set state = 'relayed' where state = 'delivered' and reply <> '250 2.1.5 delivered';

update submission s set undo_status = 'final'
where exists (
  select from submission_recipient r
  where r.account_id = s.account_id and r.submission_id = s.submission_id and (r.state <> 'queued' or r.attempts > 0));

update submission s set finished_at = coalesce((
  select max(settled_at) from submission_recipient r
  where r.account_id = s.account_id and r.submission_id = s.submission_id), now())
where not exists (
  select from submission_recipient r
  where r.account_id = s.account_id and r.submission_id = s.submission_id and r.state = 'queued');

create index submission_modseq on submission (account_id, modseq);
create index submission_finished on submission (account_id, finished_at) where finished_at is not null;

-- An identity for every address that there is.
create temporary table addresses on commit drop as
select account_id, name as email, row_number() over (order by name) as n,
  row_number() over (partition by account_id order by is_alias, name) as nth
from login;

insert into identity (account_id, identity_id, email, may_delete, modseq, created_modseq)
select d.account_id, c.next_id + d.n, d.email, false, a.modseq + d.nth, a.modseq + d.nth
from addresses d join account a using (account_id) cross join id_counter c;

update id_counter set next_id = next_id + 1 + (select count(*) from addresses);

update account a set modseq = a.modseq + d.n, mark_identity = a.modseq + d.n
from (select account_id, count(*) as n from addresses group by account_id) d where a.account_id = d.account_id;
