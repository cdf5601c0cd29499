import { readFileSync } from 'node:fs';
import test from 'ava';
import { ButaneError, type Entry, translate, translateNode } from '../../../butane/index.ts';
import type { MapEntry, Node, ScalarNode } from '../../../butane/yaml/node.ts';
import { parseYaml } from '../../../butane/yaml/parse-yaml.ts';

/** Inputs in all; most are made by changing a parsed file, because reading YAML takes most of the time. */
const TEXTS = 5_000;
const TREES = 95_000;
const SLOWEST_MS = 5_000;

const CORPUS = [
  readFileSync(new URL('../../../butane/storage.bu', import.meta.url), 'utf8'),
  readFileSync(new URL('../../../butane/storage-openshift.bu', import.meta.url), 'utf8'),
  `variant: fcos
version: 1.6.0
boot_device: {layout: x86_64, luks: {tpm2: true, tang: [{url: "http://t", thumbprint: t}]}, mirror: {devices: [/dev/a, /dev/b]}}
grub: {users: [{name: root, password_hash: grub.x}]}
kernel_arguments: {should_exist: [a], should_not_exist: [b]}
`,
  `variant: fcos
version: 1.5.0
storage:
  files:
  - &f {path: /a, mode: 0644, contents: {inline: "text"}, user: {name: core}}
  - {<<: *f, path: /b}
  links: [{path: /l, target: /t, hard: true}]
  luks: [{name: v, device: /dev/v, key_file: {inline: key}, clevis: {custom: {pin: sss, config: "{}"}}}]
  raid: [{name: r, level: raid1, devices: [/dev/a, /dev/b], spares: 1}]
  trees: [{local: tree}]
  filesystems: [{device: /dev/mapper/v, path: /var/v, format: ext4, with_mount_unit: true}]
passwd: {users: [{name: core, ssh_authorized_keys: [k]}]}
systemd:
  units:
  - name: a.service
    enabled: true
    contents: |
      [Unit]
      Description=x
      [Install]
      WantedBy=multi-user.target
`,
];

/** Pieces of text that have upset YAML readers and configs before. */
const PIECES = [
  '\n',
  ' ',
  '  ',
  ':',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '&f ',
  '*f',
  '!!int ',
  '!x ',
  '~',
  '#',
  '%',
  '@',
  '---\n',
  '...',
  '\t',
  '\u0000',
  '\uFEFF',
  '\uD800',
  '😀',
  '<<: ',
  '0x',
  '1e999',
  '-',
  '/',
  '\\',
  '?',
  ',',
  'null',
  'yes',
];
const VALUES = [
  '',
  '0',
  '-1',
  '07777',
  '1e400',
  '.nan',
  'yes',
  'null',
  '/a/../b',
  '/',
  'data:;base64,?',
  'http://[',
  '\\',
  '[Unit',
  '\u0000',
  'x'.repeat(3000),
  '😀',
  '__proto__',
  'constructor',
  '*',
  '%zz',
  's390x-eckd',
  'swap',
  'root',
  '4.15.0',
  '1.0.0',
  'openshift',
];

/** Small, fast and the same on every run for one seed (xorshift32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(n: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % n;
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

function changedText(text: string, dice: Dice): string {
  let changed = text;
  for (let i = 0; i <= dice.below(4); i += 1) {
    const at = dice.below(changed.length + 1);
    const length = dice.below(8);
    const kind = dice.below(4);
    const put =
      kind === 0
        ? ''
        : kind === 1
          ? dice.one(VALUES).slice(0, 50)
          : kind === 2
            ? changed.slice(at, at + 40)
            : dice.one(PIECES);
    changed = changed.slice(0, at) + put + changed.slice(at + (kind === 2 ? 0 : length));
  }
  return changed;
}

/** The tree with one of its nodes replaced, removed, doubled, renamed or put elsewhere; the rest is shared. */
function changedTree(root: Node, dice: Dice): Node {
  const all = nodesOf(root);
  const target = dice.one(all);
  const donor = dice.one(all);
  return replaced(root, target, replacement(target, donor, dice));
}

