// Arrays of Postgres's own types as the driver reads and writes them, without its question which types have arrays.
//
// It asks that on each new connection, before the first statement, and nobody hears the answer's error. Where the
// connection is lost meanwhile and the next attempt is told that the database is recovering, the process ends by it.

/** OIDs of a type and of its array, which never change (pg_type.dat). */
const ARRAYS: readonly (readonly [type: number, array: number])[] = [
  [16, 1000], // bool
  [17, 1001], // bytea
  [18, 1002], // "char"
  [19, 1003], // name
  [20, 1016], // int8
  [21, 1005], // int2
  [23, 1007], // int4
  [25, 1009], // text
  [26, 1028], // oid
  [114, 199], // json
  [700, 1021], // float4
  [701, 1022], // float8
  [1042, 1014], // bpchar
  [1043, 1015], // varchar
  [1082, 1182], // date
  [1114, 1115], // timestamp
  [1184, 1185], // timestamptz
  [1700, 1231], // numeric
  [2950, 2951], // uuid
  [3802, 3807], // jsonb
]

// biome-ignore lint/suspicious/noExplicitAny: values of any type, as in the driver
type Value = any

/** What the driver has for each type, by its OID. */
interface Types {
  parsers: Record<number, (text: Value) => Value>
  serializers: Record<number, (value: Value) => Value>
}

/** Adds to the types the arrays of each. */
export function addArrays({ parsers, serializers }: Types): void {
  for (const [type, array] of ARRAYS) {
    const [parse, serialize] = [parsers[type], serializers[type]]
    parsers[array] = (text: string) => parseArray(text, parse)
    // A text is taken as it is: it is an array already.
    serializers[array] = (value: Value) => (Array.isArray(value) ? serializeArray(value, serialize) : value)
  }
}

/** One element of an array's text: quoted, or up to the next delimiter; and the braces of arrays in it. */
const TOKEN = /"((?:[^"\\]+|\\[\s\S])*)"|([{}])|([^{},"]+)/g

/** Reads the text of an array of one dimension or more (Postgres's documentation, §8.15.6). */
export function parseArray<T = string>(text: string, parse?: (text: string) => T): (T | string | null)[] {
  const read = (element: string) => (parse ? parse(element) : element)
  const open: Value[][] = [[]]
  for (const [, quoted, brace, bare] of text.matchAll(TOKEN)) {
    const current = open.at(-1)!
    if (brace === '{') {
      const inner: Value[] = []
      current.push(inner)
      open.push(inner)
    } else if (brace === '}') open.pop()
    else if (bare !== undefined) current.push(bare.toUpperCase() === 'NULL' ? null : read(bare))
    else current.push(read(quoted!.replace(/\\([\s\S])/g, '$1')))
  }
  return open[0]![0]
}

/** Writes an array as text. Errors: TypeError where an element is undefined. */
export function serializeArray(values: readonly Value[], serialize?: (value: Value) => Value): string {
  const elements = values.map((value) => {
    if (value === undefined) throw new TypeError('an element of an array is undefined')
    if (value === null) return 'null'
    if (Array.isArray(value)) return serializeArray(value, serialize)
    return `"${String(serialize ? serialize(value) : value).replace(/[\\"]/g, '\\$&')}"`
  })
  return `{${elements.join(',')}}`
}
