-- Words are found by what their letters are typed as (ß: ss), and by the number behind their letters (v1: 1), as those
-- of messages that are filed from now on (packages/mailstore/src/search/words.ts). A vector may hold 1 MiB: what is
-- near to that stays as it is.
update search set
  people = (
    select coalesce(string_agg(format('''%s'':%s', form, places), ' '), '')::tsvector
    from unnest(people) w (word, positions, weights),
      lateral (select string_agg(position || weight, ',') as places
        from unnest(positions, weights) x (position, weight)) at_place,
      lateral (select translate(replace(replace(replace(replace(word, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
        'øłđðħŧıŋĸ', 'olddhtink') as plain) p,
      lateral (values (plain), (substring(plain from '^[^0-9]+([0-9].*)$'))) f (form)
    where form is not null),
  words = (
    select coalesce(string_agg(format('''%s'':%s', form, places), ' '), '')::tsvector
    from unnest(words) w (word, positions, weights),
      lateral (select string_agg(position || weight, ',') as places
        from unnest(positions, weights) x (position, weight)) at_place,
      lateral (select translate(replace(replace(replace(replace(word, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
        'øłđðħŧıŋĸ', 'olddhtink') as plain) p,
      lateral (values (plain), (substring(plain from '^[^0-9]+([0-9].*)$'))) f (form)
    where form is not null)
where length(words::text) < 400000 and length(people::text) < 400000
  and (people::text ~ '[ßæœøłđðþħŧıŋĸ]|''[^'':]*[^0-9'':][0-9]' or words::text ~ '[ßæœøłđðþħŧıŋĸ]|''[^'':]*[^0-9'':][0-9]');
