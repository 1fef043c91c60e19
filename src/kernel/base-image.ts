import { open, stat } from 'node:fs/promises';
import { checkBaseImage, qcow2HeadBytes } from 'labwarden/sdk/qcow2';
import { type ImageSpec, LabError, type Vm } from '../sdk/index.ts';

/** Looks at the image's header before any program opens it: what it declares must be what it is. Throws NOT_FOUND, INVALID_INPUT. */
export async function baseImage({
  path,
  format,
}: ImageSpec): Promise<{ readonly gb: number; readonly identity: string }> {
  const file = await open(path).catch((cause: unknown) => {
    throw new LabError('NOT_FOUND', `base_image: there is no readable file ${path}.`, { cause });
  });
  try {
    const head = Buffer.alloc(qcow2HeadBytes);
    const { bytesRead } = await file.read(head, 0, qcow2HeadBytes, 0);
    const facts = await file.stat();
    const { virtualSizeBytes } = checkBaseImage(head.subarray(0, bytesRead), format, { fileBytes: facts.size });
    return { gb: Math.ceil(virtualSizeBytes / 1024 ** 3), identity: identityOf(facts) };
  } finally {
    await file.close();
  }
}

/** Throws CONFLICT when the image under a VM's overlay is not the one it was made on. Where this host has no such file, the provider knows. */
export async function sameImage({ name, spec: { image } }: Vm): Promise<void> {
  const facts = await stat(image.path).catch(() => undefined);
  if (!facts || image.identity === undefined || identityOf(facts) === image.identity) return;
  throw new LabError(
    'CONFLICT',
    `The image ${image.path} has changed since "${name}" was made on it, and would destroy its disk. Put the old image back, or destroy the cluster with remove_overlays and define it again.`,
  );
}

const identityOf = ({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string =>
  `${size}-${mtimeMs}`;
