import type { Manifest } from '../sdk/index.ts';

/** What an admin grants a plugin, by the names that its manifest gives things. */
export interface Grants {
  readonly exec?: readonly string[] | undefined;
  readonly process?: readonly string[] | undefined;
  readonly dial?: readonly string[] | undefined;
  readonly files?: Manifest['ports']['files'] | undefined;
  readonly http?: readonly string[] | undefined;
  readonly secret?: readonly string[] | undefined;
  readonly state?: true | undefined;
  readonly clock?: true | undefined;
  readonly random?: true | undefined;
}

/** The part of a manifest's wishes that was granted. The digest is pinned, so a name means what the admin read. */
export function granted({ ports }: Manifest, grants: Grants): Manifest['ports'] {
  const named = <T>(all: Readonly<Record<string, T>> = {}, names: readonly string[] = []) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  return {
    exec: named(ports.exec, grants.exec),
    process: named(ports.process, grants.process),
    dial: (ports.dial ?? []).filter(({ to }) => grants.dial?.includes(to)),
    files: grants.files ?? {},
    http: [...(grants.http ?? [])],
    secret: [...(grants.secret ?? [])],
    ...(grants.state && { state: true }),
    ...(grants.clock && { clock: true }),
    ...(grants.random && { random: true }),
  };
}
