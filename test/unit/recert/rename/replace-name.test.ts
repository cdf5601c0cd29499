import test from 'ava';
import { replaceNames } from '../../../../recert/rename/replace-name.ts';

const RULES = [
  { from: '10.0.0.1', to: '10.9.9.9' },
  { from: 'node', to: 'target' },
  { from: 'fd00::1', to: 'fd00::2' },
];

test('Names and addresses are replaced where they stand alone', (t) => {
  t.is(replaceNames('https://10.0.0.1:6443 [fd00::1]:2380', RULES), 'https://10.9.9.9:6443 [fd00::2]:2380');
  t.is(
    replaceNames('--initial-cluster=node=https://10.0.0.1:2380', RULES),
    '--initial-cluster=target=https://10.9.9.9:2380',
  );
  t.is(replaceNames('user: system:node:node', RULES), 'user: system:node:target');
  t.is(replaceNames('It is 10.0.0.1.', RULES), 'It is 10.9.9.9.');
});

test('Longer names and numbers that only begin or end alike stay', (t) => {
  for (const text of [
    '10.0.0.10',
    '110.0.0.1',
    '10.0.0.1.5',
    'node-2',
    'my-node',
    'node.example',
    'fd00::10',
    'afd00::1',
  ]) {
    t.is(replaceNames(text, RULES), text);
  }
});

test('Encoded data stays, whatever it spells', (t) => {
  const encoded = `${'A'.repeat(40)}/node+${'B'.repeat(40)}`;
  t.is(replaceNames(`key: ${encoded}\nname: node\n`, RULES), `key: ${encoded}\nname: target\n`);
});
