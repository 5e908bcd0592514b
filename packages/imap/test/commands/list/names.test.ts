import type { Mailbox } from '@tandem/mailstore'
import t from 'tap'
import { allNames, findNames } from '../../../src/commands/list/names.js'
import { createPattern } from '../../../src/wire/mailbox-pattern.js'

/** The mailboxes of these paths, each with all it lies below. */
function tree(paths: readonly string[], subscribed: readonly string[]): Mailbox[] {
  return paths.map((path, id) => ({
    id,
    path,
    parentId: paths.indexOf(path.slice(0, Math.max(0, path.lastIndexOf('/')))) as number | null,
    isSubscribed: subscribed.includes(path),
  })) as Mailbox[]
}

/** `path`, with `!` where there is no mailbox, `s` where it is subscribed, and `+` for CHILDINFO. */
function found(paths: string[], subscribed: string[], pattern: string, recursive: boolean): string[] {
  const names = allNames(tree(paths, subscribed), subscribed)
  return findNames(names, createPattern('', pattern), (name) => name.isSubscribed, recursive).map(
    ({ name, isSelected, hasSelectedBelow }) =>
      [name.mailbox ? '' : '!', name.path, isSelected ? ' s' : '', hasSelectedBelow ? ' +' : ''].join(''),
  )
}

t.test('LIST (SUBSCRIBED) and (SUBSCRIBED RECURSIVEMATCH): the examples of RFC 5258 §5', async (t) => {
  const fruit = ['INBOX', 'Fruit', 'Fruit/Apple', 'Fruit/Banana', 'Tofu', 'Vegetable', 'Vegetable/Broccoli']
  const fruitSubscribed = ['INBOX', 'Fruit/Banana', 'Fruit/Peach', 'Vegetable', 'Vegetable/Broccoli']
  const foo = ['INBOX', 'Foo', 'Foo/Bar', 'Foo/Baz', 'Moo']
  const two = [
    'INBOX',
    'foo2',
    'foo2/bar1',
    'foo2/bar2',
    'baz2',
    'baz2/bar2',
    'baz2/bar22',
    'eps2',
    'eps2/mamba',
  ]
  const twoSubscribed = [
    'foo2/bar1',
    'foo2/bar2',
    'baz2/bar2',
    'baz2/bar22',
    'eps2',
    'eps2/mamba',
    'qux2/bar2',
  ]
  const cases: [
    example: string,
    paths: string[],
    subscribed: string[],
    pattern: string,
    recursive: boolean,
    expected: string[],
  ][] = [
    [
      '2',
      fruit,
      fruitSubscribed,
      '*',
      false,
      ['INBOX s', 'Fruit/Banana s', 'Vegetable s', 'Vegetable/Broccoli s', '!Fruit/Peach s'],
    ],
    ['8 A, no RECURSIVEMATCH', foo, ['Foo/Baz'], '%', false, []],
    ['8 A', foo, ['Foo/Baz'], '%', true, ['Foo +']],
    ['8 A1', foo, ['Foo', 'Foo/Baz'], '%', true, ['Foo s +']],
    ['8 A2', ['INBOX', 'Moo'], ['Foo/Baz'], '%', true, ['!Foo +']],
    ['8 B', foo, [], '%', true, []],
    ['8 C', foo, ['Foo', 'Moo'], '%', true, ['Foo s', 'Moo s']],
    [
      '9',
      two,
      twoSubscribed,
      '*2',
      true,
      ['foo2 +', 'foo2/bar2 s', 'baz2/bar2 s', 'baz2/bar22 s', 'eps2 s +', '!qux2/bar2 s'],
    ],
    ['10', ['foo'], ['foo/bar'], 'foo/*', false, ['!foo/bar s']],
    ['10, RECURSIVEMATCH', ['foo'], ['foo/bar'], 'foo', true, ['foo +']],
    ['two levels below', ['a'], ['a/b/c'], '%', true, ['a +']],
    ['two levels below, without a mailbox', [], ['a/b/c'], '*%b', true, ['!a/b +']],
  ]
  for (const [example, paths, subscribed, pattern, recursive, expected] of cases) {
    t.same(found(paths, subscribed, pattern, recursive), expected, example)
  }
})

t.test('a mailbox that is there for those below it is not what was selected (RFC 5819 §3)', async (t) => {
  const names = allNames(tree(['a', 'a/b'], ['a/b']), ['a/b'])
  const result = findNames(names, createPattern('', '%'), (name) => name.isSubscribed, true)
  t.match(result, [{ name: { path: 'a', hasChildren: true }, isSelected: false, hasSelectedBelow: true }])
})
