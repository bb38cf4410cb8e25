// Preload for scripts/lint-yaml.mjs: @actions/languageservice imports JSON files without the import attribute that Node
// demands; this supplies it.
import { registerHooks } from 'node:module'

registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith('.json')
      ? nextLoad(url, { ...context, format: 'json', importAttributes: { type: 'json' } })
      : nextLoad(url, context),
})
