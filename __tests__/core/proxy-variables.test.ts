import { describe, expect, it } from '@jest/globals'
import { deriveProxyVariables } from '../../src/core/proxy-variables.ts'

const PROXY = 'http://127.0.0.1:4711'

describe('deriveProxyVariables()', () => {
  it('sets what clients read in the cooperative level, where nothing else leads to the relay', () => {
    expect(deriveProxyVariables('cooperative', PROXY, {})).toEqual({
      HTTPS_PROXY: PROXY,
      https_proxy: PROXY,
      HTTP_PROXY: PROXY,
      http_proxy: PROXY,
      NODE_USE_ENV_PROXY: '1',
    })
  })

  it('replaces ALL_PROXY too where the job has it', () => {
    expect(deriveProxyVariables('cooperative', PROXY, { ALL_PROXY: 'http://corp:3128' })).toMatchObject({
      ALL_PROXY: PROXY,
    })
  })

  it.each(['enforced', 'wrapped'] as const)('leaves a job without proxies as it is in the %s level', (level) => {
    expect(deriveProxyVariables(level, PROXY, { HTTPS_PROXY: '' })).toEqual({})
  })

  it('puts the relay in the place of a corporate proxy that no rule would allow', () => {
    const job = { https_proxy: 'http://corp:3128', HTTP_PROXY: 'http://corp:3128', NO_PROXY: 'a' }
    expect(deriveProxyVariables('enforced', PROXY, job)).toEqual({ https_proxy: PROXY, HTTP_PROXY: PROXY })
  })
})
