import test from 'ava';
import { imageListText, parseImageList } from '../../../../../core/contract/seed-image-list.ts';
import { kubernetesPlatform } from '../../../../../core/platform/kubernetes/kubernetes.ts';
import { systemdNode } from '../../../../support/kubernetes-node.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

test("containerd's names are listed once an image, by digest where it is known, with the repository's tags", async (t) => {
  const host = systemdNode().on(
    /^ctr .* images list$/,
    [
      'REF TYPE DIGEST SIZE PLATFORMS LABELS ',
      `r.example/web:2 application/vnd.oci.image.manifest.v1+json ${digest('a')} 1.5 MiB linux/amd64 -`,
      `r.example/web@${digest('a')} application/vnd.oci.image.manifest.v1+json ${digest('a')} 1.5 MiB linux/amd64 -`,
      `${digest('f')} application/vnd.oci.image.manifest.v1+json ${digest('a')} 1.5 MiB linux/amd64 io.cri-containerd.image=managed`,
      `k8s.gcr.io/pause:3.2 application/vnd.docker.distribution.manifest.v2+json ${digest('b')} 700.0 KiB linux/amd64 -`,
    ].join('\n'),
  );
  const images = await kubernetesPlatform.listImages(host);
  t.deepEqual(images, [
    { pullSpec: 'k8s.gcr.io/pause:3.2', tags: [], size: 716_800 },
    { pullSpec: `r.example/web@${digest('a')}`, tags: ['r.example/web:2'], size: 1_572_864 },
  ]);
  const specs = images.map(({ pullSpec }) => pullSpec);
  t.deepEqual(parseImageList(imageListText(specs)), specs);
});

test("CRI-O's images are asked of crictl where it is installed", async (t) => {
  const host = systemdNode()
    .file('/usr/bin/crictl', '')
    .on(
      /^systemctl show .* kubelet\.service$/,
      'ExecStart={ path=/usr/bin/kubelet ; argv[]=/usr/bin/kubelet --node-ip 10.1.2.3 --container-runtime-endpoint=/var/run/crio/crio.sock ; ignore_errors=no }\n',
    )
    .on(
      /^crictl --runtime-endpoint unix:\/\/\/var\/run\/crio\/crio.sock .* images --output json$/,
      JSON.stringify({
        images: [
          { id: '1', repoTags: ['q.example/a:1'], repoDigests: [`q.example/a@${digest('c')}`], size: '123' },
        ],
      }),
    );
  t.deepEqual(await kubernetesPlatform.listImages(host), [
    { pullSpec: `q.example/a@${digest('c')}`, tags: ['q.example/a:1'], size: 123 },
  ]);
  t.is(await kubernetesPlatform.imageDirectory(host), '/var/lib/containers');
});

test('the directory of images is what containerd is told, or a link leads to', async (t) => {
  const host = systemdNode();
  t.is(await kubernetesPlatform.imageDirectory(host), '/var/lib/containerd');
  host.links.set('/var/lib/containerd', '/var/lib/containers/containerd');
  t.is(await kubernetesPlatform.imageDirectory(host), '/var/lib/containers/containerd');
  host.file(
    '/etc/containerd/config.toml',
    'version = 2\nroot = "/var/lib/containers/c"\n[plugins."x"]\nroot = "/no"\n',
  );
  t.is(await kubernetesPlatform.imageDirectory(host), '/var/lib/containers/c');
});

test('containerd is asked for tags only once it runs, and an id is turned into a name it knows', async (t) => {
  const host = systemdNode()
    .on(/^systemctl is-active/, { exitCode: 3 })
    .on(
      /^ctr .* images list$/,
      `REF TYPE DIGEST SIZE PLATFORMS LABELS\nr.example/web@${digest('a')} t ${digest('a')} 1.0 MiB linux/amd64 -\n`,
    )
    .on(/^ctr .* images tag/, '');
  const store = await kubernetesPlatform.imageStore(host);
  t.false(await store.isAtHand());
  const id = (await store.ids()).get(`r.example/web@${digest('a')}`) ?? '';
  t.is(id, digest('a'));
  await store.tag(id, 'r.example/web:2');
  t.regex(host.transcript.at(-1) ?? '', /images tag --force r\.example\/web@sha256:a+ r\.example\/web:2$/);
});
