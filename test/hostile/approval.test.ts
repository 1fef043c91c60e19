import { randomBytes, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answers, attend } from '../../src/kernel/approval/desk.ts';
import { bytesOf, claimOf, type Statement } from '../../src/kernel/approval/statement.ts';
import { call } from '../../src/kernel/call/call.ts';
import type { Outcome, Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import type { Lab } from '../../src/kernel/lab.ts';
import { toolsFor } from '../../src/kernel/tools.ts';
import type { Principal } from '../../src/sdk/index.ts';
import {
  type Approver,
  answer,
  candidacy,
  desk,
  enrolled,
  person,
  signatureOf,
  statementOf,
} from '../support/approvers.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../support/lab.ts';

const bob: Principal = { user: 'bob', groups: [], via: 'stdio', agent: 'a program' };
const machines = ['cluster', 'vm'];
const policy = {
  version: 1,
  roles: {
    user: {
      allow: [{ actions: ['*'], on: [...machines, 'job'], where: { owner: '$me' } }],
      confirm: [{ level: 'human', actions: ['destroy', 'cut'], on: machines }],
    },
    approver: { allow: [{ actions: ['approve'], on: machines }] },
  },
  bindings: [
    { role: 'user', users: ['bob'] },
    { role: 'approver', users: ['ana', 'olga'] },
  ],
};

let folder: Awaited<ReturnType<typeof ownFolder>>;
let otherFolder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
let other: TestLab;
let ana: Approver;
let id: string;

const never = new AbortController().signal;
const ask = (tool: string, args: object, extra: Partial<Request> = {}, one: TestLab = lab): Promise<Outcome> =>
  call(one.lab, {
    ...{ id: newCallId(), principal: bob, session: 's1', tool, args, signal: never, stop: never },
    ...extra,
  });
const destroy = (extra: Partial<Request> = {}, one: TestLab = lab) =>
  ask('cluster_destroy', { cluster_name: 'red' }, extra, one);
const waitsFor = (outcome: Outcome): string => (outcome.ok ? '' : String(outcome.error.details['approval']));

const opened = async (dir: string) => {
  // Nobody waits here: alarms.test.ts is about that.
  const one = await openLab(await labFiles(dir, { policies: [policy], more: { confirmation: { slowest_s: 0 } } }));
  await ask('cluster_define', { topology_name: 'red' }, {}, one);
  await ask('cluster_define', { topology_name: 'blue' }, {}, one);
  return one;
};

beforeAll(async () => {
  [folder, otherFolder] = [await ownFolder(), await ownFolder()];
  [lab, other] = [await opened(folder.path), await opened(otherFolder.path)];
  ana = await enrolled(lab.lab, person('ana'));
  // The very same key is hers in the other lab.
  await enrolled(other.lab, ana);
});
afterAll(async () => {
  for (const one of [lab, other, folder, otherFolder]) await one[Symbol.asyncDispose]();
});
beforeEach(async () => {
  id = waitsFor(await destroy());
  expect(id).toMatch(/^[0-9a-f]{32}$/);
});

const alarms = async () =>
  (await lab.records()).filter(({ kind }) => kind === 'alarm').map(({ data }) => Object(data).alarm);

/** Sees that nobody has approved anything, that nothing was destroyed, and that the alarm, if one is expected, is in the log. */
async function inVain(attack: () => Promise<unknown>, alarm?: string): Promise<void> {
  const before = await alarms();
  await attack();
  const open = await lab.lab.state.openApprovals();
  expect(open.find((one) => one.id === id)?.answers).toEqual([]);
  expect(waitsFor(await destroy())).toBe(id);
  expect((await lab.records()).filter(({ kind, act }) => kind === 'intent' && act === 'cluster_destroy')).toEqual([]);
  const raised = (await alarms()).slice(before.length);
  expect(raised).toEqual(alarm === undefined ? [] : [alarm]);
}

const refuses = async (asked: object, code: string) =>
  await expect(attend(lab.lab, { user: 'root', holds: true }, asked)).rejects.toMatchObject({ code });

const signed = (who: Approver, statement: Statement) => ({
  do: 'answer',
  statement,
  signature: signatureOf(who, statement),
});

test('no tool approves, whoever asks for the list', () => {
  const names = [...toolsFor(lab.lab, { principal: bob }).keys()];
  expect(names).not.toEqual([]);
  expect(names.filter((name) => /approv|confirm|grant|deny/.test(name))).toEqual([]);
});

describe('at the socket, without a key', () => {
  test.each(['', 'AAAA', randomBytes(64).toString('base64'), Buffer.alloc(64).toString('base64')])(
    'a signature that is %j is none',
    async (signature) => {
      await inVain(
        async () => {
          const statement = await statementOf(lab.lab, ana, id);
          await refuses({ do: 'answer', statement, signature }, signature === '' ? 'INVALID_INPUT' : 'FORBIDDEN');
        },
        signature === '' ? undefined : 'bad signature',
      );
    },
  );

  test('another key’s signature is none under her name, nor is a name that nobody has', async () => {
    const mallory = person('mallory');
    await inVain(async () => {
      const statement = await statementOf(lab.lab, ana, id);
      await refuses(signed(mallory, statement), 'FORBIDDEN');
    }, 'bad signature');
    await inVain(
      async () => refuses(signed(mallory, await statementOf(lab.lab, mallory, id)), 'FORBIDDEN'),
      'signature of nobody',
    );
  });

  test.each([
    ['more than is asked', { do: 'answer', statement: {}, signature: 'AAAA', approved: true }],
    ['an unsigned answer', { do: 'answer', id: 'x', decision: 'approve' }],
    ['what is no question', { do: 'spend', id: 'x' }],
    ['a prototype', JSON.parse('{"__proto__":{"do":"approvals"}}')],
    ['nothing', undefined],
    ['a list', ['answer']],
  ])('%s is refused', async (_, asked) => {
    await inVain(async () => refuses(asked as object, 'INVALID_INPUT'));
  });

  test('who lets themselves in waits for those who are in', async () => {
    const mallory = person('mallory');
    await inVain(async () => {
      const asked = await candidacy(lab.lab, mallory);
      const change = 'approval' in asked ? asked.approval : '';
      await expect(answer(lab.lab, mallory, change)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const names = (await desk(lab.lab, { do: 'approvers' })).approvers.map(({ name }) => name);
      expect(names).toEqual(['ana']);
    }, 'signature of nobody');
  });

  test('who claims a key that they do not hold is no candidate', async () => {
    const [mallory, victim] = [person('mallory'), person('victim')];
    const claim = { lab: lab.lab.state.labId, name: 'mallory', user: 'ana' };
    const signature = sign(null, claimOf(claim), mallory.secret).toString('base64');
    await inVain(async () => {
      await refuses({ do: 'add', name: 'mallory', user: 'ana', key: victim.key, signature }, 'INVALID_INPUT');
      await refuses({ do: 'add', name: 'mallory', user: 'bob', key: mallory.key, signature }, 'INVALID_INPUT');
      await refuses({ do: 'add', name: 'mallory', user: 'ana', key: 'AAAA', signature }, 'INVALID_INPUT');
      await refuses({ do: 'add', name: 'Mallory', user: 'ana', key: mallory.key, signature }, 'INVALID_INPUT');
      await refuses({ do: 'add', name: 'mallory', user: '*', key: mallory.key, signature }, 'INVALID_INPUT');
    });
  });

  test('the last approver cannot be removed, so that nobody becomes the first again', async () => {
    await inVain(async () => refuses({ do: 'remove', name: 'ana' }, 'CONFLICT'));
  });
});

describe('at the socket of somebody else', () => {
  const visitor = (user: string) => ({ user, holds: false });
  const sees = async (user: string): Promise<boolean> => {
    const { approvals } = (await attend(lab.lab, visitor(user), { do: 'approvals' })) as Answers['approvals'];
    return approvals.some((one) => one.id === id);
  };

  test('what waits is read by who asked, and by who may approve it, and by nobody else', async () => {
    await inVain(async () => {
      expect([await sees('bob'), await sees('ana'), await sees('eve')]).toEqual([true, true, false]);
      await expect(attend(lab.lab, visitor('eve'), { do: 'approval', id })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  });

  test('an alarm names whose socket it came through, and the name that was claimed apart', async () => {
    await inVain(async () => {
      const asked = signed(person('eve'), await statementOf(lab.lab, ana, id));
      await expect(attend(lab.lab, visitor('eve'), asked)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }, 'bad signature');
    expect((await lab.records()).findLast(({ kind }) => kind === 'alarm')).toMatchObject({
      who: { user: 'eve' },
      data: { approval: id, claimed: 'ana' },
    });
    expect(lab.lab.alarms.status.last).toMatchObject({ user: 'eve' });
  });

  test('who wants changes of the approvers without end stops nobody else, and nobody for ever', async () => {
    await using own = await ownFolder();
    await using fresh = await openLab(await labFiles(own.path, { policies: [policy] }));
    await enrolled(fresh.lab, person('ana'));
    const wants = (user: string, who: Approver, at: Lab = fresh.lab) => {
      const claim = claimOf({ lab: at.state.labId, name: who.name, user: who.user });
      const signature = sign(null, claim, who.secret).toString('base64');
      return attend(at, visitor(user), { do: 'add', name: who.name, user: who.user, key: who.key, signature });
    };
    for (let at = 0; at < 16; at += 1)
      expect(await wants('eve', person(`eve${at}`))).toMatchObject({ approval: expect.any(String) });
    await expect(wants('eve', person('once-more'))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await wants('olga', person('olga'))).toMatchObject({ approval: expect.any(String) });
    const later = { ...fresh.lab, now: () => new Date(Date.now() + 24 * 3_600_000) };
    expect(await wants('eve', person('tomorrow'), later)).toMatchObject({ approval: expect.any(String) });
  });

  test('who asks for a change that somebody else has asked for takes back no signature', async () => {
    await using own = await ownFolder();
    await using fresh = await openLab(await labFiles(own.path, { policies: [policy] }));
    const first = await enrolled(fresh.lab, person('ana'));
    const second = await enrolled(fresh.lab, person('olga'), [first]);
    await enrolled(fresh.lab, person('mallory'), [first, second]);
    const removal = { do: 'remove', name: 'mallory' } as const;
    const asked = await desk(fresh.lab, removal);
    const change = 'approval' in asked ? asked.approval : '';
    await answer(fresh.lab, first, change);
    await attend(fresh.lab, visitor('mallory'), removal);
    expect(await answer(fresh.lab, second, change)).toMatchObject({ given: 2, needs: 2 });
    const { approvers } = await desk(fresh.lab, { do: 'approvers' });
    expect(approvers.find(({ name }) => name === 'mallory')).toMatchObject({ removed_at: expect.any(String) });
  });

  test('of several who sign a change at once, one makes it, and all hear that it is made', async () => {
    await using own = await ownFolder();
    await using fresh = await openLab(await labFiles(own.path, { policies: [policy] }));
    const first = await enrolled(fresh.lab, person('ana'));
    const second = await enrolled(fresh.lab, person('olga'), [first]);
    const asked = await candidacy(fresh.lab, person('carl'));
    const change = 'approval' in asked ? asked.approval : '';
    const said = await Promise.all([first, second].map((one) => answer(fresh.lab, one, change)));
    expect(said.map(({ given }) => given)).toContain(2);
    const { approvers } = await desk(fresh.lab, { do: 'approvers' });
    expect(approvers.map(({ name }) => name)).toEqual(['ana', 'olga', 'carl']);
    const told = (await fresh.records()).filter(
      ({ act, data }) => act === 'approver_add' && Object(data).name === 'carl',
    );
    expect(told).toHaveLength(1);
  });

  test('nobody becomes the first approver of another account’s lab', async () => {
    await using own = await ownFolder();
    await using fresh = await openLab(await labFiles(own.path, { policies: [policy] }));
    const { name, user, key, secret } = person('eve');
    const signature = sign(null, claimOf({ lab: fresh.lab.state.labId, name, user }), secret).toString('base64');
    const asked = { do: 'add', name, user, key, signature };
    await expect(attend(fresh.lab, visitor('eve'), asked)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await fresh.lab.state.approvers()).toEqual([]);
    expect(await attend(fresh.lab, { user: 'root', holds: true }, asked)).toEqual({ first: true });
  });
});

describe('with a signature that she gave for something else', () => {
  const changed: readonly (readonly [string, Partial<Statement>, string])[] = [
    ['another plan', { plan: `sha256:${'0'.repeat(64)}` }, 'signature for another plan'],
    ['what she was shown otherwise', { shown: `sha256:${'0'.repeat(64)}` }, 'signature for another plan'],
    ['another lab', { lab: '0'.repeat(32) }, 'signature for another lab'],
    ['a time before it was asked', { at: '2020-01-01T00:00:00.000Z' }, 'signature of another time'],
    ['a time that has not come', { at: '2040-01-01T00:00:00.000Z' }, 'signature of another time'],
  ];
  test.each(changed)('for %s', async (_, more, alarm) => {
    await inVain(async () => refuses(signed(ana, await statementOf(lab.lab, ana, id, more)), 'FORBIDDEN'), alarm);
  });

  test('for a call on another cluster', async () => {
    const blue = waitsFor(await ask('cluster_destroy', { cluster_name: 'blue' }));
    const hers = await statementOf(lab.lab, ana, blue);
    await inVain(
      async () =>
        refuses({ do: 'answer', statement: { ...hers, approval: id }, signature: signatureOf(ana, hers) }, 'FORBIDDEN'),
      'bad signature',
    );
    await inVain(
      async () => refuses(signed(ana, { ...hers, approval: id }), 'FORBIDDEN'),
      'signature for another plan',
    );
  });

  test('in another lab, for the same call', async () => {
    const there = waitsFor(await destroy({}, other));
    const hers = await statementOf(other.lab, ana, there);
    expect(await desk(other.lab, { do: 'answer', statement: hers, signature: signatureOf(ana, hers) })).toBeDefined();
    await inVain(
      async () =>
        refuses({ do: 'answer', statement: { ...hers, approval: id }, signature: signatureOf(ana, hers) }, 'FORBIDDEN'),
      'bad signature',
    );
    await inVain(async () => refuses(signed(ana, hers), 'FORBIDDEN'), 'signature for another lab');
  });

  test('every single word of it changed is another statement', async () => {
    const hers = await statementOf(lab.lab, ana, id, { decision: 'deny' });
    const signature = signatureOf(ana, hers);
    for (const more of [
      { decision: 'approve' },
      { reason: 'x' },
      { grant: { calls: 1, minutes: 1, whole: false } },
      { at: new Date().toISOString().replace('Z', '1Z') },
    ] as const)
      await inVain(
        async () => refuses({ do: 'answer', statement: { ...hers, ...more }, signature }, 'FORBIDDEN'),
        'bad signature',
      );
  });

  test('to be an approver is no approval, nor the other way round', async () => {
    const claim = { lab: lab.lab.state.labId, name: 'ana', user: 'ana' };
    const statement = await statementOf(lab.lab, ana, id);
    const signature = sign(null, claimOf(claim), ana.secret).toString('base64');
    await inVain(async () => refuses({ do: 'answer', statement, signature }, 'FORBIDDEN'), 'bad signature');
    expect(Buffer.from(claimOf(claim)).toString()).not.toContain('approval/v1');
    expect(Buffer.from(bytesOf(statement)).toString()).toMatch(/^labwarden\/approval\/v1\0/);
  });
});

describe('through MCP', () => {
  const yes = { question: '', plan: '', said: 'yes', typed: 'red' } as const;

  test('an answer to the question at the client is no approval', async () => {
    const [open] = (await lab.lab.state.openApprovals()).filter((one) => one.id === id);
    await inVain(async () => {
      expect(waitsFor(await destroy({ answer: { ...yes, question: id, plan: open?.plan ?? '' } }))).toBe(id);
    });
    await inVain(async () => void (await destroy({ forged: true })), 'answer without a question');
  });

  test('words in the arguments are refused, or are another call', async () => {
    await inVain(async () => {
      for (const more of [{ confirm: true }, { approval: id }, { approved_by: 'ana' }])
        expect(await ask('cluster_destroy', { cluster_name: 'red', ...more })).toMatchObject({
          error: { code: 'INVALID_INPUT' },
        });
    });
  });

  test('a caller of another name does not use what bob’s call waits for', async () => {
    await inVain(async () => {
      for (const user of ['ana', 'olga', 'root', ''])
        expect((await destroy({ principal: { ...bob, user } })).ok).toBe(false);
      expect((await destroy({ principal: { ...bob, via: 'cli', agent: 'ana' } })).ok).toBe(false);
    });
  });
});

test('what she has approved is used up by the call it is for, and by nothing else', async () => {
  await answer(lab.lab, ana, id);
  const hers = await statementOf(lab.lab, ana, id);
  expect(await destroy()).toMatchObject({ ok: true });
  await refuses(signed(ana, hers), 'NOT_FOUND');
  await ask('cluster_define', { topology_name: 'red' });
  const next = waitsFor(await destroy());
  expect(next).not.toBe(id);
  await refuses(signed(ana, { ...hers, approval: next }), 'FORBIDDEN');
  expect(waitsFor(await destroy())).toBe(next);
});
