import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {expect, onTestFinished, test, vi} from 'vitest';
import {contentSha256, startMediaServer, type MediaServer} from '../../source/demo/media-server.ts';
import {createProgram, type Program, type Running} from '../support/program.ts';
import {auditDatabase} from '../support/queue-audit.ts';

const size = 1_500_000;
const content = {seed: 7, size};

/** A server that sends one file so slowly that something can be done meanwhile. */
const slowServer = async (): Promise<MediaServer> => {
	const server = await startMediaServer({routes: {'/slow.bin': {content}}, rate: 500_000});
	onTestFinished(() => server.close());
	return server;
};

const startScheduler = async (program: Program): Promise<Running> => {
	const running = program.start(['run']);
	await vi.waitFor(() => expect(running.stderr()).toContain('runs with'), {timeout: 20_000, interval: 50});
	return running;
};

const kill = async ({process: child, ended}: Running): Promise<void> => {
	child.kill('SIGKILL');
	await ended;
};

const statusOf = async (program: Program, id: string): Promise<unknown> =>
	((await program.json(['show', id])) as {readonly status: unknown}).status;

const countsOf = async (program: Program): Promise<Readonly<Record<string, number>>> =>
	((await program.json(['stats'])) as {readonly counts: Readonly<Record<string, number>>}).counts;

/** Private directories of the queue: of jobs, and of steps that have set something aside. */
const directoriesOf = async ({storage}: Program): Promise<{readonly jobs: string[]; readonly aside: string[]}> => {
	const common = join(storage, '.tidegate');
	const [queue = ''] = (await readdir(common, {withFileTypes: true}))
		.filter(entry => entry.isDirectory())
		.map(({name}) => name);
	const names = await readdir(join(common, queue));
	const steps = names.includes('aside') ? await readdir(join(common, queue, 'aside')) : [];
	return {jobs: names.filter(name => name !== 'aside'), aside: steps};
};

test('a running download that was cancelled comes back with its bytes, goes on from them, and is whole', async () => {
	const [program, server] = [await createProgram(), await slowServer()];
	await startScheduler(program);
	await program.run(['add', `${server.url}/slow.bin`]);
	await vi.waitFor(() => expect(server.served('/slow.bin').bytes).toBeGreaterThan(400_000), {timeout: 20_000});
	expect(await program.json(['cancel', '1'])).toMatchObject({changed: [1]});
	await vi.waitFor(async () => expect(await statusOf(program, '1')).toBe('cancelled'), {timeout: 20_000});
	await vi.waitFor(async () => expect(await directoriesOf(program)).toEqual({jobs: [], aside: ['1']}));
	expect(await program.json(['undo'])).toEqual({changed: [1], refused: [], label: 'cancel: slow.bin'});
	await vi.waitFor(async () => expect(await statusOf(program, '1')).toBe('completed'), {
		timeout: 30_000,
		interval: 200,
	});
	const file = await readFile(join(program.storage, 'slow.bin')).catch(async () => {
		const {output_path: path} = (await program.json(['show', '1'])) as {readonly output_path: string};
		return readFile(path);
	});
	expect(createHash('sha256').update(file).digest('hex')).toBe(contentSha256(content));
	// What had come before the cancel was not asked for again.
	const ranges = server.requests('/slow.bin').map(({headers}) => String(headers['range'] ?? ''));
	expect(ranges.some(range => Number(/^bytes=(\d+)-/.exec(range)?.[1]) > 200_000)).toBe(true);
	expect(await directoriesOf(program)).toEqual({jobs: [], aside: []});
	const again = await program.run(['redo']);
	expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('job 1: ')]);
});

test('a cancelled and removed job comes back step by step, also after its scheduler was killed', async () => {
	const [program, server] = [await createProgram(), await slowServer()];
	const scheduler = await startScheduler(program);
	await program.run(['add', `${server.url}/slow.bin`, '--batch', 'Slow ones']);
	await vi.waitFor(() => expect(server.served('/slow.bin').bytes).toBeGreaterThan(300_000), {timeout: 20_000});
	await program.run(['cancel', '1']);
	await vi.waitFor(async () => expect(await statusOf(program, '1')).toBe('cancelled'), {timeout: 20_000});
	await program.run(['remove', '1']);
	await kill(scheduler);
	expect((await program.run(['show', '1'])).code).toBe(3);
	expect(await program.json(['undo'])).toEqual({changed: [1], refused: [], label: 'remove: slow.bin'});
	expect(await program.json(['show', '1'])).toMatchObject({status: 'cancelled', batch: 'Slow ones'});
	expect(await program.json(['undo'])).toEqual({changed: [1], refused: [], label: 'cancel: slow.bin'});
	const {progress} = (await program.json(['show', '1'])) as {readonly progress: {readonly bytes: number}};
	expect(progress.bytes).toBeGreaterThan(100_000);
	const {jobs, aside} = await directoriesOf(program);
	expect({jobs, aside}).toEqual({jobs: ['1'], aside: []});
	expect(await program.json(['redo'])).toMatchObject({changed: [1]});
	const nothing = [await program.run(['redo']), await program.run(['redo'])].at(-1);
	expect(nothing).toMatchObject({code: 4, stderr: 'tidegate: there is nothing to redo\n', stdout: ''});
});

test('killed in the middle of a cancel of 8,000 jobs, or of its undo, all of them can be brought back', async () => {
	const program = await createProgram();
	const count = 8000;
	const sources = Array.from({length: count}, (_, index) => `https://example.org/${index}`).join('\n');
	await program.run(['add', '-', '--paused', '--batch', 'Many'], {stdin: sources});
	expect((await countsOf(program))['paused']).toBe(count);
	const seen = new Set<string>();
	for (let round = 0; round < 8; round++) {
		const isUndo = round % 2 === 1;
		if (isUndo) await program.run(['cancel', '--all']);
		const scheduler = await startScheduler(program);
		const command = program.start(isUndo ? ['undo'] : ['cancel', '--all']);
		await delay(150 + 90 * round);
		await kill(scheduler);
		await command.ended;
		const counts = await countsOf(program);
		expect((counts['paused'] ?? 0) + (counts['cancelled'] ?? 0)).toBe(count);
		// A cancel goes on in steps; an undo is all or nothing.
		if (isUndo) expect([0, count]).toContain(counts['cancelled']);
		seen.add(
			`${isUndo ? 'undo' : 'cancel'} ${counts['cancelled'] === 0 ? 'none' : counts['cancelled'] === count ? 'all' : 'some'}`,
		);
		expect(auditDatabase(join(program.data, 'tidegate.db')).contradictions).toEqual([]);
		if (counts['cancelled'] !== 0) expect((await program.run(['undo'])).code).toBe(0);
		expect((await countsOf(program))['paused']).toBe(count);
	}

	expect(seen.size).toBeGreaterThan(1);
	expect(existsSync(join(program.data, 'tidegate.db'))).toBe(true);
});
