import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {bundleApp} from '../bundle-app.ts';

/** The moment of the demo that the README shows. */
export const recording = fileURLToPath(new URL('../../fixtures/screens/demo.json', import.meta.url));

/**
 * Runs the app that draws, bundled as the program is, in a process of its own: in UTC and without anything of this terminal,
 * so that the pictures are the same everywhere. Resolves with what it prints.
 */
export const runPictures = async (args: readonly string[], flags: readonly string[] = []): Promise<string> => {
	const folder = await mkdtemp(join(tmpdir(), 'tidegate-pictures-'));
	try {
		const app = join(folder, 'pictures-app.mjs');
		await bundleApp('pictures-app.ts', app);
		const {stdout} = await promisify(execFile)(process.execPath, [...flags, app, ...args], {
			env: {TZ: 'UTC', LANG: 'C.UTF-8', TERM: 'xterm-256color', PATH: process.env['PATH']},
			maxBuffer: 64 * 1024 * 1024,
		});
		return stdout;
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
};

/** Every file that is kept, by its path from the top of the repository, as it would be drawn now. */
export const drawAll = async (flags: readonly string[] = []): Promise<Readonly<Record<string, string>>> =>
	JSON.parse(await runPictures(['kept', recording], flags)) as Readonly<Record<string, string>>;
