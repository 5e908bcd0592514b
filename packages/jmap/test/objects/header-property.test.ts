import { parseMessage } from '@tandem/mime'
import t from 'tap'
import { parseHeaderProperty, renderHeaderProperty } from '../../src/objects/header-property.js'

t.test('RFC 8621 §4.1.3: the forms that a property can have', async (t) => {
  const cases: [property: string, name: string, form: string, all: boolean][] = [
    ['header:Subject', 'subject', 'Raw', false],
    ['header:subject:asText', 'subject', 'Text', false],
    ['header:SUBJECT:asRaw:all', 'subject', 'Raw', true],
    ['header:From:asAddresses:all', 'from', 'Addresses', true],
    ['header:Resent-To:asGroupedAddresses', 'resent-to', 'GroupedAddresses', false],
    ['header:References:asMessageIds', 'references', 'MessageIds', false],
    ['header:Date:asDate', 'date', 'Date', false],
    ['header:List-Unsubscribe:asURLs', 'list-unsubscribe', 'URLs', false],
    ['header:List-Id:asText', 'list-id', 'Text', false],
    ['header:Received:all', 'received', 'Raw', true],
    ['header:X-Any:asDate', 'x-any', 'Date', false],
    ['header:X-Any:asURLs:all', 'x-any', 'URLs', true],
    ["header:!#$%&'*", "!#$%&'*", 'Raw', false],
  ]
  for (const [property, name, form, all] of cases) {
    t.strictSame(parseHeaderProperty(property), { property, name, form, all }, property)
  }
})

t.test('RFC 8621 §4.1.2: what is no such property, or a form that the field has not', async (t) => {
  const cases = [
    ...['header:', 'header', 'header:a b', 'header:é', 'Header:Subject', 'header::all', 'header:Subject:'],
    ...[
      'header:Subject:all:asText',
      'header:Subject:asText:all:all',
      'header:Subject:astext',
      'header:X:asFoo',
    ],
    ...['header:Subject:asconstructor', 'header:X:as', 'header:X:ALL'],
    ...['header:From:asDate', 'header:From:asText', 'header:Subject:asAddresses', 'header:Date:asText'],
    ...['header:Message-ID:asText', 'header:References:asURLs', 'header:List-Post:asText'],
    ...['header:Received:asDate', 'header:Return-Path:asAddresses', 'header:Keywords:asMessageIds'],
  ]
  for (const property of cases) t.equal(parseHeaderProperty(property), null, property)
})

t.test('the last field counts, or all of them in their order', async (t) => {
  const { headers } = parseMessage(
    Buffer.from(
      [
        'Subject: =?utf-8?q?caf=C3=A9?=',
        'X-N: 1',
        'x-n:  2',
        'To: "A, B" <a@example.com>, Friends: c@example.com;',
        'Date: Thu, 1 Jan 1970 01:00:00 +0100',
        'List-Post: <mailto:list@example.com> (a comment)',
        'Message-ID: <m@example.com>',
        '',
        '',
      ].join('\r\n'),
    ),
  )
  const cases: [property: string, value: unknown][] = [
    ['header:subject', ' =?utf-8?q?caf=C3=A9?='],
    ['header:subject:asText', 'café'],
    ['header:X-N', '  2'],
    ['header:X-N:all', [' 1', '  2']],
    ['header:X-N:asText:all', ['1', '2']],
    ['header:Absent', null],
    ['header:Absent:asText', null],
    ['header:Absent:all', []],
    [
      'header:To:asAddresses',
      [
        { name: 'A, B', email: 'a@example.com' },
        { name: null, email: 'c@example.com' },
      ],
    ],
    [
      'header:To:asGroupedAddresses',
      [
        { name: null, addresses: [{ name: 'A, B', email: 'a@example.com' }] },
        { name: 'Friends', addresses: [{ name: null, email: 'c@example.com' }] },
      ],
    ],
    ['header:Date:asDate', '1970-01-01T01:00:00+01:00'],
    ['header:List-Post:asURLs', ['mailto:list@example.com']],
    ['header:Message-ID:asMessageIds', ['m@example.com']],
    ['header:X-N:asMessageIds', null],
  ]
  for (const [property, value] of cases) {
    t.strictSame(renderHeaderProperty(headers, parseHeaderProperty(property)!), value, property)
  }
})
