import { invalidProperties, type SetError } from '../errors.js'

/** What is wrong with an object that a client sent, gathered so that one answer tells all of it. */
export interface Problems {
  /** `property`: of the object itself; where in it, the description tells. */
  add(property: string, description: string): void
  /** Null where nothing is wrong. */
  error(): SetError | null
}

/** Descriptions in one answer. */
const MAX_TOLD = 20

export function createProblems(): Problems {
  const properties = new Set<string>()
  const descriptions: string[] = []
  return {
    add(property, description) {
      properties.add(property)
      const told = description.slice(0, 300)
      if (descriptions.length < MAX_TOLD && !descriptions.includes(told)) descriptions.push(told)
    },
    error: () => (properties.size === 0 ? null : invalidProperties([...properties], descriptions.join('; '))),
  }
}
