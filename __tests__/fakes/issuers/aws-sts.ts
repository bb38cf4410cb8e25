import { randomBytes } from 'node:crypto'
import { type FakeAnswer, type FakeService, json } from '../exchange.ts'
import { readForm } from './form.ts'
import type { AssertionVerdict, GithubOidc } from './github-oidc.ts'
import { type IssuedToken, renderExpiryInstant, type TokenLedger } from './token-ledger.ts'

export interface AwsStsOptions {
  readonly roleArn: string
  readonly oidc: GithubOidc
  /** Books the session tokens: a request is good as long as its session token is. */
  readonly tokens: TokenLedger
  /** `xml` answers in XML whatever is asked for, as a proxy that drops `accept` makes it. */
  readonly format?: 'json' | 'xml'
}

export interface AwsKeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

export interface AwsSts extends FakeService {
  /** The keys of an access key id, while its session lives. */
  readonly find: (accessKeyId: string) => AwsKeyPair | undefined
  readonly keys: readonly AwsKeyPair[]
}

/** AssumeRoleWithWebIdentity: an unsigned form in, a pair of keys and a session token out. */
export function createAwsSts(options: AwsStsOptions): AwsSts {
  const keys: AwsKeyPair[] = []
  return {
    keys,
    find: (id) => keys.find(({ accessKeyId }) => accessKeyId === id),
    answer: (request) => {
      const format = options.format ?? (request.header('accept') === 'application/json' ? 'json' : 'xml')
      if (request.method !== 'POST' || request.target !== '/') {
        return renderError(format, 'InvalidAction', 'A POST of a form, please')
      }
      const form = readForm(request)
      const fault = findFault(form, options)
      if (fault !== undefined) return renderError(format, ...fault)
      const issued = options.tokens.issue((random) => `IQoJ${Buffer.from(random).toString('base64')}==`)
      const pair: AwsKeyPair = {
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: `${randomBytes(27).toString('base64')}/+ab`,
        sessionToken: issued.token,
      }
      keys.push(pair)
      return renderKeys(format, pair, issued)
    },
  }
}

type Format = 'json' | 'xml'

function findFault(form: URLSearchParams, { roleArn, oidc }: AwsStsOptions): readonly [string, string] | undefined {
  if (form.get('Action') !== 'AssumeRoleWithWebIdentity' || form.get('Version') !== '2011-06-15') {
    return ['InvalidAction', 'Could not find operation']
  }
  const seconds = Number(form.get('DurationSeconds'))
  if (!(seconds >= 900 && seconds <= 43_200)) return ['ValidationError', '1 validation error detected']
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '')) return ['ValidationError', 'RoleSessionName']
  if (form.get('RoleArn') !== roleArn) return ['AccessDenied', DENIED]
  return VERDICTS[oidc.take(form.get('WebIdentityToken') ?? '', 'sts.amazonaws.com')]
}

const DENIED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'

const VERDICTS: Readonly<Record<AssertionVerdict, readonly [string, string] | undefined>> = {
  good: undefined,
  reused: undefined,
  unknown: ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://evil.example'],
  audience: ['InvalidIdentityToken', 'Incorrect token audience'],
  expired: ['ExpiredTokenException', 'Token expired: current date/time must be before the expiration date/time'],
}

function renderKeys(format: Format, pair: AwsKeyPair, issued: IssuedToken): FakeAnswer {
  const instant = renderExpiryInstant(issued)
  if (format === 'json') {
    const Expiration = instant === undefined ? undefined : Date.parse(instant) / 1000
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } = pair
    const Credentials = { AccessKeyId, SecretAccessKey, SessionToken, Expiration }
    return json(200, { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials } } })
  }
  const body = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <SessionToken>${pair.sessionToken}</SessionToken>
      <SecretAccessKey>${pair.secretAccessKey}</SecretAccessKey>
      <Expiration>${instant ?? ''}</Expiration>
      <AccessKeyId>${pair.accessKeyId}</AccessKeyId>
    </Credentials>
    <Provider>arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com</Provider>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`
  return { kind: 'text', status: 200, body, headers: { 'content-type': 'text/xml' } }
}

/** An error in the words of STS. */
export function renderError(format: Format, code: string, message: string): FakeAnswer {
  const status = code === 'AccessDenied' ? 403 : 400
  if (format === 'json')
    return json(status, { Error: { Code: code, Message: message, Type: 'Sender' }, RequestId: 'r' })
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`
  return { kind: 'text', status, body, headers: { 'content-type': 'text/xml' } }
}
