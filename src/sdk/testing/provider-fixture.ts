import type { Provider } from '../provider.ts';
import type { Cluster, Host, Vm } from '../subjects.ts';

/** A connected provider, and what to try on it. Opened anew for each promise, so that none finds what another left. */
export interface ProviderFixture extends AsyncDisposable {
  readonly provider: Provider;
  readonly host: Host;
  readonly cluster: Cluster;
  /** The cluster's nodes: drafts, of which the provider knows nothing yet and which have no disks. */
  readonly nodes: readonly [Vm, Vm, ...Vm[]];
  /** Whether a file is there, asked behind the provider's back. */
  hasFile(path: string): Promise<boolean>;
  /** How long a guest may take: to boot until it lets us in, and to stop when it is asked to. */
  readonly guestMs: number;
}
