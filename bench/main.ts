// npm run bench [-- NAME… --OPTION=VALUE…]: runs every benchmark (or those named), one at a time, on a machine that should do nothing
// else. Each is a program of its own that prints what it measured, against a peer measured in the same run.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';

const isOption = (argument: string): boolean => argument.startsWith('--');
const options = process.argv.slice(2).filter(isOption);
const wanted = process.argv.slice(2).filter((argument) => !isOption(argument));
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.ts'))
  .filter((name) => wanted.length === 0 || wanted.includes(name));

const failed: string[] = [];
for (const name of names) {
  console.log(`\n── ${name}`);
  const { failed: hasFailed } = await execa(
    process.execPath,
    [join(import.meta.dirname, `${name}.ts`), ...options],
    { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit', reject: false },
  );
  if (hasFailed) failed.push(name);
}
console.log(failed.length === 0 ? `\n${names.length} benchmarks ran` : `\nfailed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 || names.length === 0 ? 1 : 0;
