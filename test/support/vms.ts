import type { Cluster, Vm } from 'labwarden/sdk';

const owned = { owner: 'ada', project: 'demo', protected: false, tags: [], generation: 1 };

/** A VM with a management and a cluster card, whose files lie where `realPorts(manifest, folder)` may reach them. */
export function vmIn(folder: string, id: string, overrides: Partial<Vm> = {}): Vm {
  const number = Number.parseInt(id.replace(/\D/g, '') || '1', 10);
  const mac = (card: number) => `52:54:00:00:0${card}:${number.toString(16).padStart(2, '0')}`;
  return {
    ...{ ...owned, id, name: `node${number}`, kind: 'vm', provider: 'main', cluster: 'trio', managed: true },
    ...{ vcpus: 1, memoryMb: 64, diskGb: 1 },
    spec: {
      image: { path: `${folder}/images/base.qcow2`, format: 'qcow2' },
      disk: { path: `${folder}/overlays/${id}/disk.qcow2` },
      extraDisks: [],
      nics: [
        { on: 'management', mac: mac(0), address: '10.0.2.15/24' },
        { on: 'cluster', mac: mac(1), address: `10.77.0.${10 + number}/24` },
      ],
      seedPath: `${folder}/seeds/${id}.iso`,
      login: { user: 'vm', keyPath: `${folder}/key`, connectTimeoutMs: 5_000 },
    },
    ...overrides,
  };
}

export const clusterOf = (id: string): Cluster => ({
  ...{ ...owned, id, name: 'trio', provider: 'main', topology: 'trio', topologyDigest: 'sha256:00' },
  network: { name: 'lan', bridge: 'lwbr0', subnet: '10.77.0.0/24' },
});
