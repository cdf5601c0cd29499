import type { Host } from '../../../core/host/host.ts';
import { WORKSPACE } from '../workspace.ts';

/** Names, with digest or tag, that Prep has added to the container storage. */
export function pulledImages(host: Host): Promise<readonly string[]> {
  return readNames(host, WORKSPACE.pulledImages);
}

export function writePulledImages(host: Host, names: readonly string[]): Promise<void> {
  return writeNames(host, WORKSPACE.pulledImages, names);
}

/** Names that were not in the container storage when Prep began to pull them. */
export function begunImages(host: Host): Promise<readonly string[]> {
  return readNames(host, WORKSPACE.begunImages);
}

export function writeBegunImages(host: Host, names: readonly string[]): Promise<void> {
  return writeNames(host, WORKSPACE.begunImages, names);
}

async function readNames(host: Host, path: string): Promise<readonly string[]> {
  const text = await host.readText(path);
  const value: unknown = text === undefined ? [] : JSON.parse(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

async function writeNames(host: Host, path: string, names: readonly string[]): Promise<void> {
  await host.writeAtomic(path, JSON.stringify(names), { mode: 0o600 });
}
