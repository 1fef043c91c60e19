import { type Code, LabError } from 'labwarden/sdk';

interface Named {
  readonly name: string;
}

/** Does the same to every node at once and waits for all of them. One that failed fails the whole, and the error names each. */
export async function each<N extends Named, T>(
  what: string,
  nodes: readonly N[],
  work: (node: N) => Promise<T>,
): Promise<T[]> {
  const ended = await Promise.allSettled(nodes.map(work));
  const failed = ended.flatMap((end, index) =>
    end.status === 'rejected' ? [{ node: nodes[index]?.name ?? '', error: LabError.of(end.reason) }] : [],
  );
  if (failed.length > 0) throw together(what, failed);
  return ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}

interface Failure {
  readonly node: string;
  readonly error: LabError;
}

function together(what: string, failed: readonly [Failure, ...Failure[]] | readonly Failure[]): LabError {
  const sentences = failed.map(({ node, error }) => `${node}: ${error.message}`);
  const failures = Object.fromEntries(
    failed.map(({ node, error }) => [node, { code: error.code, message: error.message, ...error.details }]),
  );
  const [first] = failed;
  const code: Code = first?.error.code ?? 'INTERNAL';
  return new LabError(
    code,
    `${what} failed on ${failed.length === 1 ? 'one node' : `${failed.length} nodes`}. ${sentences.join(' ')}`,
    {
      details: { failures },
      cause: first?.error,
    },
  );
}