function replacement(target: Node, donor: Node, dice: Dice): Node {
  const at = { line: target.line, col: target.col };
  const scalar = (): ScalarNode => ({
    kind: 'scalar',
    text: dice.one(VALUES),
    tag: dice.one(['!!str', '!!int', '!!float', '!!bool', '!!null', '!!merge', '!x']),
    ...at,
  });
  switch (dice.below(6)) {
    case 0:
      return donor;
    case 1:
      return { kind: 'alias', target: donor, ...at };
    case 2:
      return { kind: 'sequence', items: [target, donor, scalar()], ...at };
    case 3:
      if (target.kind === 'map') return { ...target, entries: mixed(target.entries, dice, scalar) };
      return target.kind === 'sequence'
        ? { ...target, items: target.items.flatMap((item) => (dice.below(2) === 0 ? [item, item] : [])) }
        : scalar();
    case 4:
      return { kind: 'map', entries: [{ key: scalar(), value: target }], ...at };
    default:
      return scalar();
  }
}

function mixed(entries: readonly MapEntry[], dice: Dice, scalar: () => ScalarNode): readonly MapEntry[] {
  return entries.flatMap((entry) => {
    const kind = dice.below(5);
    if (kind === 0) return [];
    if (kind === 1) return [entry, entry];
    return kind === 2 ? [{ key: scalar(), value: entry.value }] : [entry];
  });
}

function nodesOf(node: Node): readonly Node[] {
  if (node.kind === 'map') return [node, ...node.entries.flatMap(({ value }) => nodesOf(value))];
  return node.kind === 'sequence' ? [node, ...node.items.flatMap(nodesOf)] : [node];
}

function replaced(node: Node, target: Node, by: Node): Node {
  if (node === target) return by;
  if (node.kind === 'map')
    return {
      ...node,
      entries: node.entries.map(({ key, value }) => ({ key, value: replaced(value, target, by) })),
    };
  return node.kind === 'sequence'
    ? { ...node, items: node.items.map((item) => replaced(item, target, by)) }
    : node;
}

/** What is wrong with the way an input was dealt with; undefined if it was translated, or refused with a place, in time. */
function misbehaviour(attempt: () => { readonly report: readonly Entry[] }): string | undefined {
  const start = performance.now();
  const problem = problemOf(attempt);
  const took = performance.now() - start;
  return problem ?? (took > SLOWEST_MS ? `slow: ${Math.round(took)} ms` : undefined);
}

function problemOf(attempt: () => { readonly report: readonly Entry[] }): string | undefined {
  try {
    return placeless(attempt().report);
  } catch (error) {
    if (!(error instanceof ButaneError))
      return `crash: ${error instanceof Error ? error.stack : String(error)}`;
    const needsNone = ['no-variant', 'bad-version', 'unknown-version'].includes(error.code);
    const hasPlace = error.report.length > 0 || /line \d+: /.test(error.message);
    return hasPlace || needsNone ? placeless(error.report) : `no place: ${error.code} ${error.message}`;
  }
}

function placeless(report: readonly Entry[]): string | undefined {
  const entry = report.find(({ at }) => !(at.line >= 1 && at.col >= 1));
  return entry === undefined ? undefined : `no place: ${entry.message}`;
}

test(`${TEXTS} damaged files are translated or refused with a place, never a crash`, (t) => {
  const dice = new Dice(20_261_123);
  const start = performance.now();
  for (let i = 0; i < TEXTS; i += 1) {
    const text = changedText(dice.one(CORPUS), dice);
    const problem = misbehaviour(() => translate(text, { raw: i % 2 === 0 }));
    if (problem !== undefined) return t.fail(`${problem}\n${JSON.stringify(text)}`);
  }
  t.log(`${Math.round(performance.now() - start)} ms`);
  t.pass();
});

test(`${TREES} parsed files with parts replaced, removed and doubled are too`, (t) => {
  const dice = new Dice(31_122_026);
  const trees = CORPUS.map((text) => parseYaml(text) as Node);
  const start = performance.now();
  for (let i = 0; i < TREES; i += 1) {
    let tree = dice.one(trees);
    for (let n = 0; n <= dice.below(3); n += 1) tree = changedTree(tree, dice);
    const problem = misbehaviour(() => translateNode(tree, { raw: i % 2 === 0 }));
    if (problem !== undefined) return t.fail(`${problem}\n${JSON.stringify(tree)}`);
  }
  t.log(`${Math.round(performance.now() - start)} ms`);
  t.pass();
});

test('reading is stable: what was translated is translated the same again, and its pretty form says the same', (t) => {
  for (const text of CORPUS.slice(0, 3)) {
    const options = { raw: true };
    const { output } = translate(text, options);
    t.is(translate(text, options).output, output);
    t.deepEqual(JSON.parse(translate(text, { ...options, pretty: true }).output), JSON.parse(output));
  }
});
