import { LabError, z } from 'labwarden/sdk';
import { type Folders, uuid } from './folders.ts';
import type { Hands } from './hands.ts';
import { type OnEvent, Qmp } from './qmp.ts';
import { poll } from './wait.ts';

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

type Log = (vmId: string, ...event: Parameters<OnEvent>) => void;

const gone = 'gone';

/** The QMP connections to the VMs that run, each opened when first needed, and kept. */
export class Monitors {
  readonly #hands: Hands;
  readonly #folders: Folders;
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #open = new Map<string, Promise<Qmp | undefined>>();

  constructor(hands: Hands, folders: Folders, limits: Limits, log: Log) {
    this.#hands = hands;
    this.#folders = folders;
    this.#limits = limits;
    this.#log = log;
  }

  /** `undefined` when its QEMU does not run. PROVIDER_UNAVAILABLE when it runs and does not answer in time. */
  of(id: string): Promise<Qmp | undefined> {
    const open = this.#open.get(id);
    if (open) return open;
    const opening = this.#connect(id);
    this.#open.set(id, opening);
    const forget = () => void this.#open.delete(id);
    opening.then((qmp) => (qmp ? qmp.ended.then(forget) : forget()), forget);
    return opening;
  }

  async drop(id: string): Promise<void> {
    const qmp = await this.#open.get(id)?.catch(() => undefined);
    await qmp?.close();
    await qmp?.ended;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.drop(id)));
  }

  async #connect(id: string): Promise<Qmp | undefined> {
    const { clock, process } = this.#hands;
    let cause: unknown;
    const greeted = async (path: string) =>
      await this.#greet(id, path).catch((reason: unknown) => {
        cause = reason; // not there yet, or held by another
      });
    const [one, other] = this.#folders.vm(id).monitors;
    const answer = await poll(
      { clock, everyMs: 25, withinMs: this.#limits.timeoutMs, signal: this.#limits.signal },
      async () => ((await process.alive(id)) ? ((await greeted(one)) ?? (await greeted(other)) ?? undefined) : gone),
    );
    if (answer === gone) return undefined;
    if (answer) return await proved(answer, id);
    throw new LabError('PROVIDER_UNAVAILABLE', `The QEMU of VM ${id} runs, but does not answer its monitor.`, {
      cause,
    });
  }

  async #greet(id: string, path: string): Promise<Qmp> {
    const pipe = await this.#hands.dial.open({ unix: path });
    return await Qmp.open(pipe, this.#limits.timeoutMs, (event, data) => this.#log(id, event, data));
  }
}

/** The connection, once the QEMU behind it has named the VM's own UUID. */
async function proved(qmp: Qmp, id: string): Promise<Qmp> {
  const { UUID } = z.object({ UUID: z.string() }).parse(await qmp.execute('query-uuid'));
  if (UUID === uuid(id)) return qmp;
  await qmp.close();
  throw new LabError('PROVIDER_FAILED', `Another QEMU answers at the monitor of VM ${id}; end it and try again.`);
}
