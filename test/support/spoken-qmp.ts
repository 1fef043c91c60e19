import type { Pipe } from 'labwarden/sdk';

const greeting = '{"QMP": {"version": {"qemu": {"major": 7}}, "capabilities": ["oob"]}}\r\n';

/** The monitor of a QEMU that greets, and answers each command as told; `undefined` is no answer. */
export function qemu(answer: (command: string, id: number) => string | undefined, hello = greeting) {
  const said = new TransformStream<string, string>(undefined, { highWaterMark: 99 });
  const [writer, reader] = [said.writable.getWriter(), said.readable.getReader()];
  const say = (text: string) => void writer.write(text).catch(() => {});
  const hangUp = () => void writer.close().catch(() => {});
  if (hello) say(hello);
  const pipe: Pipe = {
    read: async () => {
      const { value } = await reader.read();
      return value === undefined ? undefined : Buffer.from(value);
    },
    async write(bytes) {
      const { execute, id } = JSON.parse(Buffer.from(bytes).toString()) as { execute: string; id: number };
      const text = execute === 'qmp_capabilities' ? `{"return": {}, "id": ${id}}\n` : answer(execute, id);
      if (text) say(text);
    },
    close: async () => hangUp(),
  };
  return { pipe, say, hangUp };
}
