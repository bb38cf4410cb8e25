import { userInfo } from 'node:os'

/** Name of the account that runs this process; null where its uid has none, as in some containers. */
export function findUserName(): string | null {
  try {
    return userInfo().username
  } catch {
    return null
  }
}
