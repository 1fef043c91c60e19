import type { LabError } from '../../sdk/index.ts';

/** `error`: it is not loaded, or says what can never be. `warning`: probably not what was meant. `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note';

export interface Problem {
  readonly code: string;
  readonly severity: Severity;
  /** Absent for what no single place of a file is to blame for. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** What the loader threw, with its place apart from its sentence. */
export function problemOf({ message, details: { file, line, column } }: LabError): Problem {
  const at = {
    ...(typeof file === 'string' && { file }),
    ...(typeof line === 'number' && { line }),
    ...(typeof column === 'number' && { column }),
  };
  const place = `${file}:${line}:${column}: `;
  const said = message.startsWith(place) ? message.slice(place.length) : message;
  return { code: 'invalid', severity: 'error', ...at, message: said };
}

/** `file:line:column: severity: message [code]`, as compilers say it and editors jump to it. */
export function told({ code, severity, file, line, column, message }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place === '' ? '' : `${place}: `}${severity}: ${message} [${code}]`;
}

export const byPlace = (a: Problem, b: Problem): number =>
  (a.file ?? '').localeCompare(b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
