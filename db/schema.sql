CREATE EXTENSION btree_gin;

CREATE EXTENSION pg_trgm;

CREATE TABLE account (
  account_id bigint STATISTICS 0 NOT NULL,
  modseq bigint NOT NULL DEFAULT 1,
  horizon_modseq bigint NOT NULL DEFAULT 0,
  mark_mailbox bigint NOT NULL DEFAULT 1,
  mark_mailbox_counts bigint NOT NULL DEFAULT 1,
  mark_email bigint NOT NULL DEFAULT 1,
  mark_thread bigint NOT NULL DEFAULT 1,
  mark_email_delivery bigint NOT NULL DEFAULT 1,
  mark_membership bigint NOT NULL DEFAULT 1,
  mark_submission bigint NOT NULL DEFAULT 1,
  last_uid_validity bigint NOT NULL DEFAULT 0,
  used_bytes bigint NOT NULL DEFAULT 0,
  quota_bytes bigint,
  mark_identity bigint NOT NULL DEFAULT 1,
  mark_vacation bigint NOT NULL DEFAULT 1,
  has_push boolean NOT NULL DEFAULT false,
  CONSTRAINT account_pkey PRIMARY KEY (account_id),
  CONSTRAINT account_check CHECK (mark_mailbox <= modseq AND mark_mailbox_counts <= modseq AND mark_email <= modseq AND mark_thread <= modseq AND mark_email_delivery <= modseq AND mark_membership <= modseq AND mark_submission <= modseq),
  CONSTRAINT account_check1 CHECK (mark_identity <= modseq),
  CONSTRAINT account_check2 CHECK (mark_vacation <= modseq)
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200, fillfactor=50);

