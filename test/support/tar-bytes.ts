/** Tar archives made by hand, also such as no tar program would make. */

export interface HandMadeMember {
  readonly name: string;
  /** Type flag: `0` file, `1` hard link, `2` symbolic link, `5` directory, … */
  readonly flag?: string;
  readonly linkName?: string;
  readonly content?: string;
  /** Announced size, where it is not that of the content. */
  readonly size?: number;
  /** Records of an extended header before it. */
  readonly pax?: Readonly<Record<string, string>>;
  readonly badChecksum?: boolean;
}

export function tarBytes(members: readonly HandMadeMember[], end: Buffer = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...members.flatMap((member) => memberBytes(member)), end]);
}

function memberBytes(member: HandMadeMember): Buffer[] {
  const records = Object.entries(member.pax ?? {}).map(([key, value]) => paxRecord(key, value));
  const extended =
    records.length === 0 ? [] : memberBytes({ name: 'PaxHeaders/x', flag: 'x', content: records.join('') });
  const content = Buffer.from(member.content ?? '', 'latin1');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return [...extended, header(member, member.size ?? content.length), content, padding];
}

function header(
  { name, flag = '0', linkName = '', badChecksum = false }: HandMadeMember,
  size: number,
): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0, 'latin1');
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(flag, 156);
  block.write(linkName.slice(0, 100), 157, 'latin1');
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, badChecksum ? 1 : 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}
