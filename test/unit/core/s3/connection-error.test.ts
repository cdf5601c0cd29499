import test from 'ava';
import { connectionError } from '../../../../core/tools/s3/connection-error.ts';

const ABOUT = { description: 'read x', server: 'https://s3.example', name: 'BackupStorageLocation site' };

test('A certificate that is not valid yet is the clock’s fault; another bad one is the authority’s', (t) => {
  const of = (code: string) => connectionError(ABOUT, Object.assign(new Error(code), { code }));
  t.is(of('CERT_NOT_YET_VALID').code, 'clock-skewed');
  t.regex(of('CERT_NOT_YET_VALID').remedy ?? '', /clock/);
  t.is(of('CERT_HAS_EXPIRED').code, 'not-trusted');
  t.is(of('ENOTFOUND').code, 'unreachable');
});
