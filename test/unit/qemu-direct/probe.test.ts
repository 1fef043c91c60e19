import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { verdict } from '../../../plugins/qemu-direct/accelerator.ts';
import { judge } from '../../../plugins/qemu-direct/probe.ts';
import { probeRom } from '../../../plugins/qemu-direct/probe-rom.ts';

const rom = probeRom('x86_64');
const crash = `qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69
qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion \`ret == cpu->kvm_msr_buf->nmsrs' failed.
`;
const denied = `Could not access KVM kernel module: Permission denied
qemu-system-x86_64: failed to initialize kvm: Permission denied
`;

test('the ROM is the one that was measured', () => {
  expect(createHash('sha256').update(rom.bytes).digest('hex')).toBe(
    'de81b36b462612f0d21e5d20f8215434381cd48d3fca31b1c43c5ea05d9573fe',
  );
});

test('only a guest that left every mark and ended as it should runs', () => {
  expect(judge(rom, { exitCode: 33, stderr: '', marks: 'RPL' })).toEqual({ runs: true });
  expect(judge(rom, { exitCode: 33, stderr: '', marks: '' })).toMatchObject({ runs: false });
  expect(judge(rom, { exitCode: 0, stderr: '', marks: 'RPL' })).toMatchObject({ runs: false });
  expect(judge(rom, { stderr: '', marks: 'RPL' })).toMatchObject({ runs: false });
});

// Each as it was recorded on a host.
test.for([
  [
    { stderr: '', marks: 'R' },
    'KVM opens but its guests do not run on this host (a probe guest hung after "R"); using TCG.',
  ],
  [
    { exitCode: 134, stderr: crash, marks: '' },
    'KVM opens but its guests do not run on this host (QEMU ended with 134 before its first instruction: error: failed to set MSR 0x10a to 0x69); using TCG.',
  ],
  [
    { exitCode: 1, stderr: denied, marks: '' },
    'KVM cannot be used on this host (Could not access KVM kernel module: Permission denied); membership in the group that owns /dev/kvm would allow it; using TCG.',
  ],
] as const)('%o: TCG, and a sentence that says why', ([run, reason]) => {
  expect(verdict('kvm', judge(rom, run), false)).toEqual({ accelerator: 'tcg', reason });
});

test('a config that insists on an accelerator gets it or an error, never another one', () => {
  expect(verdict('kvm', { runs: true }, true).accelerator).toBe('kvm');
  const broken = { runs: false, as: 'broken', why: 'a probe guest hung after "R"' } as const;
  expect(() => verdict('kvm', broken, true)).toThrow(expect.objectContaining({ code: 'PROVIDER_UNAVAILABLE' }));
});
