import test from 'ava';
import { enabledIn } from '../../../../core/install/units.ts';

test('a unit is enabled in the targets its [Install] section names', (t) => {
  t.deepEqual(enabledIn('[Unit]\nDescription=x\n\n[Install]\nWantedBy=multi-user.target\n'), [
    'multi-user.target.wants',
  ]);
  t.deepEqual(enabledIn('[Install]\nWantedBy=a.target b.target\nRequiredBy=c.target'), [
    'a.target.wants',
    'b.target.wants',
    'c.target.requires',
  ]);
});

test('a unit without an [Install] section, or with such lines elsewhere, is enabled nowhere', (t) => {
  t.deepEqual(enabledIn('[Unit]\nWantedBy=a.target\n'), []);
  t.deepEqual(enabledIn('[Install]\nAlias=b.service\n[Unit]\nWantedBy=a.target\n'), []);
  t.deepEqual(enabledIn(''), []);
});
