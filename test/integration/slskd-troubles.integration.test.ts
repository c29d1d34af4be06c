import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {once} from 'node:events';
import {join} from 'node:path';
import {beforeAll, beforeEach, describe, expect, onTestFinished, test, vi} from 'vitest';
import {artefactName} from '../../source/providers/slskd/landing.ts';
import {peerFile} from '../support/slskd/counters.ts';
import {haste, startSlskdEngine, wish, type SlskdEngine} from '../support/slskd-engine.ts';
import {
	apiKey,
	file,
	folder,
	listed,
	makeSong,
	missing,
	peer,
	startDouble,
	startWorld,
} from '../support/slskd-world.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * What goes wrong between a song and its file: slskd and tidegate restart, answers come late or never.
 */

let content = '';

beforeAll(async () => {
	content = await makeSong();
});

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

const asked = {source: 'slskd:An Artist - A Song'};
/** Long enough to be interrupted, and not much longer. */
const slow = () => [peer('slow', 'good', {speed: 60_000})];

const isSong = async (tidegate: SlskdEngine, id: number): Promise<boolean> => {
	const job = await tidegate.engine.show(id as never);
	return readFileSync(job!.outputPath!).equals(readFileSync(content));
};

describe('a restart', () => {
	test.each(['0.25.1', '0.26.0'])(
		'of slskd %s in the middle of a download, which gets a new id, loses nothing',
		async version => {
			const {home, slskd, tidegate} = await startWorld({version, peers: slow()});
			const [id] = await tidegate.add(asked);
			await tidegate.until(id!, 'downloading');
			await slskd.stop();
			const again = await startDouble({version, peers: slow()}, home, slskd.port);
			await tidegate.until(id!, 'completed');
			expect(await isSong(tidegate, id!)).toBe(true);
			const {enqueues, starts} = again.counters();
			expect(starts).toBe(2);
			// slskd itself goes on with it: nobody asks a second time.
			expect(enqueues.get(peerFile('slow', file().path))).toHaveLength(1);
			expect((await tidegate.engine.show(id!))?.attempts).toBe(0);
			expect(await listed(again)).toBe(0);
		},
	);

	test('of tidegate in the middle of a download finds it again, and asks for it no second time', async () => {
		const {slskd, directory, tidegate} = await startWorld({peers: slow()});
		const [id] = await tidegate.add(asked);
		await tidegate.until(id!, 'downloading');
		await tidegate.stop();
		expect(await listed(slskd)).toBe(1);
		const again = await startSlskdEngine({slskd, apiKey, directory});
		await again.until(id!, 'completed');
		expect(await isSong(again, id!)).toBe(true);
		const {enqueues, searches, bytesSent} = slskd.counters();
		expect(enqueues.get(peerFile('slow', file().path))).toHaveLength(1);
		expect(searches).toHaveLength(1);
		expect(bytesSent.get(peerFile('slow', file().path))).toBe(readFileSync(content).length);
		expect(await again.log(id!)).toContain('adopted');
	});

	test('of tidegate after which nobody wants it any more leaves nothing at slskd', async () => {
		const {slskd, directory, tidegate} = await startWorld({peers: slow()});
		const [id] = await tidegate.add(asked);
		await tidegate.until(id!, 'downloading');
		await tidegate.stop();
		expect(await listed(slskd)).toBe(1);
		const again = await startSlskdEngine({slskd, apiKey, directory, settings: {isScheduling: false}});
		expect(await again.act('cancel', id!)).toMatchObject({changed: [id]});
		await again.stop();
		expect(await listed(slskd)).toBe(0);
	});

	test('of tidegate after slskd was done finds the file', async () => {
		const {slskd, directory, tidegate} = await startWorld({peers: slow()});
		const [id] = await tidegate.add(asked);
		await tidegate.until(id!, 'downloading');
		await tidegate.stop();
		await vi.waitFor(() => expect(slskd.counters().delivered).toHaveLength(1), {timeout: 5000});
		const again = await startSlskdEngine({slskd, apiKey, directory});
		await again.until(id!, 'completed');
		expect(await isSong(again, id!)).toBe(true);
		expect(slskd.counters().enqueues.get(peerFile('slow', file().path))).toHaveLength(1);
	});
});

