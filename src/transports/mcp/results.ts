import type { CallToolResult } from '@modelcontextprotocol/server';
import { codes, type LabError } from '../../sdk/index.ts';

/** The operation's output, bare; as text too, for clients that read nothing else. */
export const success = (data: object): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(data) }],
  structuredContent: { ...data },
});

const retried: readonly string[] = ['fix', 'later', 'confirm', 'job_get', 'inspect'];

/** Text only: clients of the 2025 era check `structuredContent` against the output schema even on errors. */
export function failure({ code, message, details }: LabError, call: string, more = ''): CallToolResult {
  const advice = codes[code];
  const sentence = more === '' ? message : `${message} ${more}`;
  const json = { code, message: sentence, recoverable: retried.includes(advice), advice, details, call };
  return {
    isError: true,
    content: [
      { type: 'text', text: `${code}: ${sentence}` },
      { type: 'text', text: JSON.stringify(json) },
    ],
  };
}
