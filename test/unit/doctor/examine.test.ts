import test from 'ava';
import { blocker, type DoctorCheck, fine, warning } from '../../../bootagent/doctor/doctor-check.ts';
import { examine } from '../../../bootagent/doctor/examine.ts';
import { REQUEST_PATH } from '../../../core/contract/paths.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const saying = (name: string, look: DoctorCheck['look']): DoctorCheck => ({ name, look });

test('the worst finding is the verdict, and a check that throws is a blocker with its remedy', async (t) => {
  const good = saying('good', async () => fine('well'));
  const doubtful = saying('doubtful', async () => warning('odd', 'look'));
  t.is((await examine(new RecordingHost(), [good])).verdict, 'fine');
  t.is((await examine(new RecordingHost(), [good, doubtful])).verdict, 'warning');
  const bad = saying('bad', async () => blocker('broken', 'mend'));
  t.is((await examine(new RecordingHost(), [bad, doubtful])).verdict, 'blocker');
  const { findings } = await examine(new RecordingHost(), [
    saying('throws', () => Promise.reject(new Error('no such thing'))),
  ]);
  t.like(findings[0], { check: 'throws', verdict: 'blocker', detail: 'no such thing' });
});

test('one cause is told in full once, and the request is read once', async (t) => {
  const host = new RecordingHost().file(REQUEST_PATH, 'kind: [');
  const asks = async ({ request }: Parameters<DoctorCheck['look']>[0]) => {
    await request();
    return fine('read');
  };
  const { findings } = await examine(host, [saying('first', asks), saying('second', asks)]);
  t.regex(findings[0]?.detail ?? '', /ibu\.yaml/);
  t.like(findings[1], { verdict: 'blocker', detail: 'cannot be looked at: see first', remedy: '' });
});
