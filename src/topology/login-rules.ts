import { type Problem, quoted, type Rule, rule } from '../document/document.ts';
import { nearest } from '../document/nearest.ts';
import { z } from '../sdk/index.ts';

const withSsh = (ssh: z.ZodRawShape) => z.looseObject({ ssh: z.looseObject(ssh) });

export const oneLogin: Rule = rule(
  withSsh({ key_path: z.string(), password_secret: z.string() }),
  (): readonly Problem[] => [
    { path: ['ssh', 'password_secret'], says: 'found beside key_path; expected one of the two.' },
  ],
);

/** A topology may name only what the admin opened for guests: whoever writes one could send any other secret to a guest of theirs. */
export const knownPassword = (known: readonly string[]): Rule =>
  rule(z.looseObject({ ssh: z.looseObject({ password_secret: z.string() }) }), ({ ssh }): readonly Problem[] => {
    const name = ssh.password_secret;
    if (known.includes(name)) return [];
    const meant = nearest(name, known);
    const says = meant
      ? `did you mean "${meant}"?`
      : `expected a secret of the config that has guests: true${known.length > 0 ? `: ${known.join(', ')}` : ''}.`;
    return [{ path: ['ssh', 'password_secret'], says: `found ${quoted(name)}; ${says}` }];
  });
