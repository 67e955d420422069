import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalRegistry } from './local-registry.ts';

/** An environment in which npm knows the local registry and nothing of this machine's settings and tokens. */
export function npmClient(folder: string, { url }: LocalRegistry, token?: string): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  const userconfig = join(folder, 'npmrc');
  const settings = [`registry=${url}`, 'fund=false', 'audit=false', 'update-notifier=false'];
  if (token) settings.push(`//${new URL(url).host}/:_authToken=${token}`);
  writeFileSync(userconfig, `${settings.join('\n')}\n`);
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    NPM_CONFIG_USERCONFIG: userconfig,
    NPM_CONFIG_GLOBALCONFIG: join(folder, 'global-npmrc'),
    NPM_CONFIG_CACHE: join(folder, 'cache'),
    TURBO_FORCE: 'false',
  };
}
