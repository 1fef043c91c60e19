import type { Tool } from '@modelcontextprotocol/server';
import type { Lab } from '../../kernel/lab.ts';
import { type Caller, toolsFor } from '../../kernel/tools.ts';
import type { AnyOperation, JsonSchema } from '../../sdk/index.ts';

/** The tools that this caller could use, as MCP shows them. */
export const toolList = (lab: Lab, caller: Caller): Tool[] =>
  [...toolsFor(lab, caller).values()].map(({ operation }) => shown(operation));

const known = new WeakMap<AnyOperation, Tool>();

function shown(operation: AnyOperation): Tool {
  const tool = known.get(operation) ?? toolOf(operation);
  known.set(operation, tool);
  return tool;
}

const toolOf = ({ name, summary, input, output, effect, idempotent }: AnyOperation): Tool => ({
  name,
  description: summary,
  inputSchema: bare(input),
  outputSchema: bare(open(output)),
  annotations: {
    readOnlyHint: effect === 'read',
    destructiveHint: effect === 'destroy',
    idempotentHint: idempotent,
    openWorldHint: false,
  },
});

/** Which dialect it is goes without saying, and costs tokens in every tool; so does what only the audit log reads. */
const bare = (schema: JsonSchema) => {
  const { $schema, ...rest } = JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'x-audit' ? undefined : value)),
  );
  return rest;
};

/** What an answer does not have is left out before it is sent, so that it is closed need not be said in every object of every tool. */
const open = (schema: JsonSchema): JsonSchema =>
  JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'additionalProperties' && value === false ? undefined : value)),
  );
