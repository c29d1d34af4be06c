import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Provider, Refined, RefineHelp, RunContext, RunOutcome} from '../../../source/engine/ports.ts';
import {fetchedOnce} from '../../../source/finish/fetched.ts';
import {createFinisher} from '../../../source/finish/finisher.ts';
import type {RefineOrder, RefineOutcome, RefineStep} from '../../../source/finish/refine.ts';
import {jobWith} from '../../support/arbitraries.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const job = jobWith({id: 7, status: 'downloading'});
const outcome = {type: 'fetched', path: 'film.dat', name: 'film.dat', size: 4} as const;

const stepOf = (phase: string, run: (order: RefineOrder) => Promise<RefineOutcome>): RefineStep => ({
	phase,
	concerns: (_job, name) => !name.endsWith('.txt'),
	run,
});

/** Writes what it was given, and its own name behind it. */
const appending = (phase: string, text: string): RefineStep =>
	stepOf(phase, async ({file, directory, help}) => {
		const path = join(directory, 'made.dat');
		const content = `${await readFile(file.path, 'utf8')}${text}`;
		await help.reserve(content.length);
		await writeFile(path, content);
		help.wrote(content.length);
		return {type: 'changed', path, name: `${file.name}.${phase}`};
	});

type Scene = {
	readonly directory: string;
	readonly refine: (help?: Partial<RefineHelp>) => Promise<Refined>;
	readonly wrote: number[];
	readonly reserved: number[];
	readonly phases: string[];
};

const makeScene = async (...steps: readonly RefineStep[]): Promise<Scene> => {
	const storage = await temporaryDirectory();
	const finisher = createFinisher({storage, queue: 'q', template: '{name}.{ext}', steps});
	await finisher.prepare(job.id);
	const directory = finisher.directoryOf(job.id);
	await writeFile(join(directory, 'film.dat'), 'film');
	const [wrote, reserved, phases]: [number[], number[], string[]] = [[], [], []];
	const signal = new AbortController().signal;
	return {
		directory,
		wrote,
		reserved,
		phases,
		async refine(help = {}) {
			const verdict = await finisher.verify(job, outcome, signal);
			if (!verdict.ok) throw new Error(verdict.failure.message);
			const refined = await finisher.refine?.(job, outcome, verdict, {
				signal,
				phase: word => phases.push(word),
				log: () => undefined,
				wrote: bytes => wrote.push(bytes),
				reserve: async bytes => {
					reserved.push(bytes);
					return 'fits';
				},
				...help,
			});
			if (refined === undefined) throw new Error('it cannot refine');
			return refined;
		},
	};
};

describe('steps between check and place', () => {
	test('work one after the other, each on what the one before has made, beside the fetched file', async () => {
		const scene = await makeScene(appending('remuxing', '+mkv'), appending('tagging', '+tags'));
		expect(await scene.refine()).toMatchObject({
			type: 'refined',
			outcome: {path: '.refined/tagging/made.dat', name: 'film.dat.remuxing.tagging'},
			size: 13,
		});
		expect(await readFile(join(scene.directory, '.refined/tagging/made.dat'), 'utf8')).toBe('film+mkv+tags');
		expect(await readFile(join(scene.directory, 'film.dat'), 'utf8')).toBe('film');
		// What the first has made is gone when the second is done with it.
		expect(existsSync(join(scene.directory, '.refined/remuxing/made.dat'))).toBe(false);
		expect(scene.phases).toEqual(['remuxing', 'tagging']);
		expect(scene.reserved).toEqual([8, 8 + 13]);
		expect([Math.max(...scene.wrote), scene.wrote.at(-1)]).toEqual([8 + 13, 13]);
	});

	test('leave no trace where none of them has anything to do', async () => {
		const scene = await makeScene({...appending('remuxing', ''), concerns: () => false});
		expect(await scene.refine()).toMatchObject({outcome: {path: 'film.dat', name: 'film.dat'}, size: 4});
		expect(await readdir(scene.directory)).toEqual(['film.dat']);
	});

	test('may leave the file as it is, or give it another name only', async () => {
		const scene = await makeScene(
			stepOf('a', async () => ({type: 'unchanged'})),
			stepOf('b', async () => ({type: 'renamed', name: 'film.mkv'})),
		);
		expect(await scene.refine()).toMatchObject({outcome: {path: 'film.dat', name: 'film.mkv'}, size: 4});
	});

	test('are not believed: what they say they have made is looked at, and the fetched file stays', async () => {
		const scene = await makeScene(
			stepOf('lying', async ({directory}) => ({type: 'changed', path: join(directory, 'nothing'), name: 'x'})),
		);
		expect(await scene.refine()).toMatchObject({type: 'failed', failure: {code: 'tool-failed'}});
		const empty = await makeScene(
			stepOf('empty', async ({directory}) => {
				await writeFile(join(directory, 'e.mkv'), '');
				return {type: 'changed', path: join(directory, 'e.mkv'), name: 'e.mkv'};
			}),
		);
		expect(await empty.refine()).toMatchObject({type: 'failed', failure: {code: 'tool-failed'}});
		for (const {directory} of [scene, empty]) expect(existsSync(join(directory, 'film.dat'))).toBe(true);
	});

	test.each(['disk-full', 'tool-missing', 'tool-failed'] as const)(
		'that fail with %s keep the fetched file and nothing else',
		async code => {
			const scene = await makeScene(
				appending('first', '+1'),
				stepOf('second', async ({directory}) => {
					await writeFile(join(directory, 'half'), 'half');
					return {type: 'failed', failure: {code, message: 'no'}};
				}),
			);
			expect(await scene.refine()).toMatchObject({type: 'failed', failure: {code}});
			expect(await readdir(scene.directory)).toEqual(['.fetched.json', 'film.dat']);
			expect(scene.wrote.at(-1)).toBe(0);
		},
	);

	test('that find the fetched file worthless throw it away', async () => {
		const scene = await makeScene(
			stepOf('a', async () => ({type: 'failed', failure: {code: 'not-media', message: 'rubbish'}})),
		);
		expect(await scene.refine()).toMatchObject({type: 'failed', failure: {code: 'not-media'}});
		expect(await readdir(scene.directory)).toEqual([]);
	});

	test('tell the room that all of them need', async () => {
		const scene = await makeScene(
			appending('first', '+1'),
			stepOf('second', async () => ({type: 'no-room', needs: 100})),
		);
		expect(await scene.refine()).toEqual({type: 'no-room', needs: 106});
	});

	test('tell a full disk for what it is, also where it comes as an error', async () => {
		const scene = await makeScene(
			stepOf('a', async () => {
				throw Object.assign(new Error('ENOSPC: no space left on device'), {code: 'ENOSPC'});
			}),
		);
		expect(await scene.refine()).toMatchObject({type: 'failed', failure: {code: 'disk-full'}});
	});

	test('end with the attempt', async () => {
		const abort = new AbortController();
		const scene = await makeScene(
			stepOf('a', async ({directory}) => {
				await writeFile(join(directory, 'half'), 'half');
				abort.abort();
				return {type: 'stopped'};
			}),
		);
		expect(await scene.refine({signal: abort.signal})).toEqual({type: 'stopped'});
		expect(await readdir(scene.directory)).toEqual(['.fetched.json', 'film.dat']);
	});
});

