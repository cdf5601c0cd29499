import type { Path } from '../../report/path.ts';
import type { Config } from '../../schema/config.ts';
import type { Findings } from './validate-ignition.ts';

/** Files, directories and links may not stand where Ignition writes units and drop-ins. */
export function checkConfig({ systemd, storage }: Config, path: Path, { error }: Findings): void {
  const written = new Set<string>();
  for (const { name, contents = '', dropins = [] } of systemd?.units ?? []) {
    const place = `/etc/systemd/system/${name}`;
    if (contents !== '') written.add(place);
    for (const dropin of dropins)
      if ((dropin.contents ?? '') !== '') written.add(`${place}.d/${dropin.name}`);
  }
  for (const list of ['files', 'directories', 'links'] as const) {
    for (const [i, node] of (storage?.[list] ?? []).entries()) {
      if (!written.has(node.path ?? '')) continue;
      error([...path, 'storage', list, i, 'path'], 'path conflicts with systemd unit or dropin');
    }
  }
}
