import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, beforeEach, expect, test, vi} from 'vitest';
import {peerFile} from '../support/slskd/counters.ts';
import {startSlskdEngine} from '../support/slskd-engine.ts';
import {apiKey, file, listed, makeSong, missing, peer, startDouble, startWorld} from '../support/slskd-world.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * Where slskd puts a file, how it calls that place, and what becomes of the file there.
 */

let content = '';

beforeAll(async () => {
	content = await makeSong();
});

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

const asked = {source: 'slskd:An Artist - A Song'};

test('the folder of a container is found by the map', async () => {
	const slskd = await startDouble({reportedDownloads: '/app/downloads'});
	const pathMap = {'/app/downloads': slskd.downloads};
	const tidegate = await startSlskdEngine({slskd, apiKey, directory: await temporaryDirectory(), provider: {pathMap}});
	const [id] = await tidegate.add(asked);
	await tidegate.until(id!, 'completed');
	expect(await tidegate.placed()).toEqual(['01 - A Song.flac']);
});

test('without the map the jobs wait, in words that say what is to be written where', async () => {
	const slskd = await startDouble({reportedDownloads: '/app/downloads-of-nobody'});
	const provider = {pathMap: {}, guessPatience: 30_000, landingPatience: 60_000};
	const tidegate = await startSlskdEngine({slskd, apiKey, directory: await temporaryDirectory(), provider});
	const [id] = await tidegate.add(asked);
	await vi.waitFor(
		async () => {
			const job = await tidegate.engine.show(id!);
			expect(job).toMatchObject({status: 'queued', attempts: 0, error: {code: 'misconfigured'}});
			expect(job?.error?.message).toMatch(
				/puts its files into \/app\/downloads-of-nobody.*path_map of \[providers\.slskd\]/,
			);
		},
		{timeout: 8000, interval: 50},
	);
	// The good file is not fetched again for that.
	expect(slskd.counters().enqueues.get(peerFile('good', file().path))).toHaveLength(1);
});

test('what slskd is to keep stays there, file and record, and a copy is made', async () => {
	const {slskd, tidegate} = await startWorld({}, {provider: {isKept: true}});
	const [id] = await tidegate.add(asked);
	await tidegate.until(id!, 'completed');
	expect(existsSync(join(slskd.downloads, 'An Album', '01 - A Song.flac'))).toBe(true);
	expect(await listed(slskd)).toBe(1);
	expect(readFileSync((await tidegate.engine.show(id!))!.outputPath!).equals(readFileSync(content))).toBe(true);
});

test('a name that was taken there is found by its event, and what had it stays as it is', async () => {
	const {slskd, tidegate} = await startWorld();
	const taken = join(slskd.downloads, 'An Album', '01 - A Song.flac');
	mkdirSync(join(slskd.downloads, 'An Album'), {recursive: true});
	writeFileSync(taken, 'somebody has this already');
	const [id] = await tidegate.add(asked);
	await tidegate.until(id!, 'completed');
	expect(readFileSync(taken, 'utf8')).toBe('somebody has this already');
	expect(readFileSync((await tidegate.engine.show(id!))!.outputPath!).equals(readFileSync(content))).toBe(true);
});

test('a file that slskd itself cannot move costs the next candidate, not the job', async () => {
	const other = file({path: '@@x\\An Artist\\A Song.flac'});
	const peers = [
		peer('stuck', 'good', {files: [file({bitDepth: 24})]}),
		peer('other', 'good', {files: [other], speed: 500_000}),
	];
	const {tidegate} = await startWorld({peers, unmovable: [file().path]});
	const [id] = await tidegate.add(asked);
	await tidegate.until(id!, 'completed');
	expect((await tidegate.engine.show(id!))?.candidates).toMatchObject([
		{peer: 'stuck', state: {is: 'failed', reason: expect.stringMatching(/could not put it in its place/) as string}},
		{peer: 'other', state: {is: 'tried'}},
	]);
});
