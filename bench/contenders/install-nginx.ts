import { execFileSync } from 'node:child_process'

/** Installs nginx from Debian where that is possible without asking for rights; does nothing elsewhere. */
export function installNginx(say: (text: string) => void): void {
  if (process.getuid?.() !== 0) return
  say('installing nginx-light from Debian')
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '-qq', 'nginx-light'], { stdio: 'ignore' })
  } catch {
    say('apt-get could not install it')
  }
}
