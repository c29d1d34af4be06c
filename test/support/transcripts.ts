import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../fixtures/transcripts/', import.meta.url));

/** Recorded output of real tools; see each folder. */
export type Transcript = {
	readonly name: string;
	readonly stdout: Buffer;
	readonly stderr: Buffer;
	/** Computed from the recording by other means than the code under test. */
	readonly expected: Readonly<Record<string, unknown>>;
};

export const transcripts = (prefix = ''): readonly Transcript[] =>
	readdirSync(root)
		.filter(name => name.startsWith(prefix))
		.map(name => {
			const read = (file: string): Buffer =>
				existsSync(`${root}${name}/${file}`) ? readFileSync(`${root}${name}/${file}`) : Buffer.alloc(0);
			const expected = read('expected.json').toString();
			return {
				name,
				stdout: read('stdout.txt'),
				stderr: read('stderr.txt'),
				expected: expected === '' ? {} : (JSON.parse(expected) as Record<string, unknown>),
			};
		});

export const readTranscript = (path: string): string => readFileSync(root + path, 'utf8');
