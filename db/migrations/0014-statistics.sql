-- No statistics of account_id: from the accounts that it knows the planner concludes that one which it does not know
-- has a single row, and plans loops over all of that account's rows (docs/adr/0014).
do $$
declare
  known record;
begin
  for known in
    select c.relname as name, exists (
        select from pg_stats s
        where s.schemaname = 'public' and s.tablename = c.relname and s.attname = a.attname) as has_statistics
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'account_id'
  loop
    -- ANALYZE would leave those it made before as they are, to grow old. Before Postgres 18 they can't be taken away.
    if known.has_statistics then
      continue when current_setting('server_version_num')::integer < 180000;
      execute format('select pg_clear_attribute_stats(''public'', %1$L, ''account_id'', false),
        pg_clear_attribute_stats(''public'', %1$L, ''account_id'', true)', known.name);
    end if;
    execute format('alter table %I alter account_id set statistics 0', known.name);
  end loop;
end $$;