CREATE TABLE blob (
  account_id bigint STATISTICS 0 NOT NULL,
  blob_no bigint NOT NULL,
  digest bytea,
  size bigint NOT NULL DEFAULT 0,
  touched_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT blob_pkey PRIMARY KEY (account_id, blob_no),
  CONSTRAINT blob_account_id_digest_key UNIQUE (account_id, digest),
  CONSTRAINT blob_digest_check CHECK (length(digest) = 32),
  CONSTRAINT blob_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE blob_chunk (
  account_id bigint STATISTICS 0 NOT NULL,
  blob_no bigint NOT NULL,
  seq integer NOT NULL,
  bytes bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT blob_chunk_pkey PRIMARY KEY (account_id, blob_no, seq),
  CONSTRAINT blob_chunk_account_id_blob_no_fkey FOREIGN KEY (account_id, blob_no) REFERENCES blob(account_id, blob_no) ON DELETE CASCADE
);

CREATE TABLE client_use (
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  protocol text NOT NULL,
  client text NOT NULL,
  credential_id bigint NOT NULL,
  first_seen timestamp with time zone NOT NULL,
  last_seen timestamp with time zone NOT NULL,
  CONSTRAINT client_use_pkey PRIMARY KEY (account_id, principal_id, protocol, client, credential_id),
  CONSTRAINT client_use_client_check CHECK (length(client) <= 200),
  CONSTRAINT client_use_protocol_check CHECK (protocol = ANY (ARRAY['imap'::text, 'jmap'::text, 'submission'::text])),
  CONSTRAINT client_use_account_id_principal_id_fkey FOREIGN KEY (account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
) WITH (fillfactor=70);

CREATE TABLE credential (
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  credential_id bigint NOT NULL,
  kind text NOT NULL,
  password_hash text NOT NULL,
  scram_salt bytea NOT NULL,
  scram_iterations integer NOT NULL,
  scram_stored_key bytea NOT NULL,
  scram_server_key bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  generation bigint NOT NULL DEFAULT 0,
  CONSTRAINT credential_pkey PRIMARY KEY (account_id, principal_id, credential_id),
  CONSTRAINT credential_kind_check CHECK (kind = 'password'::text),
  CONSTRAINT credential_scram_iterations_check CHECK (scram_iterations >= 4096),
  CONSTRAINT credential_account_id_principal_id_fkey FOREIGN KEY (account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
);

CREATE TABLE delivery (
  account_id bigint STATISTICS 0 NOT NULL,
  submission_id bigint NOT NULL,
  address text NOT NULL,
  delivered_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT delivery_pkey PRIMARY KEY (account_id, submission_id, address),
  CONSTRAINT delivery_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);
CREATE INDEX delivery_delivered ON delivery USING btree (account_id, delivered_at);

CREATE TABLE domain_key (
  domain text NOT NULL,
  selector text NOT NULL,
  algorithm text NOT NULL,
  private_key bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT domain_key_pkey PRIMARY KEY (domain, selector),
  CONSTRAINT domain_key_algorithm_check CHECK (algorithm = ANY (ARRAY['rsa'::text, 'ed25519'::text])),
  CONSTRAINT domain_key_domain_check CHECK (domain = lower(domain)),
  CONSTRAINT domain_key_selector_check CHECK (selector = lower(selector))
);

CREATE TABLE email (
  account_id bigint STATISTICS 0 NOT NULL,
  email_id bigint NOT NULL,
  thread_id bigint NOT NULL,
  digest bytea NOT NULL,
  size bigint NOT NULL,
  received_at timestamp with time zone NOT NULL,
  sent_at timestamp with time zone,
  base_subject text NOT NULL,
  summary jsonb NOT NULL,
  CONSTRAINT email_pkey PRIMARY KEY (account_id, email_id),
  CONSTRAINT email_received_at_check CHECK (received_at = date_trunc('second'::text, received_at)),
  CONSTRAINT email_account_id_digest_fkey FOREIGN KEY (account_id, digest) REFERENCES blob(account_id, digest),
  CONSTRAINT email_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);
CREATE INDEX email_digest ON email USING btree (account_id, digest);

CREATE TABLE email_state (
  account_id bigint STATISTICS 0 NOT NULL,
  email_id bigint NOT NULL,
  thread_id bigint NOT NULL,
  flags smallint NOT NULL DEFAULT 0,
  keywords smallint[] NOT NULL DEFAULT '{}'::smallint[],
  mailbox_ids bigint[] NOT NULL DEFAULT '{}'::bigint[],
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  born_modseq bigint NOT NULL,
  hidden_modseq bigint,
  previous_created_modseq bigint,
  expunged_at timestamp with time zone,
  CONSTRAINT email_state_pkey PRIMARY KEY (account_id, email_id),
  CONSTRAINT email_state_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
) WITH (fillfactor=70);
CREATE INDEX email_state_expunged ON email_state USING btree (account_id, expunged_at, email_id) WHERE expunged_at IS NOT NULL;
CREATE INDEX email_state_modseq ON email_state USING btree (account_id, modseq);
CREATE INDEX email_state_thread ON email_state USING btree (account_id, thread_id);

CREATE TABLE id_counter (
  one boolean NOT NULL DEFAULT true,
  next_id bigint NOT NULL,
  CONSTRAINT id_counter_pkey PRIMARY KEY (one),
  CONSTRAINT id_counter_next_id_check CHECK (next_id > 0),
  CONSTRAINT id_counter_one_check CHECK (one)
);

CREATE TABLE identity (
  account_id bigint STATISTICS 0 NOT NULL,
  identity_id bigint NOT NULL,
  name text NOT NULL DEFAULT ''::text,
  email text NOT NULL,
  reply_to jsonb,
  bcc jsonb,
  text_signature text NOT NULL DEFAULT ''::text,
  html_signature text NOT NULL DEFAULT ''::text,
  may_delete boolean NOT NULL,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  CONSTRAINT identity_pkey PRIMARY KEY (account_id, identity_id),
  CONSTRAINT identity_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE job (
  job_id bigint NOT NULL,
  due_at timestamp with time zone NOT NULL,
  account_id bigint STATISTICS 0 NOT NULL,
  kind text NOT NULL,
  ref bigint NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  lease uuid,
  lease_until timestamp with time zone,
  crashes integer NOT NULL DEFAULT 0,
  domains text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT job_pkey PRIMARY KEY (job_id),
  CONSTRAINT job_account_id_kind_ref_key UNIQUE (account_id, kind, ref),
  CONSTRAINT job_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
) WITH (fillfactor=50);
CREATE INDEX job_due ON job USING btree (due_at);
CREATE INDEX job_ref ON job USING btree (kind, ref);

CREATE TABLE keyword (
  account_id bigint STATISTICS 0 NOT NULL,
  keyword_id smallint NOT NULL,
  name text NOT NULL,
  spelled text NOT NULL,
  CONSTRAINT keyword_pkey PRIMARY KEY (account_id, keyword_id),
  CONSTRAINT keyword_account_id_name_key UNIQUE (account_id, name),
  CONSTRAINT keyword_keyword_id_check CHECK (keyword_id >= 1 AND keyword_id <= 1000),
  CONSTRAINT keyword_name_check CHECK (name = lower(name)),
  CONSTRAINT keyword_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE login (
  name text NOT NULL,
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  is_alias boolean NOT NULL DEFAULT false,
  CONSTRAINT login_pkey PRIMARY KEY (name),
  CONSTRAINT login_name_check CHECK (name = lower(name)),
  CONSTRAINT login_account_id_principal_id_fkey FOREIGN KEY (account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
);
CREATE INDEX login_account ON login USING btree (account_id, principal_id);
CREATE INDEX login_domain ON login USING btree (split_part(name, '@'::text, 2));

CREATE UNLOGGED TABLE login_guard (
  network text NOT NULL,
  account text NOT NULL,
  score double precision NOT NULL,
  guessed_at timestamp with time zone NOT NULL,
  bans integer NOT NULL,
  banned_until timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  CONSTRAINT login_guard_pkey PRIMARY KEY (network, account)
);
CREATE INDEX login_guard_account ON login_guard USING btree (account, network);

CREATE UNLOGGED TABLE login_guess (
  digest text NOT NULL,
  guessed_at timestamp with time zone NOT NULL,
  CONSTRAINT login_guess_pkey PRIMARY KEY (digest)
);

CREATE TABLE mailbox (
  account_id bigint STATISTICS 0 NOT NULL,
  mailbox_id bigint NOT NULL,
  parent_id bigint,
  name text NOT NULL,
  role text,
  sort_order bigint NOT NULL DEFAULT 0,
  uid_validity bigint NOT NULL,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  closing boolean NOT NULL DEFAULT false,
  CONSTRAINT mailbox_pkey PRIMARY KEY (account_id, mailbox_id),
  CONSTRAINT mailbox_name UNIQUE NULLS NOT DISTINCT (account_id, parent_id, name) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mailbox_role UNIQUE (account_id, role) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mailbox_uid_validity_check CHECK (uid_validity >= 1 AND uid_validity <= '4294967295'::bigint),
  CONSTRAINT mailbox_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE,
  CONSTRAINT mailbox_account_id_parent_id_fkey FOREIGN KEY (account_id, parent_id) REFERENCES mailbox(account_id, mailbox_id) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor=70);
CREATE INDEX mailbox_closing ON mailbox USING btree (account_id, mailbox_id) WHERE closing;

CREATE TABLE mailbox_counter (
  account_id bigint STATISTICS 0 NOT NULL,
  mailbox_id bigint NOT NULL,
  uid_next bigint NOT NULL DEFAULT 1,
  highest_modseq bigint NOT NULL,
  recent_uid bigint NOT NULL DEFAULT 1,
  messages bigint NOT NULL DEFAULT 0,
  unseen bigint NOT NULL DEFAULT 0,
  deleted bigint NOT NULL DEFAULT 0,
  size bigint NOT NULL DEFAULT 0,
  total_emails bigint NOT NULL DEFAULT 0,
  unread_emails bigint NOT NULL DEFAULT 0,
  total_threads bigint NOT NULL DEFAULT 0,
  unread_threads bigint NOT NULL DEFAULT 0,
  counts_modseq bigint NOT NULL,
  CONSTRAINT mailbox_counter_pkey PRIMARY KEY (account_id, mailbox_id),
  CONSTRAINT mailbox_counter_deleted_check CHECK (deleted >= 0),
  CONSTRAINT mailbox_counter_messages_check CHECK (messages >= 0),
  CONSTRAINT mailbox_counter_size_check CHECK (size >= 0),
  CONSTRAINT mailbox_counter_total_emails_check CHECK (total_emails >= 0),
  CONSTRAINT mailbox_counter_total_threads_check CHECK (total_threads >= 0),
  CONSTRAINT mailbox_counter_uid_next_check CHECK (uid_next >= 1 AND uid_next <= '4294967296'::bigint),
  CONSTRAINT mailbox_counter_unread_emails_check CHECK (unread_emails >= 0),
  CONSTRAINT mailbox_counter_unread_threads_check CHECK (unread_threads >= 0),
  CONSTRAINT mailbox_counter_unseen_check CHECK (unseen >= 0),
  CONSTRAINT mailbox_counter_account_id_mailbox_id_fkey FOREIGN KEY (account_id, mailbox_id) REFERENCES mailbox(account_id, mailbox_id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200, fillfactor=50);

CREATE TABLE mailbox_right (
  account_id bigint STATISTICS 0 NOT NULL,
  mailbox_id bigint NOT NULL,
  principal_id bigint NOT NULL,
  rights text NOT NULL,
  CONSTRAINT mailbox_right_pkey PRIMARY KEY (account_id, mailbox_id, principal_id),
  CONSTRAINT mailbox_right_rights_check CHECK (rights <> ''::text AND 'lrswipkxtea'::text ~ (('^'::text || regexp_replace(rights, '(.)'::text, '.*\1'::text, 'g'::text)) || '.*$'::text)),
  CONSTRAINT mailbox_right_account_id_mailbox_id_fkey FOREIGN KEY (account_id, mailbox_id) REFERENCES mailbox(account_id, mailbox_id) ON DELETE CASCADE,
  CONSTRAINT mailbox_right_principal_id_account_id_fkey FOREIGN KEY (principal_id, account_id) REFERENCES share(principal_id, account_id) ON DELETE CASCADE
);
CREATE INDEX mailbox_right_principal ON mailbox_right USING btree (principal_id, account_id);

CREATE TABLE mailbox_tombstone (
  account_id bigint STATISTICS 0 NOT NULL,
  mailbox_id bigint NOT NULL,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  destroyed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT mailbox_tombstone_pkey PRIMARY KEY (account_id, mailbox_id),
  CONSTRAINT mailbox_tombstone_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE membership (
  account_id bigint STATISTICS 0 NOT NULL,
  mailbox_id bigint NOT NULL,
  uid bigint NOT NULL,
  email_id bigint NOT NULL,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  received_at timestamp with time zone NOT NULL,
  saved_at timestamp with time zone NOT NULL DEFAULT date_trunc('second'::text, now()),
  deleted boolean NOT NULL DEFAULT false,
  shown boolean NOT NULL DEFAULT false,
  flipped_modseq bigint,
  CONSTRAINT membership_pkey PRIMARY KEY (account_id, mailbox_id, uid),
  CONSTRAINT membership_check CHECK (NOT (deleted AND shown)),
  CONSTRAINT membership_uid_check CHECK (uid >= 1 AND uid <= '4294967295'::bigint),
  CONSTRAINT membership_account_id_email_id_fkey FOREIGN KEY (account_id, email_id) REFERENCES email(account_id, email_id),
  CONSTRAINT membership_account_id_mailbox_id_fkey FOREIGN KEY (account_id, mailbox_id) REFERENCES mailbox(account_id, mailbox_id)
) WITH (fillfactor=70);
CREATE INDEX membership_deleted ON membership USING btree (account_id, mailbox_id, uid) WHERE deleted;
CREATE INDEX membership_email ON membership USING btree (account_id, email_id);
CREATE INDEX membership_modseq ON membership USING btree (account_id, mailbox_id, modseq);
CREATE INDEX membership_shown ON membership USING btree (account_id, mailbox_id, received_at DESC, email_id DESC) WHERE shown;
CREATE UNIQUE INDEX membership_shown_once ON membership USING btree (account_id, mailbox_id, email_id) WHERE shown;

CREATE TABLE membership_tombstone (
  account_id bigint STATISTICS 0 NOT NULL,
  mailbox_id bigint NOT NULL,
  uid bigint NOT NULL,
  email_id bigint NOT NULL,
  thread_id bigint NOT NULL,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  expunged_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted boolean NOT NULL DEFAULT false,
  flipped_modseq bigint,
  CONSTRAINT membership_tombstone_pkey PRIMARY KEY (account_id, mailbox_id, uid),
  CONSTRAINT membership_tombstone_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);
CREATE INDEX membership_tombstone_email ON membership_tombstone USING btree (account_id, email_id);
CREATE INDEX membership_tombstone_modseq ON membership_tombstone USING btree (account_id, mailbox_id, modseq);

CREATE TABLE migration (
  name text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  breaking boolean NOT NULL,
  CONSTRAINT migration_pkey PRIMARY KEY (name)
);

CREATE TABLE principal (
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT principal_pkey PRIMARY KEY (account_id, principal_id),
  CONSTRAINT principal_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE push_creation (
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  since timestamp with time zone NOT NULL DEFAULT now(),
  count integer NOT NULL DEFAULT 1,
  CONSTRAINT push_creation_pkey PRIMARY KEY (account_id, principal_id),
  CONSTRAINT push_creation_account_id_principal_id_fkey FOREIGN KEY (account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
);

CREATE TABLE push_due (
  account_id bigint STATISTICS 0 NOT NULL,
  push_subscription_id bigint NOT NULL,
  is_verified boolean NOT NULL DEFAULT false,
  watched text[],
  told jsonb NOT NULL,
  due_at timestamp with time zone NOT NULL DEFAULT now(),
  not_before timestamp with time zone NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  lease uuid,
  lease_until timestamp with time zone,
  CONSTRAINT push_due_pkey PRIMARY KEY (account_id, push_subscription_id),
  CONSTRAINT push_due_account_id_push_subscription_id_fkey FOREIGN KEY (account_id, push_subscription_id) REFERENCES push_subscription(account_id, push_subscription_id) ON DELETE CASCADE
) WITH (fillfactor=50);
CREATE INDEX push_due_at ON push_due USING btree (due_at) WHERE due_at < 'infinity'::timestamp with time zone;

CREATE TABLE push_subscription (
  account_id bigint STATISTICS 0 NOT NULL,
  push_subscription_id bigint NOT NULL,
  principal_id bigint NOT NULL,
  credential_id bigint NOT NULL,
  device_client_id text NOT NULL,
  url text NOT NULL,
  p256dh bytea,
  auth bytea,
  server_key bytea NOT NULL,
  verification_code text NOT NULL,
  types text[],
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT push_subscription_pkey PRIMARY KEY (account_id, push_subscription_id),
  CONSTRAINT push_subscription_auth_check CHECK (length(auth) = 16),
  CONSTRAINT push_subscription_check CHECK (num_nulls(p256dh, auth) = ANY (ARRAY[0, 2])),
  CONSTRAINT push_subscription_p256dh_check CHECK (length(p256dh) = 65),
  CONSTRAINT push_subscription_account_id_principal_id_credential_id_fkey FOREIGN KEY (account_id, principal_id, credential_id) REFERENCES credential(account_id, principal_id, credential_id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1);
CREATE INDEX push_subscription_principal ON push_subscription USING btree (account_id, principal_id, credential_id);

CREATE TABLE push_ticket (
  account_id bigint STATISTICS 0 NOT NULL,
  digest bytea NOT NULL,
  principal_id bigint NOT NULL,
  credential_id bigint NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  generation bigint NOT NULL DEFAULT 0,
  login_name text,
  CONSTRAINT push_ticket_pkey PRIMARY KEY (account_id, digest),
  CONSTRAINT push_ticket_digest_check CHECK (length(digest) = 32),
  CONSTRAINT push_ticket_account_id_principal_id_credential_id_fkey FOREIGN KEY (account_id, principal_id, credential_id) REFERENCES credential(account_id, principal_id, credential_id) ON DELETE CASCADE
);

CREATE TABLE received_message (
  account_id bigint STATISTICS 0 NOT NULL,
  digest bytea NOT NULL,
  address text NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT now(),
  email_id bigint,
  CONSTRAINT received_message_pkey PRIMARY KEY (account_id, digest, address),
  CONSTRAINT received_message_digest_check CHECK (length(digest) = 32),
  CONSTRAINT received_message_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);
CREATE INDEX received_message_age ON received_message USING btree (account_id, received_at);

CREATE TABLE search (
  account_id bigint STATISTICS 0 NOT NULL,
  digest bytea NOT NULL,
  envelope text NOT NULL,
  header text NOT NULL,
  body text NOT NULL,
  people tsvector NOT NULL,
  words tsvector NOT NULL,
  CONSTRAINT search_pkey PRIMARY KEY (account_id, digest),
  CONSTRAINT search_account_id_digest_fkey FOREIGN KEY (account_id, digest) REFERENCES blob(account_id, digest) ON DELETE CASCADE
) PARTITION BY HASH (account_id);
CREATE INDEX search_body ON ONLY search USING gin (account_id, body gin_trgm_ops);
CREATE INDEX search_envelope ON ONLY search USING gin (account_id, envelope gin_trgm_ops);
CREATE INDEX search_header ON ONLY search USING gin (account_id, header gin_trgm_ops);
CREATE INDEX search_words ON ONLY search USING gin (account_id, people, words);

CREATE TABLE search_0 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 0);

CREATE TABLE search_1 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 1);

CREATE TABLE search_2 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 2);

CREATE TABLE search_3 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 3);

CREATE TABLE search_4 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 4);

CREATE TABLE search_5 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 5);

CREATE TABLE search_6 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 6);

CREATE TABLE search_7 PARTITION OF search FOR VALUES WITH (modulus 8, remainder 7);

CREATE TABLE search_pending (
  account_id bigint STATISTICS 0 NOT NULL,
  digest bytea NOT NULL,
  CONSTRAINT search_pending_pkey PRIMARY KEY (account_id, digest),
  CONSTRAINT search_pending_account_id_digest_fkey FOREIGN KEY (account_id, digest) REFERENCES blob(account_id, digest) ON DELETE CASCADE
);

CREATE TABLE server_secret (
  name text NOT NULL,
  secret bytea NOT NULL,
  CONSTRAINT server_secret_pkey PRIMARY KEY (name)
);

CREATE TABLE share (
  principal_id bigint NOT NULL,
  account_id bigint STATISTICS 0 NOT NULL,
  principal_account_id bigint NOT NULL,
  epoch bigint NOT NULL,
  CONSTRAINT share_pkey PRIMARY KEY (principal_id, account_id),
  CONSTRAINT share_check CHECK (account_id <> principal_account_id),
  CONSTRAINT share_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE,
  CONSTRAINT share_principal_account_id_principal_id_fkey FOREIGN KEY (principal_account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
);
CREATE INDEX share_account ON share USING btree (account_id);
CREATE INDEX share_home ON share USING btree (principal_account_id, principal_id);

CREATE TABLE submission (
  account_id bigint STATISTICS 0 NOT NULL,
  submission_id bigint NOT NULL,
  principal_id bigint NOT NULL,
  digest bytea NOT NULL,
  mail_from text NOT NULL,
  mail_from_parameters jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  send_at timestamp with time zone NOT NULL DEFAULT now(),
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  identity_id bigint,
  email_id bigint,
  thread_id bigint,
  undo_status text NOT NULL DEFAULT 'pending'::text,
  is_destroyed boolean NOT NULL DEFAULT false,
  finished_at timestamp with time zone,
  CONSTRAINT submission_pkey PRIMARY KEY (account_id, submission_id),
  CONSTRAINT submission_check CHECK (num_nulls(identity_id, email_id, thread_id) = ANY (ARRAY[0, 3])),
  CONSTRAINT submission_undo_status_check CHECK (undo_status = ANY (ARRAY['pending'::text, 'final'::text, 'canceled'::text])),
  CONSTRAINT submission_account_id_digest_fkey FOREIGN KEY (account_id, digest) REFERENCES blob(account_id, digest),
  CONSTRAINT submission_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);
CREATE INDEX submission_finished ON submission USING btree (account_id, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX submission_modseq ON submission USING btree (account_id, modseq);

CREATE TABLE submission_recipient (
  account_id bigint STATISTICS 0 NOT NULL,
  submission_id bigint NOT NULL,
  address text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}'::jsonb,
  state text NOT NULL DEFAULT 'queued'::text,
  attempts integer NOT NULL DEFAULT 0,
  reply text,
  settled_at timestamp with time zone,
  "position" integer NOT NULL DEFAULT 0,
  CONSTRAINT submission_recipient_pkey PRIMARY KEY (account_id, submission_id, address),
  CONSTRAINT submission_recipient_state_check CHECK (state = ANY (ARRAY['queued'::text, 'delivered'::text, 'relayed'::text, 'failed'::text, 'canceled'::text])),
  CONSTRAINT submission_recipient_account_id_submission_id_fkey FOREIGN KEY (account_id, submission_id) REFERENCES submission(account_id, submission_id) ON DELETE CASCADE
);

CREATE TABLE subscription (
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  path text NOT NULL,
  principal_account_id bigint NOT NULL,
  CONSTRAINT subscription_pkey PRIMARY KEY (account_id, principal_id, path),
  CONSTRAINT subscription_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE,
  CONSTRAINT subscription_principal_account_id_principal_id_fkey FOREIGN KEY (principal_account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
);
CREATE INDEX subscription_home ON subscription USING btree (principal_account_id, principal_id);

CREATE TABLE thread (
  account_id bigint STATISTICS 0 NOT NULL,
  thread_id bigint NOT NULL,
  emails bigint NOT NULL DEFAULT 0,
  unread_elsewhere bigint NOT NULL DEFAULT 0,
  unread_in_trash bigint NOT NULL DEFAULT 0,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  born_modseq bigint NOT NULL,
  hidden_modseq bigint,
  previous_created_modseq bigint,
  CONSTRAINT thread_pkey PRIMARY KEY (account_id, thread_id),
  CONSTRAINT thread_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
) WITH (fillfactor=70);
CREATE INDEX thread_modseq ON thread USING btree (account_id, modseq);

CREATE TABLE thread_key (
  account_id bigint STATISTICS 0 NOT NULL,
  key bytea NOT NULL,
  email_id bigint NOT NULL,
  thread_id bigint NOT NULL,
  CONSTRAINT thread_key_pkey PRIMARY KEY (account_id, key, email_id),
  CONSTRAINT thread_key_key_check CHECK (length(key) = 16),
  CONSTRAINT thread_key_account_id_email_id_fkey FOREIGN KEY (account_id, email_id) REFERENCES email(account_id, email_id) ON DELETE CASCADE
);
CREATE INDEX thread_key_email ON thread_key USING btree (account_id, email_id);

CREATE TABLE thread_key_pending (
  account_id bigint STATISTICS 0 NOT NULL,
  after_email_id bigint NOT NULL DEFAULT 0,
  CONSTRAINT thread_key_pending_pkey PRIMARY KEY (account_id),
  CONSTRAINT thread_key_pending_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE thread_mailbox (
  account_id bigint STATISTICS 0 NOT NULL,
  thread_id bigint NOT NULL,
  mailbox_id bigint NOT NULL,
  emails bigint NOT NULL,
  unread bigint NOT NULL,
  latest_received_at timestamp with time zone NOT NULL,
  latest_email_id bigint NOT NULL,
  CONSTRAINT thread_mailbox_pkey PRIMARY KEY (account_id, thread_id, mailbox_id),
  CONSTRAINT thread_mailbox_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
) WITH (fillfactor=70);
CREATE INDEX thread_mailbox_latest ON thread_mailbox USING btree (account_id, mailbox_id, latest_received_at DESC, latest_email_id DESC);

CREATE TABLE tombstone (
  account_id bigint STATISTICS 0 NOT NULL,
  kind text NOT NULL,
  id bigint NOT NULL,
  modseq bigint NOT NULL,
  created_modseq bigint NOT NULL,
  destroyed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tombstone_pkey PRIMARY KEY (account_id, kind, id),
  CONSTRAINT tombstone_kind_check CHECK (kind = ANY (ARRAY['identity'::text, 'submission'::text])),
  CONSTRAINT tombstone_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE upload (
  account_id bigint STATISTICS 0 NOT NULL,
  principal_id bigint NOT NULL,
  digest bytea NOT NULL,
  type text NOT NULL,
  uploaded_at timestamp with time zone NOT NULL DEFAULT now(),
  principal_account_id bigint NOT NULL,
  CONSTRAINT upload_pkey PRIMARY KEY (account_id, principal_id, digest),
  CONSTRAINT upload_account_id_digest_fkey FOREIGN KEY (account_id, digest) REFERENCES blob(account_id, digest) ON DELETE CASCADE,
  CONSTRAINT upload_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE,
  CONSTRAINT upload_principal_account_id_principal_id_fkey FOREIGN KEY (principal_account_id, principal_id) REFERENCES principal(account_id, principal_id) ON DELETE CASCADE
);
CREATE INDEX upload_home ON upload USING btree (principal_account_id, principal_id);

CREATE TABLE vacation (
  account_id bigint STATISTICS 0 NOT NULL,
  is_enabled boolean NOT NULL,
  from_date timestamp with time zone,
  to_date timestamp with time zone,
  subject text,
  text_body text,
  html_body text,
  modseq bigint NOT NULL,
  CONSTRAINT vacation_pkey PRIMARY KEY (account_id),
  CONSTRAINT vacation_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);

CREATE TABLE vacation_reply (
  account_id bigint STATISTICS 0 NOT NULL,
  address text NOT NULL,
  replied_at timestamp with time zone NOT NULL,
  CONSTRAINT vacation_reply_pkey PRIMARY KEY (account_id, address),
  CONSTRAINT vacation_reply_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id) ON DELETE CASCADE
);
