// node edit-request-child.ts ROOT NAME COUNT: edits the request below ROOT so many times, each time by one annotation.
import { editRequest, setAnnotation } from '../../core/contract/edit-request.ts';
import { RealHost } from '../../core/host/real-host.ts';

const [root = '', name = '', count = ''] = process.argv.slice(2);
const host = new RealHost({ root });
for (let index = 0; index < Number(count); index += 1) {
  await editRequest(host, [setAnnotation(`example.com/${name}${index}`, 'x')]);
}
