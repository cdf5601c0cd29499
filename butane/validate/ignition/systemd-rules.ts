import { posix } from 'node:path';
import type { Path } from '../../report/path.ts';
import type { ObjectOf } from '../../schema/field.ts';
import type { Dropin, systemd, Unit } from '../../schema/systemd.ts';
import { readUnit } from './unit-text.ts';
import type { Findings } from './validate-ignition.ts';

const EXTENSIONS =
  '.service .socket .device .mount .automount .swap .target .path .timer .snapshot .slice .scope'.split(' ');

/** An enabled instance is installed by its template's [Install] section. */
export function checkSystemd(
  { units = [] }: ObjectOf<typeof systemd>,
  path: Path,
  { warning }: Findings,
): void {
  const contents = new Map(units.map((unit) => [unit.name ?? '', unit.contents ?? '']));
  for (const [i, { name = '', enabled }] of units.entries()) {
    const [, prefix] = /^(.+?)@(.+?)\.service$/.exec(name) ?? [];
    if (enabled !== true || prefix === undefined) continue;
    const template = `${prefix}@.service`;
    const text = contents.get(template) ?? '';
    if (text === '') continue;
    const { problem, hasInstall } = readUnit(text);
    if (problem !== undefined || hasInstall) continue;
    warning(
      [...path, 'units', i, 'contents'],
      `template unit ${quoted(template)} for ${quoted(name)} doesn't have Install section`,
    );
  }
}

export function checkUnit(
  { name = '', contents, enabled }: Unit,
  path: Path,
  { error, warning }: Findings,
): void {
  if (!EXTENSIONS.includes(posix.extname(`x${name}`)))
    error([...path, 'name'], 'invalid systemd unit extension');
  const at = [...path, 'contents'];
  const { problem, hasInstall } = readUnit(contents ?? '');
  if (problem !== undefined) error(at, `invalid unit content: ${problem}`);
  else if (enabled === true && (contents ?? '') !== '' && !hasInstall) {
    warning(at, `unit ${quoted(name)} is enabled, but has no install section so enable does nothing`);
  }
}

export function checkDropin({ name = '', contents }: Dropin, path: Path, { error }: Findings): void {
  const { problem } = readUnit(contents ?? '');
  if (problem !== undefined) error([...path, 'contents'], `invalid unit content: ${problem}`);
  if (posix.extname(`x${name}`) !== '.conf') error([...path, 'name'], 'invalid systemd drop-in extension');
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
