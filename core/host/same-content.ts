import type { Host } from './host.ts';

/** Whether two files are there and hold the same bytes. */
export async function sameContent(host: Host, one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([host.readBytes(one), host.readBytes(other)]);
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
