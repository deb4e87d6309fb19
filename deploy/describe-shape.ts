// A zod shape as one line of text for the generated tables: `{chat: int, text: string≤8192, reply?: int}`.

import type * as z from 'zod'

interface Check {
  _zod: {
    def: { check: string; maximum?: number; minimum?: number; value?: number; inclusive?: boolean }
  }
}

interface Def {
  type: string
  format?: string
  checks?: readonly Check[]
  shape?: Record<string, z.ZodType>
  element?: z.ZodType
  items?: readonly z.ZodType[]
  innerType?: z.ZodType
  options?: readonly z.ZodType[]
  in?: z.ZodType
  keyType?: z.ZodType
  valueType?: z.ZodType
  entries?: Record<string, string>
  values?: readonly unknown[]
}

/**
 * @param names  shapes that stand elsewhere and appear here by name
 * @throws Error for a kind of shape that the protocol did not use so far
 */
export function describeShape(
  shape: z.ZodType,
  names: ReadonlyMap<z.ZodType, string> = new Map(),
): string {
  return names.get(shape) ?? expand(shape, names)
}

/** Like describeShape, but shows what is inside even when the shape has a name. */
export function expand(shape: z.ZodType, names: ReadonlyMap<z.ZodType, string>): string {
  const def = shape._zod.def as unknown as Def
  const of = (inner: z.ZodType | undefined) => (inner ? describeShape(inner, names) : 'any')
  switch (def.type) {
    case 'object':
      return `{${Object.entries(def.shape ?? {})
        .map(([key, value]) => field(key, value, names))
        .join(', ')}}`
    case 'array':
      return `[${of(def.element)}]${bound(def)}`
    case 'tuple':
      return `[${(def.items ?? []).map(of).join(', ')}]`
    case 'record':
      return `{[${of(def.keyType)}]: ${of(def.valueType)}}`
    case 'string':
      return `string${bound(def)}`
    case 'number':
      return `${def.checks?.some(isInt) || def.format === 'safeint' ? 'int' : 'number'}${bound(def)}`
    case 'boolean':
      return 'boolean'
    case 'literal':
      return (def.values ?? []).map(value => JSON.stringify(value)).join(' or ')
    case 'enum':
      return Object.keys(def.entries ?? {}).join(' or ')
    case 'union':
      return (def.options ?? []).map(of).join(' or ')
    case 'nullable':
      return `${of(def.innerType)} or null`
    case 'optional':
    case 'default':
      return of(def.innerType)
    case 'pipe':
      return of(def.in)
    default:
      throw new Error(`no words for a zod ${def.type}`)
  }
}

function field(key: string, value: z.ZodType, names: ReadonlyMap<z.ZodType, string>): string {
  const optional = value._zod.optin === 'optional' ? '?' : ''
  return `${key}${optional}: ${describeShape(value, names)}`
}

function isInt(check: Check): boolean {
  return (check._zod.def as { format?: string }).format === 'safeint'
}

/** Only the upper bound: the lower one is what anybody expects. */
function bound(def: Def): string {
  for (const { _zod } of def.checks ?? []) {
    if (_zod.def.maximum !== undefined) return `≤${_zod.def.maximum}`
    if (_zod.def.check === 'less_than' && _zod.def.value !== undefined) return `≤${_zod.def.value}`
  }
  return ''
}
