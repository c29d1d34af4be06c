import {readdir, readFile, rename, truncate} from 'node:fs/promises';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import type {Content, MediaAnswer} from '../../source/demo/media-server.ts';
import {expectedSha256, filesIn, runOnce, sha256OfFile, testProvider, testServer} from '../support/http-run.ts';
import {temporaryDirectory} from '../support/temp.ts';

const large: Content = {seed: 5, size: 6_000_003};
const path = '/large.mkv';
const segmented = {segments: 4, segmentThreshold: 1_000_000};

const setUp = async (answers: readonly MediaAnswer[], options = segmented) => {
	const server = await testServer({[path]: {content: large, answers}});
	const directory = await temporaryDirectory();
	const provider = testProvider(options);
	const source = `${server.url}${path}`;
	const expectWhole = async (): Promise<void> => {
		expect(await filesIn(directory)).toEqual(['large.mkv']);
		expect(await sha256OfFile(join(directory, 'large.mkv'))).toBe(expectedSha256(large));
	};
	return {server, request: {directory, provider, source}, expectWhole};
};

describe('a large file', () => {
	test('is fetched over several connections, each byte about once', async () => {
		const {server, expectWhole, request} = await setUp([{type: 'file', rate: 8_000_000}]);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched', size: large.size});
		await expectWhole();
		const ranges = server.requests().map(({headers}) => headers['range']);
		expect(ranges[0]).toBeUndefined();
		expect(ranges.slice(1).toSorted()).toEqual([
			'bytes=1500001-3000001',
			'bytes=3000002-4500002',
			'bytes=4500003-6000002',
		]);
	});

	test('is fetched over one connection where the server sends no parts', async () => {
		const {server, expectWhole, request} = await setUp([{type: 'file', ranges: 'ignored', rate: 20_000_000}]);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
		expect(server.requests()).toHaveLength(2);
	});

	test.for(['shifted', 'mislabelled', 'refused'] as const)('is right where parts are %s', async ranges => {
		const {expectWhole, request} = await setUp([{type: 'file', ranges, rate: 20_000_000}]);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
	});

	test('comes whole from a server that allows one connection only', async () => {
		const {server, expectWhole, request} = await setUp([
			{type: 'file', rate: 20_000_000},
			{type: 'status', status: 503},
		]);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
		expect(server.requests()).toHaveLength(2);
	});

	test('comes whole when one of the connections breaks', async () => {
		const {server, expectWhole, request} = await setUp([
			{type: 'file', rate: 4_000_000},
			{type: 'file', dropAfter: 300_000},
			{type: 'file', rate: 4_000_000},
		]);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
		expect(server.requests().length).toBeGreaterThanOrEqual(5);
	});

	test('that changes while it is fetched is given up, and nothing of it is kept', async () => {
		const {request} = await setUp([
			{type: 'file', rate: 2_000_000},
			{type: 'file', content: {seed: 6, size: large.size}},
		]);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'failed', failure: {code: 'source-changed'}});
		expect(await readdir(request.directory)).toEqual([]);
	});
});

describe('an attempt that is stopped', () => {
	test.for([1, 4])('with %i connections goes on later without fetching again what was there', async segments => {
		const {server, expectWhole, request} = await setUp(
			[...Array.from({length: segments}, (): MediaAnswer => ({type: 'file', rate: 3_000_000})), {type: 'file'}],
			{...segmented, segments},
		);
		const stop = new AbortController();
		const first = await runOnce({
			...request,
			signal: stop.signal,
			onReport: ({bytes = 0}) => {
				if (bytes > 1_500_000) stop.abort();
			},
		});
		expect(first.outcome).toEqual({type: 'stopped'});
		const record = JSON.parse(await readFile(join(request.directory, '.http-resume.json'), 'utf8')) as {
			done: ReadonlyArray<{start: number; end: number}>;
		};
		const kept = record.done.reduce((sum, {start, end}) => sum + end - start, 0);
		expect(kept).toBeGreaterThan(1_500_000);
		const before = server.served(path);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
		expect(server.served(path).bytes - before.bytes).toBe(large.size - kept);
	});

	test('has kept exactly the bytes that its record names', async () => {
		const {request} = await setUp([{type: 'file', rate: 3_000_000}]);
		const stop = new AbortController();
		await runOnce({
			...request,
			signal: stop.signal,
			onReport: ({bytes = 0}) => {
				if (bytes > 500_000) stop.abort();
			},
		});
		const {expectedBytes} = await import('../support/http-run.ts');
		const expected = Buffer.from(expectedBytes(large));
		const part = await readFile(join(request.directory, 'large.mkv.part'));
		const record = JSON.parse(await readFile(join(request.directory, '.http-resume.json'), 'utf8')) as {
			done: ReadonlyArray<{start: number; end: number}>;
		};
		expect(record.done.length).toBeGreaterThan(1);
		for (const {start, end} of record.done)
			expect(part.subarray(start, end).equals(expected.subarray(start, end))).toBe(true);
	});

	test('before anything was answered ends as stopped too', async () => {
		const {server, request} = await setUp([{type: 'silence'}]);
		const stop = new AbortController();
		const running = runOnce({...request, signal: stop.signal, provider: testProvider({headersTimeout: 60_000})});
		await expect.poll(() => server.requests().length).toBe(1);
		stop.abort();
		expect((await running).outcome).toEqual({type: 'stopped'});
	});

	test('before it began asks for nothing', async () => {
		const {server, request} = await setUp([]);
		expect((await runOnce({...request, signal: AbortSignal.abort()})).outcome).toEqual({type: 'stopped'});
		expect(server.requests()).toEqual([]);
	});

	test('while it waits for its rate limit ends as stopped too', async () => {
		const {server, request} = await setUp([{type: 'file'}]);
		const stop = new AbortController();
		const running = runOnce({...request, signal: stop.signal, rateLimit: 10_000});
		await expect.poll(() => server.served(path).bytes).toBeGreaterThan(0);
		stop.abort();
		expect((await running).outcome).toEqual({type: 'stopped'});
	});
});