const brought = async (bytes: (song: Buffer) => Buffer) => {
	const {slskd, directory, tidegate} = await startWorld({peers: slow()});
	const [id] = await tidegate.add(asked);
	await tidegate.until(id!, 'downloading');
	const job = await tidegate.engine.show(id!);
	await tidegate.stop();
	await vi.waitFor(() => expect(slskd.counters().delivered).toHaveLength(1), {timeout: 5000});
	// As an attempt leaves it that ends between the move and the word of it.
	const name = artefactName(job!.source, file().path);
	writeFileSync(join(job!.directory, name), bytes(readFileSync(content)));
	rmSync(slskd.counters().delivered[0]!.path);
	return {slskd, id: id!, again: await startSlskdEngine({slskd, apiKey, directory})};
};

describe('a kill', () => {
	test('after the file was brought over fetches it no second time', async () => {
		const {slskd, id, again} = await brought(song => song);
		await again.until(id, 'completed');
		expect(await isSong(again, id)).toBe(true);
		expect(slskd.counters().enqueues.get(peerFile('slow', file().path))).toHaveLength(1);
		expect(await listed(slskd)).toBe(0);
	});

	test('before anybody has looked into the file is no reason to believe it', async () => {
		const {id, again} = await brought(song => Buffer.alloc(song.length, 7));
		await vi.waitFor(async () => expect(await again.log(id)).toContain('all candidates are spent'), {timeout: 5000});
		expect((await again.engine.show(id))?.candidates).toMatchObject([
			{peer: 'slow', state: {is: 'failed', reason: expect.stringContaining('no flac file') as string}},
		]);
		expect(await again.placed()).toEqual([]);
	});
});

describe('a record', () => {
	test('that retention hides before anybody looks is not taken for a failure', async () => {
		const {slskd, tidegate} = await startWorld({peers: slow(), retention: 1});
		const [id] = await tidegate.add(asked);
		await tidegate.until(id!, 'completed');
		expect(await isSong(tidegate, id!)).toBe(true);
		expect(slskd.counters().enqueues.get(peerFile('slow', file().path))).toHaveLength(1);
	});
});

