import { expect, test } from 'vitest';
import { planOf } from '../../../../src/kernel/call/confirm.ts';
import type { Bound, Subject } from '../../../../src/kernel/call/steps.ts';
import type { Lab } from '../../../../src/kernel/lab.ts';
import type { Preview } from '../../../../src/sdk/index.ts';
import { clusterOf, vmIn } from '../../../support/vms.ts';

interface Told {
  readonly tool?: string;
  readonly user?: string;
  readonly input?: object;
  readonly effect?: 'change' | 'destroy';
  readonly policy?: string;
  readonly code?: string;
  readonly level?: 'ack' | 'human' | 'two-person';
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly nodeOwner?: string;
  readonly preview?: Preview;
  readonly id?: string;
  readonly generation?: number;
  readonly node?: string;
  readonly nodeGeneration?: number;
  readonly state?: 'running' | 'stopped';
  readonly draft?: boolean;
}

const preview = { summary: 'Destroy it.', effects: ['a stops.', 'b stops.'] };

/** The plan of a destroy of a cluster with one node, as these facts have it. */
function plan(told: Told = {}): string {
  const node = vmIn('/lab', told.node ?? 'v1', {
    ...{ generation: told.nodeGeneration ?? 1, owner: told.nodeOwner ?? 'ada' },
  });
  const subject: Partial<Subject> = {
    type: 'cluster',
    facts: {
      ...{ ...clusterOf(told.id ?? 'c1'), generation: told.generation ?? 1 },
      ...{ owner: told.owner ?? 'ada', tags: told.tags ?? [] },
    },
    ...{ nodes: [node], states: { [node.id]: told.state ?? 'running' }, draft: told.draft ?? false },
  };
  const bound = {
    operation: { name: told.tool ?? 'cluster_destroy' },
    request: { principal: { user: told.user ?? 'ada' } },
    ...{ input: told.input ?? { cluster_name: 'trio' }, effect: told.effect ?? 'destroy' },
    subjects: { cluster: [subject] },
    judgement: { rules: [], policy: 'p1', confirm: told.level ?? 'ack' },
  };
  const lab = { policy: { hash: told.policy ?? 'p1' }, code: told.code ?? 'c1' } as Lab;
  return planOf(lab, bound as unknown as Bound, told.preview ?? preview);
}

test('the same facts are the same plan', () => {
  expect(plan()).toBe(plan());
  expect(plan()).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test.each<[string, Told]>([
  ['another tool', { tool: 'cluster_stop' }],
  ['another person', { user: 'eve' }],
  ['another input', { input: { cluster_name: 'trio', remove_overlays: true } }],
  ['another effect', { effect: 'change' }],
  ['another policy', { policy: 'p2' }],
  ['another code of a plugin', { code: 'c2' }],
  ['another level', { level: 'human' }],
  ['another owner', { owner: 'eve' }],
  ['another tag', { tags: ['production'] }],
  ['another owner of a node', { nodeOwner: 'eve' }],
  ['another sentence in the preview', { preview: { ...preview, summary: 'Look at it.' } }],
  ['another effect in the preview', { preview: { ...preview, effects: ['a stops.'] } }],
  ['another thing of the same name', { id: 'c2' }],
  ['a change of the thing', { generation: 2 }],
  ['another node', { node: 'v2' }],
  ['a change of a node', { nodeGeneration: 2 }],
  ['a node in another state', { state: 'stopped' }],
  ['a thing that does not exist yet', { draft: true }],
])('%s is another plan', (_, told) => {
  expect(plan(told)).not.toBe(plan());
});
