export type { ReservedWords } from './argv.ts';
export { sendDatagram } from './datagram.ts';
export type { DoorEvent } from './doors.ts';
export { runOwn } from './exec.ts';
export type { Granted } from './grants.ts';
export { type OpenPorts, openPorts, type PortOptions } from './open.ts';
export type { RootPaths } from './roots.ts';
export { openSecrets, type SecretSource, type SecretStore } from './secrets/index.ts';
