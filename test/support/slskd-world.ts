import {onTestFinished} from 'vitest';
import {makeAudio, missingForAudio} from './slskd/audio.ts';
import {startSlskdDouble, type SlskdDouble} from './slskd/double.ts';
import type {Peer, Scenario, SharedFile, Temper} from './slskd/scenario.ts';
import {haste, startSlskdEngine, type SlskdEngineOrder} from './slskd-engine.ts';
import {temporaryDirectory} from './temp.ts';

/* One song, peers who share it, a double of slskd and an engine that fetches it. */

export const apiKey = 'a-key-of-sixteen-letters';
export const missing = missingForAudio();

const song = {tone: 440, seconds: 20, artist: 'An Artist', title: 'A Song', album: 'An Album', number: 1};
export const folder = '@@abc\\Music\\An Artist\\An Album';
let content = '';

/** Makes the song, once on this machine; its path. */
export const makeSong = async (): Promise<string> => {
	if (missing === undefined) [content = ''] = await makeAudio([{song, format: 'flac'}]);
	return content;
};

export const file = (more: Partial<SharedFile> = {}): SharedFile => ({
	path: `${folder}\\01 - A Song.flac`,
	content,
	length: song.seconds,
	...more,
});

export const peer = (username: string, temper: Temper = 'good', more: Partial<Peer> = {}): Peer => ({
	username,
	temper,
	files: [file()],
	speed: 2_000_000,
	answersAfter: 200,
	...more,
});

/** Another one goes on where one was stopped, with the same home and port. */
export const startDouble = async (more: Partial<Scenario> = {}, home?: string, port = 0): Promise<SlskdDouble> => {
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

export const startWorld = async (more: Partial<Scenario> = {}, order: Partial<SlskdEngineOrder> = {}) => {
	const home = await temporaryDirectory();
	const slskd = await startDouble(more, home);
	const directory = await temporaryDirectory();
	const tidegate = await startSlskdEngine({slskd, apiKey, directory, ...order});
	return {home, slskd, directory, tidegate};
};

/** How many users the list of downloads names. */
export const listed = async (slskd: Pick<SlskdDouble, 'url'>): Promise<number> => {
	const response = await fetch(`${slskd.url}/api/v0/transfers/downloads`, {headers: {'x-api-key': apiKey}});
	return ((await response.json()) as unknown[]).length;
};
