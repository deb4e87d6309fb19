// Makes the first load of the page smaller, where a library brings what the page never uses. Used by vite.config.ts.

import type { Plugin } from 'vite'

/** Of zod: writing JSON Schema, which only the api's documents need. 16 KB, tied to each schema, so that no bundler leaves it out. */
const unused = /\/zod\/v4\/core\/(?:to-json-schema|json-schema-processors)\.js$/

/** Puts functions that do nothing in the place of what `unused` names. */
export function withoutJsonSchemas(): Plugin {
  return {
    name: 'petrel:without-json-schemas',
    transform: {
      filter: { id: unused },
      handler(code) {
        const names = [...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(
          ([, name]) => name,
        )
        if (names.length === 0) throw new Error('zod keeps its JSON Schema elsewhere now')
        const exports = names.map(name => `export const ${name} = none`)
        return { code: `const none = () => none\n${exports.join('\n')}\n`, map: null }
      },
    },
  }
}
