import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {makeAudio, missingForAudio} from '../support/slskd/audio.ts';
import {startSlskdDouble, type SlskdDouble} from '../support/slskd/double.ts';
import type {Peer, Scenario, SharedFile, Temper} from '../support/slskd/scenario.ts';
import {haste, startSlskdEngine, type SlskdEngineOrder} from '../support/slskd-engine.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * A song from its name to its file: the real engine, a real database and real bytes; slskd and its peers are doubles.
 */

const apiKey = 'a-key-of-sixteen-letters';
const song = {tone: 440, seconds: 20, artist: 'An Artist', title: 'A Song', album: 'An Album', number: 1};
const folder = '@@abc\\Music\\An Artist\\An Album';
let content = '';

const missing = missingForAudio();

beforeAll(async () => {
	if (missing === undefined) [content = ''] = await makeAudio([{song, format: 'flac'}]);
});

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

const file = (more: Partial<SharedFile> = {}): SharedFile => ({
	path: `${folder}\\01 - A Song.flac`,
	content,
	length: song.seconds,
	...more,
});
const peer = (username: string, temper: Temper = 'good', more: Partial<Peer> = {}): Peer => ({
	username,
	temper,
	files: [file()],
	speed: 2_000_000,
	answersAfter: 200,
	...more,
});

const startDouble = async (more: Partial<Scenario> = {}, home?: string, port = 0): Promise<SlskdDouble> => {
	const scenario: Scenario = {version: '0.26.0', apiKey, haste, peers: [peer('good')], ...more};
	const double = await startSlskdDouble(scenario, home ?? (await temporaryDirectory()), port);
	let isStopped = false;
	const stop = async (): Promise<void> => {
		if (!isStopped) await double.stop();
		isStopped = true;
	};
	onTestFinished(stop);
	return {...double, stop};
};

const start = async (more: Partial<Scenario> = {}, order: Partial<SlskdEngineOrder> = {}) => {
	const slskd = await startDouble(more);
	const directory = await temporaryDirectory();
	const tidegate = await startSlskdEngine({slskd, apiKey, directory, ...order});
	return {slskd, directory, tidegate};
};

const listed = async (slskd: SlskdDouble): Promise<number> => {
	const response = await fetch(`${slskd.url}/api/v0/transfers/downloads`, {headers: {'x-api-key': apiKey}});
	return ((await response.json()) as unknown[]).length;
};

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
