import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {peerFile} from '../support/slskd/counters.ts';
import type {Temper} from '../support/slskd/scenario.ts';
import {startSlskdEngine} from '../support/slskd-engine.ts';
import {apiKey, file, listed, makeSong, missing, peer, startWorld as start} from '../support/slskd-world.ts';

/*
 * A song from its name to its file: the real engine, a real database and real bytes; slskd and its peers are doubles.
 */

let content = '';

beforeAll(async () => {
	content = await makeSong();
});

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

describe('a song', () => {
	test.each(['0.22.5', '0.24.5', '0.25.1', '0.26.0'])('comes from its name to its file by slskd %s', async version => {
		const {slskd, tidegate} = await start({version});
		const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
		await tidegate.until(id!, 'completed');
		expect(await tidegate.placed()).toEqual(['01 - A Song.flac']);
		const job = await tidegate.engine.show(id!);
		expect(readFileSync(job!.outputPath!).equals(readFileSync(content))).toBe(true);
		expect(job?.candidates).toMatchObject([{peer: 'good', state: {is: 'tried'}}]);
		expect(job?.lane).toBe('slskd');
		// Nothing of it stays there.
		expect(await listed(slskd)).toBe(0);
		expect(existsSync(join(slskd.downloads, 'An Album', '01 - A Song.flac'))).toBe(false);
		expect(slskd.counters().searches).toHaveLength(1);
	});
});

describe('a peer that keeps nothing of what it promises', () => {
	const worse = {speed: 100_000, queue: 3} as const;

	test.each<[temper: Temper, reason: RegExp]>([
		['offline', /offline|cannot connect/i],
		['rejecting', /refuses/],
		['stalled', /no byte came/],
		['queue-stuck', /queue has not moved/],
		['half-file', /bytes came, .* were promised/],
		['damaged', /no flac file, whatever its name says/],
		['leaves', /broke|no byte|answer in time/],
	])('is left for the next one: %s', async (temper, reason) => {
		const peers = [
			peer('tempting', temper, {speed: 9_000_000, files: [file({bitDepth: 24})]}),
			peer('modest', temper === 'queue-stuck' ? 'queue-slow' : 'good', worse),
		];
		const {slskd, tidegate} = await start(
			{peers, retry: {attempts: 1, delay: 100}},
			{provider: {queuePatience: 20_000, stallTimeout: 20_000}},
		);
		const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
		await tidegate.until(id!, 'completed');
		const job = await tidegate.engine.show(id!);
		expect(job?.candidates).toMatchObject([
			{peer: 'tempting', state: {is: 'failed', reason: expect.stringMatching(reason) as string}},
			{peer: 'modest', state: {is: 'tried'}},
		]);
		expect(job?.attempts).toBe(0);
		expect(job?.source).toMatch(/^slskd:\/\/modest\//);
		expect(readFileSync(job!.outputPath!).equals(readFileSync(content))).toBe(true);
		// Neither a record nor a useless file stays behind.
		expect(await listed(slskd)).toBe(0);
	});

	test('is never asked again for a file that was something else, also after a restart', async () => {
		const peers = [peer('liar', 'damaged', {files: [file({bitDepth: 24})]}), peer('modest', 'good', worse)];
		const {slskd, directory, tidegate} = await start({peers}, {probe: 'on'});
		const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
		await tidegate.until(id!, 'completed');
		const job = await tidegate.engine.show(id!);
		expect(job?.candidates).toMatchObject([
			{peer: 'liar', state: {is: 'failed'}},
			{peer: 'modest', state: {is: 'tried'}},
		]);
		expect(job?.attempts).toBe(0);
		await tidegate.stop();
		const again = await startSlskdEngine({slskd, apiKey, directory, probe: 'on'});
		const [other] = await again.add({source: 'slskd:an artist - a song (remastered)'});
		await again.until(other!, 'completed');
		expect((await again.engine.show(other!))?.candidates).toMatchObject([{peer: 'modest'}]);
		expect(slskd.counters().enqueues.get(peerFile('liar', file().path))).toHaveLength(1);
	});

	test('sets the job aside for a while where nobody else has it, with the reason', async () => {
		const {tidegate} = await start({peers: [peer('gone', 'offline')]}, {settings: {maxAttempts: 2}});
		const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
		await tidegate.until(id!, 'failed');
		expect((await tidegate.engine.show(id!))?.error).toMatchObject({
			code: 'no-sources',
			message: expect.stringMatching(/none of the one candidate gave it; gone: .*offline/) as string,
		});
	});
});

describe('what is not offered', () => {
	test('is told as such, and looked for again later', async () => {
		const {slskd, tidegate} = await start({peers: [peer('good')]}, {settings: {maxAttempts: 2}});
		const [id] = await tidegate.add({source: 'slskd:Somebody Else - Another Song'});
		await tidegate.until(id!, 'failed');
		expect((await tidegate.engine.show(id!))?.error?.message).toMatch(/nobody offers "Somebody Else - Another Song"/);
		expect(slskd.counters().searches).toHaveLength(2);
	});
});

const slow = () => [peer('slow', 'good', {speed: 3000})];
const downloading = async (tidegate: Awaited<ReturnType<typeof start>>['tidegate']) => {
	const [id] = await tidegate.add({source: 'slskd:An Artist - A Song'});
	await tidegate.until(id!, 'downloading');
	return id!;
};

describe('a name with accents', () => {
	test('is looked for without them where nobody writes them', async () => {
		const files = [file({path: '@@x\\Bjork\\Joga.flac'})];
		const {slskd, tidegate} = await start({peers: [peer('plain', 'good', {files})]});
		const [id] = await tidegate.add({source: 'slskd:Björk - Jóga'});
		await tidegate.until(id!, 'completed');
		expect(slskd.counters().searches.map(({text}) => text)).toEqual(['Björk Jóga', 'Bjork Joga']);
	});
});

describe('a person', () => {
	test('cancels, and nothing of it is left at slskd', async () => {
		const {slskd, tidegate} = await start({peers: slow()});
		const id = await downloading(tidegate);
		await tidegate.act('cancel', id);
		await tidegate.until(id, 'cancelled');
		expect(await listed(slskd)).toBe(0);
		expect(await tidegate.log(id)).toContain('cancelled at slskd');
	});

	test('pauses, which ends it there, and resumes', async () => {
		const {slskd, tidegate} = await start({peers: [peer('slow', 'good', {speed: 30_000})]});
		const id = await downloading(tidegate);
		await tidegate.act('pause', id);
		await tidegate.until(id, 'paused');
		expect(await listed(slskd)).toBe(0);
		expect(await tidegate.log(id)).toContain('cancelled at slskd');
		await tidegate.act('resume', id);
		await tidegate.until(id, 'completed');
		expect(slskd.counters().searches).toHaveLength(1);
	});

	test('names peer and file, and nobody searches', async () => {
		const {slskd, tidegate} = await start();
		const path = file().path.split('\\').map(encodeURIComponent).join('/');
		const [id] = await tidegate.add({source: `slskd://good/${path}?size=${readFileSync(content).length}`});
		await tidegate.until(id!, 'completed');
		expect(slskd.counters().searches).toHaveLength(0);
		expect(await tidegate.placed()).toEqual(['01 - A Song.flac']);
	});
});
