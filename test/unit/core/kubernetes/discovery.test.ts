import test, { type ExecutionContext } from 'ava';
import { discoverTypes, type SilentGroup } from '../../../../core/tools/kubernetes/discovery.ts';
import { apiOf } from '../../../support/plain-api.ts';

const GROUPS = ['apps', 'radio.example.org', 'gone.example.org'];
const served = (name: string, kind: string) => ({ name, kind, namespaced: true, verbs: ['list'] });

/** What is discovered of an API with these groups, of which one answers with a status and one has just gone. */
async function discovered(t: ExecutionContext, status: number) {
  const access = await apiOf(t, (request, response) => {
    const answer = (body: object, code = 200) => response.writeHead(code).end(JSON.stringify(body));
    if (request.url === '/apis') {
      const preferred = (name: string) => ({ name, preferredVersion: { groupVersion: `${name}/v1` } });
      answer({ groups: GROUPS.map(preferred) });
    } else if (request.url === '/api/v1') answer({ resources: [served('pods', 'Pod')] });
    else if (request.url === '/apis/apps/v1') answer({ resources: [served('deployments', 'Deployment')] });
    else answer({ kind: 'Status', message: 'none' }, request.url?.includes('radio') ? status : 404);
  });
  const silent: SilentGroup[] = [];
  const types = await discoverTypes(access, { onSilent: (each) => silent.push(each) });
  return { types: types.map(({ plural }) => plural), silent };
}

for (const status of [503, 500, 429]) {
  test(`A group whose server answers ${status} is left out and told of; one that has just gone is not`, async (t) => {
    const { types, silent } = await discovered(t, status);
    t.deepEqual(types, ['pods', 'deployments']);
    t.deepEqual(
      silent.map(({ group, error }) => [group, error.code]),
      [['radio.example.org', 'unavailable']],
    );
  });
}

test('A group that may not be looked at is an error', async (t) => {
  await t.throwsAsync(discovered(t, 403), { code: 'forbidden' });
});