describe('a process that is killed in the middle', () => {
	test.for([1, 4])('with %i connections loses only what came after the last checkpoint', async segments => {
		const {server, request, expectWhole} = await setUp([{type: 'file', rate: 1_500_000}]);
		const script = fileURLToPath(new URL('../support/http-fetch-process.ts', import.meta.url));
		const options = JSON.stringify({segments, segmentThreshold: 1_000_000, checkpointEvery: 20});
		const record = join(request.directory, '.http-resume.json');
		let claimed = 0;
		for (let kill = 0; kill < 3; kill++) {
			const child = spawn(process.execPath, [script, request.source, request.directory, options], {stdio: 'inherit'});
			const hasEnded = once(child, 'exit');
			await expect.poll(() => bytesClaimed(record), {interval: 5, timeout: 10_000}).toBeGreaterThan(claimed + 200_000);
			child.kill('SIGKILL');
			await hasEnded;
			claimed = await bytesClaimed(record);
		}
		const before = server.served(path).bytes;
		const own = testProvider({...segmented, segments});
		expect((await runOnce({...request, provider: own})).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
		expect(server.served(path).bytes - before).toBe(large.size - claimed);
	});
});

describe('a crash after the last byte', () => {
	test('fetches nothing again: the whole file is known by its record', async () => {
		const {server, request, expectWhole} = await setUp([{type: 'file', rate: 20_000_000}]);
		await runOnce(request);
		const before = server.served(path);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched', path: 'large.mkv', size: large.size});
		await expectWhole();
		// How many of its answers are still being closed does not matter.
		expect(server.served(path)).toMatchObject({requests: before.requests, bytes: before.bytes});
	});

	test('between the record and the name fetches nothing again either', async () => {
		const {server, request, expectWhole} = await setUp([{type: 'file', rate: 20_000_000}]);
		await runOnce(request);
		await rename(join(request.directory, 'large.mkv'), join(request.directory, 'large.mkv.part'));
		const before = server.served(path);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched'});
		await expectWhole();
		// How many of its answers are still being closed does not matter.
		expect(server.served(path)).toMatchObject({requests: before.requests, bytes: before.bytes});
	});

	test('does not make a file that was cut short meanwhile a whole one', async () => {
		const {request, expectWhole} = await setUp([{type: 'file', rate: 20_000_000}]);
		await runOnce(request);
		await truncate(join(request.directory, 'large.mkv'), large.size - 1);
		expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched', size: large.size});
		await expectWhole();
	});

	test('or in the first moments costs at most about half of what had come', async () => {
		const {server, request} = await setUp([{type: 'file', rate: 1_000_000}], {...segmented, segments: 1});
		const script = fileURLToPath(new URL('../support/http-fetch-process.ts', import.meta.url));
		const child = spawn(process.execPath, [script, request.source, request.directory], {stdio: 'inherit'});
		const record = join(request.directory, '.http-resume.json');
		// The usual time between two checkpoints is three seconds.
		await expect.poll(() => bytesClaimed(record), {interval: 5, timeout: 10_000}).toBeGreaterThan(0);
		expect(server.served(path).bytes).toBeLessThan(2_500_000);
		child.kill('SIGKILL');
		await once(child, 'exit');
	});
});

const bytesClaimed = async (record: string): Promise<number> => {
	const text = await readFile(record, 'utf8').catch(() => '{"done":[]}');
	const {done} = JSON.parse(text) as {done: ReadonlyArray<{start: number; end: number}>};
	return done.reduce((sum, {start, end}) => sum + end - start, 0);
};