describe('a file that was fetched and only has to be worked on', () => {
	const runs: string[] = [];
	const provider: Provider = {
		id: 'p',
		abilities: {resume: true, liveRateLimit: false, needsSearch: false},
		accepts: () => true,
		laneOf: () => 'p',
		canonical: source => source,
		check: async () => ({name: 'p', ok: true, version: '1', problem: undefined, fix: undefined}),
		async run(_job, {directory}) {
			runs.push(directory);
			return {type: 'stopped'};
		},
	};
	const ask = (directory: string): Promise<RunOutcome> =>
		fetchedOnce(provider).run(job, {directory, log: () => undefined} as unknown as RunContext);

	const failing = stepOf('a', async () => ({type: 'failed', failure: {code: 'disk-full', message: 'no'}}));

	test('is not fetched again', async () => {
		const {directory, refine} = await makeScene(failing);
		await refine();
		await mkdir(join(directory, '.refined/remuxing'), {recursive: true});
		await writeFile(join(directory, '.refined/remuxing/half.mkv'), 'half');
		expect(await ask(directory)).toEqual({type: 'fetched', path: 'film.dat', name: 'film.dat'});
		expect(runs).not.toContain(directory);
	});

	test.each(['gone', 'longer', 'written again'])('is fetched again where it is %s', async how => {
		const {directory, refine} = await makeScene(failing);
		await refine();
		const file = join(directory, 'film.dat');
		if (how === 'gone') await rm(file);
		else if (how === 'longer') await writeFile(file, 'film!');
		else await utimes(file, new Date(0), new Date(0));
		await mkdir(join(directory, '.refined'));
		await writeFile(join(directory, '.refined/half.mkv'), 'half');
		expect(await ask(directory)).toEqual({type: 'stopped'});
		// A tool that takes the newest film of its directory for its own must not find these.
		expect([existsSync(join(directory, '.refined')), existsSync(join(directory, '.fetched.json'))]).toEqual([
			false,
			false,
		]);
	});

	test.each([
		'{',
		'[]',
		'{"outcome": {"type": "fetched", "path": "../../etc/passwd", "name": "x"}, "size": 1, "modified": 1}',
		'{"outcome": {"type": "fetched", "path": "/etc/passwd", "name": "x"}, "size": 1, "modified": 1}',
		'{"outcome": {"type": "fetched", "path": 7, "name": "x"}, "size": 1, "modified": 1}',
		`{"outcome": null, "padding": "${'x'.repeat(70_000)}"}`,
	])('is not found by what somebody else has written there: %.40s', async text => {
		const {directory} = await makeScene();
		await writeFile(join(directory, '.fetched.json'), text);
		expect(await ask(directory)).toEqual({type: 'stopped'});
	});
});
