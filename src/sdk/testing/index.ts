export { type CapabilityPromise, capabilityContract } from './capability-contract.ts';
export type { Fault } from './memory/faults.ts';
export { memoryPipe } from './memory-pipe.ts';
export { type MemoryOptions, memoryProvider } from './memory-provider.ts';
export { memoryStore } from './memory-store.ts';
export { type Kept, type ProviderPromise, providerContract } from './provider-contract.ts';
export type { ProviderFixture } from './provider-fixture.ts';
