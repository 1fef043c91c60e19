// The least that an MCP server on the same SDK can be: one tool, one process, nothing behind it.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1' });
  const inputSchema = z.object({ text: z.string() });
  server.registerTool('echo', { description: 'Says it back.', inputSchema }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
});
