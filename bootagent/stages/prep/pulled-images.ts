import type { Host } from '../../../core/host/host.ts';
import { nodePlatform } from '../../../core/platform/index.ts';
import { WORKSPACE } from '../workspace.ts';

/** Names, with digest or tag, that Prep has added to the container storage. */
export async function pulledImages(host: Host): Promise<readonly string[]> {
  return readNames(host, WORKSPACE.pulledImages);
}

export async function writePulledImages(host: Host, names: readonly string[]): Promise<void> {
  await host.writeAtomic(WORKSPACE.pulledImages, JSON.stringify(names), { mode: 0o600 });
}

/** Which of the images were in the container storage before Prep began to pull; looked up once and kept. */
export async function imagesBefore(host: Host, images: readonly string[]): Promise<ReadonlySet<string>> {
  if ((await host.stat(WORKSPACE.imagesBefore)) !== undefined)
    return new Set(await readNames(host, WORKSPACE.imagesBefore));
  const store = await (await nodePlatform(host)).imageStore(host);
  const there: string[] = [];
  for (const image of new Set(images)) if (await store.has(image)) there.push(image);
  await host.writeAtomic(WORKSPACE.imagesBefore, JSON.stringify(there), { mode: 0o600 });
  return new Set(there);
}

async function readNames(host: Host, path: string): Promise<readonly string[]> {
  const text = await host.readText(path);
  const value: unknown = text === undefined ? [] : JSON.parse(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