/** Passes requests on to slskd; what `answers` is for gets another answer than slskd's, which has come all the same. */
const startProxy = async (url: string, answers: (method: string, path: string) => number | undefined) => {
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const {method = 'GET', url: path = '/'} = request;
		const key = request.headers['x-api-key'];
		const other = answers(method, path);
		const answer = await fetch(`${url}${path}`, {
			method,
			headers: {'content-type': 'application/json', ...(typeof key === 'string' ? {'x-api-key': key} : {})},
			...(chunks.length === 0 ? {} : {body: Buffer.concat(chunks)}),
		});
		const text = await answer.text();
		response.writeHead(other ?? answer.status);
		response.end(other === undefined ? text : 'The operation has timed out');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const isEnqueue = (method: string, path: string): boolean => method === 'POST' && path.includes('/transfers/downloads');

describe('a request', () => {
	test('that was answered with an error and succeeds all the same is adopted, not made again', async () => {
		const slskd = await startDouble({version: '0.25.1', peers: slow()});
		const url = await startProxy(slskd.url, (method, path) => (isEnqueue(method, path) ? 500 : undefined));
		const tidegate = await startSlskdEngine({slskd: {...slskd, url}, apiKey, directory: await temporaryDirectory()});
		const [id] = await tidegate.add(asked);
		await tidegate.until(id!, 'completed');
		expect(await isSong(tidegate, id!)).toBe(true);
		expect(slskd.counters().enqueues.get(peerFile('slow', file().path))).toHaveLength(1);
		expect((await tidegate.engine.show(id!))?.candidates).toMatchObject([{peer: 'slow', state: {is: 'tried'}}]);
	});

	test('that is one too many is made again a little later', async () => {
		const slskd = await startDouble();
		let count = 0;
		const url = await startProxy(slskd.url, method => (method === 'POST' && count++ < 2 ? 429 : undefined));
		const tidegate = await startSlskdEngine({slskd: {...slskd, url}, apiKey, directory: await temporaryDirectory()});
		const [id] = await tidegate.add(asked);
		await tidegate.until(id!, 'completed');
		expect((await tidegate.engine.show(id!))?.attempts).toBe(0);
	});
});

describe('an album', () => {
	const tracks = Array.from({length: 6}, (_, index) => ({
		title: `Song ${['One', 'Two', 'Three', 'Four', 'Five', 'Six'][index]}`,
		number: index + 1,
	}));
	const shared = (numbers: readonly number[]) =>
		tracks
			.filter(({number}) => numbers.includes(number))
			.map(({title, number}) => file({path: `${folder}\\0${number} ${title}.flac`}));
	const wishes = () =>
		tracks.map(track => wish({...track, album: 'An Album', numberOf: tracks.length, duration: 20_000}));

	test('costs one search, comes from who has most of it, and what that one lacks comes from others', async () => {
		const peers = [
			peer('most', 'good', {files: shared([1, 2, 3, 4, 5]), speed: 300_000}),
			peer('some', 'good', {files: shared([1, 2]), speed: 2_000_000}),
			peer('other', 'good', {files: shared([6]).map(one => ({...one, path: one.path.replace('An Album', 'Singles')}))}),
		];
		const {slskd, tidegate} = await startWorld({peers});
		const result = await tidegate.engine.send({type: 'add', requests: wishes(), batch: 'An Album'});
		if (!result.ok) throw new Error(result.message);
		for (const id of result.changed) await tidegate.until(id, 'completed', 15_000);
		expect(slskd.counters().searches.map(({text}) => text)).toEqual(['An Artist An Album', 'An Artist Song Six']);
		expect(
			slskd
				.counters()
				.delivered.map(({user}) => user)
				.toSorted(),
		).toEqual([...Array<string>(5).fill('most'), 'other']);
		expect(await tidegate.placed()).toEqual(tracks.map(({title, number}) => `An Album/0${number} ${title}.flac`));
	});

	test('keeps its good tracks whatever becomes of the others', async () => {
		const {slskd, tidegate} = await startWorld(
			{peers: [peer('most', 'good', {files: shared([1, 2, 4])})]},
			{settings: {maxAttempts: 1}},
		);
		const result = await tidegate.engine.send({type: 'add', requests: wishes().slice(0, 4), batch: 'An Album'});
		if (!result.ok) throw new Error(result.message);
		const [one, two, three, four] = result.changed;
		await tidegate.until(three!, 'failed', 15_000);
		for (const id of [one!, two!, four!]) await tidegate.until(id, 'completed', 15_000);
		expect(await tidegate.placed()).toHaveLength(3);
		await tidegate.act('cancel', three!);
		expect(await tidegate.placed()).toHaveLength(3);
		expect(slskd.counters().delivered).toHaveLength(3);
	});
});

describe('a flood', () => {
	test('of 1,000 waiting tracks becomes one search at a time, each so long after the last, and the hold says so', async () => {
		const interval = 20_000;
		const {slskd, tidegate} = await startWorld({}, {provider: {searchInterval: interval, searchTimeout: 1000}});
		const ids = await tidegate.add(
			...Array.from({length: 1000}, (_, index) => ({source: `slskd:Artist ${index} - Title ${index}`})),
		);
		expect(ids).toHaveLength(1000);
		await vi.waitFor(() => expect(slskd.counters().searches.length).toBeGreaterThanOrEqual(4), {timeout: 10_000});
		const {searches, mostSearchesAtOnce, leastSearchGap, mostRequestsPerSecond} = slskd.counters();
		expect(mostSearchesAtOnce).toBe(1);
		// One that is late on its way comes closer to the next; all together they are no faster.
		const gap = interval / haste;
		expect(leastSearchGap).toBeGreaterThanOrEqual(gap * 0.7);
		const [first, last] = [searches[0]?.at ?? 0, searches.at(-1)?.at ?? 0];
		expect((last - first) / (searches.length - 1)).toBeGreaterThanOrEqual(gap * 0.95);
		expect(new Set(searches.map(({timeout}) => timeout))).toEqual(new Set([1000]));
		expect(mostRequestsPerSecond).toBeLessThanOrEqual(haste * 2);
		const holds = (await tidegate.engine.list({limit: 1000})).rows.map(({hold}) => hold?.reason);
		expect(holds.filter(reason => reason === 'lane-paced' || reason === 'lane-busy').length).toBeGreaterThan(950);
	});
});
