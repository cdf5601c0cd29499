import type { Host } from '../../../core/host/host.ts';
import { WORKSPACE } from '../workspace.ts';

/** Names, with digest or tag, that Prep has added to the container storage. */
export async function pulledImages(host: Host): Promise<readonly string[]> {
  const text = await host.readText(WORKSPACE.pulledImages);
  const value: unknown = text === undefined ? [] : JSON.parse(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export async function writePulledImages(host: Host, names: readonly string[]): Promise<void> {
  await host.writeAtomic(WORKSPACE.pulledImages, JSON.stringify(names), { mode: 0o600 });
}
