import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import test from 'ava';
import { rehearse } from '../../../images/agent/rehearsal.ts';

test.serial('a first boot can be rehearsed to its end, and leaves this process as it was', async (t) => {
  const { randomUUID } = crypto;
  const { lstat } = fs;
  await t.notThrowsAsync(rehearse());
  t.is(crypto.randomUUID, randomUUID);
  t.is(fs.lstat, lstat);
});
