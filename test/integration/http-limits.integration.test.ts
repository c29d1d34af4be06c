import {chmod, mkdir, open, readdir, rm, stat} from 'node:fs/promises';
import {once} from 'node:events';
import {join} from 'node:path';
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {describe, expect, onTestFinished, test} from 'vitest';
import {createHash} from 'node:crypto';
import type {Content, MediaRoute} from '../../source/demo/media-server.ts';
import {filesIn, runOnce, testProvider, testServer} from '../support/http-run.ts';
import {temporaryDirectory} from '../support/temp.ts';

const mebibyte = 1024 * 1024;

describe('limits', () => {
	test('a file of 1 GiB needs no memory to speak of', {timeout: 100_000}, async () => {
		const size = 1024 * mebibyte;
		const content: Content = {seed: 3, size};
		// In a process of its own: what is measured here is the one that downloads.
		const url = await serverProcess({'/big.iso': {content}, '/warm.iso': {content: {seed: 4, size: 8 * mebibyte}}});
		const directory = await temporaryDirectory();
		const provider = testProvider({stallTimeout: 30_000, headersTimeout: 30_000});
		await runOnce({provider, source: `${url}/warm.iso`, directory: await temporaryDirectory()});
		const before = process.memoryUsage().rss;
		let most = 0;
		const run = await runOnce({
			provider,
			source: `${url}/big.iso`,
			directory,
			onReport: () => {
				most = Math.max(most, process.memoryUsage().rss);
			},
		});
		expect(run.outcome).toMatchObject({type: 'fetched', size});
		expect((most - before) / mebibyte).toBeLessThan(60);
		expect(await sampleOf(join(directory, 'big.iso'), size)).toBe(expectedSample(content));
	});

	test('reports are few, grow, and end with the whole size', async () => {
		const server = await testServer({
			'/a.bin': {content: {seed: 1, size: 3 * mebibyte}, answers: [{type: 'file', rate: 6 * mebibyte}]},
		});
		const {reports} = await runOnce({
			provider: testProvider(),
			source: `${server.url}/a.bin`,
			directory: await temporaryDirectory(),
		});
		const bytes = reports.map(report => report.bytes ?? -1);
		expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
		expect(reports.at(-1)).toEqual({bytes: 3 * mebibyte, total: 3 * mebibyte});
		// Half a second at 20 a second, and the first and the last.
		expect(reports.length).toBeLessThan(30);
	});

	test('a rate limit is kept over all connections together', async () => {
		const server = await testServer({'/a.bin': {content: {seed: 1, size: 1_000_000}}});
		const provider = testProvider({segments: 4, segmentThreshold: 100_000});
		const stop = new AbortController();
		const directory = await temporaryDirectory();
		const started = performance.now();
		const {outcome} = await runOnce({
			provider,
			source: `${server.url}/a.bin`,
			directory,
			rateLimit: 1_000_000,
			signal: stop.signal,
		});
		expect(outcome).toMatchObject({type: 'fetched'});
		// Not a claim about speed: a bucket of a tenth of a second cannot let a second's worth pass any sooner.
		expect(performance.now() - started).toBeGreaterThan(700);
	});

	test('a process that only waits for its rate limit does not end', async () => {
		const server = await testServer({'/a.bin': {content: {seed: 1, size: 1_000_000}}});
		const directory = await temporaryDirectory();
		const script = fileURLToPath(new URL('../support/http-fetch-process.ts', import.meta.url));
		const child = spawn(process.execPath, [script, `${server.url}/a.bin`, directory, '{}', '2000000'], {
			stdio: 'inherit',
		});
		expect(await once(child, 'exit')).toEqual([0, null]);
		expect(await filesIn(directory)).toEqual(['a.bin']);
	});

	test('a folder that cannot be written is told as such', async context => {
		if (process.getuid?.() === 0) context.skip('needs a user that is not root');
		const server = await testServer({'/a.bin': {content: {seed: 1, size: 1000}}});
		const directory = await temporaryDirectory();
		await chmod(directory, 0o500);
		const {outcome} = await runOnce({provider: testProvider(), source: `${server.url}/a.bin`, directory});
		await chmod(directory, 0o700);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'permission-denied'}});
	});

	test('a folder that is gone is told as a missing volume', async () => {
		const server = await testServer({'/a.bin': {content: {seed: 1, size: 1000}}});
		const directory = join(await temporaryDirectory(), 'job');
		await mkdir(directory);
		await rm(directory, {recursive: true});
		const {outcome} = await runOnce({provider: testProvider(), source: `${server.url}/a.bin`, directory});
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'volume-missing'}});
	});

	test('a full disk is told as such, keeps its bytes, and the file is right when there is room', async context => {
		const tiny = await tinyVolume();
		if (tiny === undefined) {
			context.skip('needs the right to mount a tmpfs');
			return;
		}
		try {
			const content: Content = {seed: 9, size: 6 * mebibyte};
			const server = await testServer({'/a.bin': {content}});
			const request = {provider: testProvider(), source: `${server.url}/a.bin`, directory: tiny.directory};
			expect((await runOnce(request)).outcome).toMatchObject({type: 'failed', failure: {code: 'disk-full'}});
			expect(await readdir(tiny.directory)).toEqual(['.http-resume.json', 'a.bin.part']);
			const kept = (await stat(join(tiny.directory, 'a.bin.part'))).size;
			expect(kept).toBeGreaterThan(3 * mebibyte);
			await tiny.grow();
			expect((await runOnce(request)).outcome).toMatchObject({type: 'fetched', size: content.size});
			expect(Number(/\d+/.exec(String(server.requests()[1]?.headers['range']))?.[0])).toBe(kept);
		} finally {
			await tiny.remove();
		}
	});
});

const serverProcess = async (routes: Readonly<Record<string, MediaRoute>>): Promise<string> => {
	const script = fileURLToPath(new URL('../support/media-server-process.ts', import.meta.url));
	const child = spawn(process.execPath, [script, JSON.stringify({routes})], {stdio: ['pipe', 'pipe', 'inherit']});
	const hasEnded = once(child, 'exit');
	onTestFinished(async () => {
		child.stdin.end();
		await hasEnded;
	});
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	return line.toString().trim();
};

/** A volume of 4 MiB in memory, where this user may mount one. */
const tinyVolume = async () => {
	const {execa} = await import('execa');
	const directory = await temporaryDirectory();
	const {failed} = await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory], {reject: false});
	if (failed) return undefined;
	return {
		directory,
		grow: () => execa('mount', ['-o', 'remount,size=16m', directory]),
		remove: () => execa('umount', [directory]),
	};
};

/** A sum over the head of each block, which holds its number: what is in the wrong place shows. */
const sampleOf = async (path: string, size: number): Promise<string> => {
	const file = await open(path, 'r');
	const hash = createHash('sha256');
	const head = Buffer.alloc(8);
	try {
		for (let at = 0; at < size; at += 65_536) {
			await file.read(head, 0, 8, at);
			hash.update(head);
		}
	} finally {
		await file.close();
	}
	return hash.digest('hex');
};

const expectedSample = ({seed, size}: Content): string => {
	const hash = createHash('sha256');
	for (let block = 0; block * 65_536 < size; block++) {
		const head = Buffer.alloc(8);
		head.writeUInt32LE(block, 0);
		head.writeUInt32LE(seed, 4);
		hash.update(head);
	}
	return hash.digest('hex');
};
