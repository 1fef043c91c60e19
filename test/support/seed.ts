import type { SeedInput } from '../../src/sdk/nocloud/index.ts';

/** A seed as the kernel makes one. The key pair was generated for the tests and opens nothing. */
export const demoSeed: SeedInput = {
  instanceId: 'vm-1f3a.2',
  hostname: 'db1',
  user: 'vm',
  authorizedKeys: [
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJgDv2uPAkRJNcnV8uTcm5rBnIzAVZkGzOMr4JOUZeUQ labwarden-lab',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJgDv2uPAkRJNcnV8uTcm5rBnIzAVZkGzOMr4JOUZeUQ Ada (laptop)',
  ],
  hostKey: {
    private: `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz
c2gtZWQyNTUxOQAAACD2ZaCeDC5nTliKJn8jh2RmHVl6lpctjH6a4UYlAC52gAAA
AIgU/ehtFP3obQAAAAtzc2gtZWQyNTUxOQAAACD2ZaCeDC5nTliKJn8jh2RmHVl6
lpctjH6a4UYlAC52gAAAAEDBTH6nRoH5EdOtgocK5hYLADijuxSCnoQD+jUxc4wc
5vZloJ4MLmdOWIomfyOHZGYdWXqWly2MfprhRiUALnaAAAAAAXgBAgME
-----END OPENSSH PRIVATE KEY-----
`,
    public: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZloJ4MLmdOWIomfyOHZGYdWXqWly2MfprhRiUALnaA',
  },
  nics: [
    { mac: '52:54:00:AA:00:01', address: '10.0.2.15/24', gateway: '10.0.2.2', nameserver: '10.0.2.3' },
    { mac: '52:54:00:aa:01:01', address: '10.77.0.11/24' },
  ],
};
