import {spawn} from 'node:child_process';
import {text} from 'node:stream/consumers';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bundleApp} from './bundle-app.ts';
import type {MixesSeen} from './mixes.ts';

/** Runs mixes in processes of their own, bundled as the program is; each has its own seed, the first one the given. */
export const mixInProcesses = async (order: {
	readonly seed: number;
	readonly count: number;
	readonly processes: number;
	readonly say?: (line: string) => void;
}): Promise<readonly MixesSeen[]> => {
	const folder = await mkdtemp(join(tmpdir(), 'tidegate-mixes-'));
	try {
		const app = join(folder, 'mixes-app.mjs');
		await bundleApp('mixes-app.ts', app);
		const share = Math.ceil(order.count / order.processes);
		return await Promise.all(
			Array.from({length: order.processes}, (_, index) => mix(app, order.seed + index, share, order.say)),
		);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
};

const mix = async (app: string, seed: number, count: number, say?: (line: string) => void): Promise<MixesSeen> => {
	const child = spawn(process.execPath, [app, String(seed), String(count)], {stdio: ['ignore', 'pipe', 'pipe']});
	let errors = '';
	child.stderr.setEncoding('utf8').on('data', (words: string) => {
		errors = (errors + words).slice(-4000);
		if (say !== undefined && /^\d+ mixes/.test(words)) say(`seed ${seed}: ${words.trim()}`);
	});
	const answer = await text(child.stdout);
	try {
		return JSON.parse(answer) as MixesSeen;
	} catch {
		throw new Error(`the mixes of seed ${seed} ended without an answer: ${errors}`);
	}
};
