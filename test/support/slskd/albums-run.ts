import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {freePort} from '../../../source/system/free-port.ts';
import {readJournal, type Entry} from './journal.ts';
import type {Music} from './music.ts';
import type {Scenario} from './scenario.ts';

export type AlbumsRunOptions = {
	readonly music: Music;
	readonly scenario: Omit<Scenario, 'peers'>;
	/** Of its own, absolute: the double lives in `slskd` below it, finished files are looked for in `storage`. */
	readonly directory: string;
	/** Starts the client that is judged; it ends by itself when it has nothing more to do. */
	readonly startClient: (slskd: {readonly url: string; readonly downloads: string}) => ChildProcess;
	readonly deaths: {readonly slskd: number; readonly client: number};
	readonly chance: () => number;
	/** The longest that it may take, in milliseconds; what is not there by then is missing. */
	readonly patience: number;
	readonly say: (line: string) => void;
};

export type AlbumsRun = {
	readonly entries: readonly Entry[];
	readonly deaths: {readonly slskd: number; readonly client: number};
	readonly seconds: number;
	readonly isInTime: boolean;
	/** How the last life of the client ended. */
	readonly exitCode: number | null;
};

const doubleProcess = fileURLToPath(new URL('double-process.ts', import.meta.url));

/** Lets a client fetch albums from a double of slskd while both are killed again and again. Ends everything that it starts. */
export const runAlbums = async (options: AlbumsRunOptions): Promise<AlbumsRun> => {
	const {music, directory, say, chance, deaths, patience} = options;
	const began = performance.now();
	const left = (): number => patience - (performance.now() - began);
	const home = join(directory, 'slskd');
	const scenarioFile = join(directory, 'scenario.json');
	await writeFile(scenarioFile, JSON.stringify({...options.scenario, peers: music.peers} satisfies Scenario));
	const port = await freePort();
	const slskd = {url: `http://127.0.0.1:${port}`, downloads: join(home, 'downloads')};
	const double = createLives(() =>
		spawn(process.execPath, [doubleProcess, scenarioFile, home, String(port)], {
			stdio: ['ignore', 'ignore', 'inherit'],
		}),
	);
	const client = createLives(() => options.startClient(slskd));
	const total = music.albums.reduce((sum, {tracks}) => sum + tracks.length, 0);
	try {
		double.start();
		await untilAnswering(slskd.url);
		client.start();
		const order = deathOrder(deaths);
		for (const [index, who] of order.entries()) {
			const goal = ((index + 0.7) / (order.length + 1)) * total;
			// A client that has come to a stand is killed all the same: the next life may get on.
			const isThere = async (): Promise<boolean> => (await filesIn(join(directory, 'storage'))) >= goal;
			const isOver = async (): Promise<boolean> => client.hasEnded() || (await isThere());
			await until(isOver, Math.min(left() / 2, 60_000));
			if (client.hasEnded() || left() < 0) break;
			await delay(chance() * 800);
			const lives = who === 'slskd' ? double : client;
			await lives.kill();
			say(
				`${stamp()} ${who} killed (${index + 1} of ${order.length}) with ${await filesIn(join(directory, 'storage'))} of ${total} files placed`,
			);
			await delay(100 + chance() * (who === 'slskd' ? 2500 : 500));
			lives.start();
			if (who === 'slskd') await untilAnswering(slskd.url);
		}

		const isEnded = await within(client.ended(), Math.max(0, left()));
		const exitCode = client.exitCode();
		return {
			entries: readJournal(home),
			deaths: {slskd: double.kills(), client: client.kills()},
			seconds: (performance.now() - began) / 1000,
			isInTime: isEnded,
			exitCode,
		};
	} finally {
		await client.kill();
		await double.kill();
	}
};

export const stamp = (): string => new Date().toISOString().slice(11, 23);

/** The one and the other by turns. */
const deathOrder = ({slskd, client}: AlbumsRunOptions['deaths']): ReadonlyArray<'slskd' | 'client'> =>
	Array.from({length: Math.max(slskd, client)}, (_, index) => [
		...(index < client ? (['client'] as const) : []),
		...(index < slskd ? (['slskd'] as const) : []),
	]).flat();

/** One process after the other. */
const createLives = (spawnOne: () => ChildProcess) => {
	let child: ChildProcess | undefined;
	let end: Promise<unknown> = Promise.resolve();
	let count = 0;
	const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
	return {
		start() {
			child = spawnOne();
			end = once(child, 'exit');
		},
		hasEnded,
		ended: async () => {
			await end;
		},
		exitCode: () => child?.exitCode ?? null,
		kills: () => count,
		async kill() {
			if (hasEnded()) return;
			count++;
			child?.kill('SIGKILL');
			await end;
		},
	};
};

const filesIn = async (folder: string): Promise<number> => {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
	return entries.filter(entry => entry.isFile() && !entry.parentPath.includes('/.tidegate')).length;
};

/** Whether it ended in so many milliseconds. */
const within = async (ending: Promise<unknown>, patience: number): Promise<boolean> => {
	const timer = new AbortController();
	try {
		const timeUp = delay(patience, false, {signal: timer.signal});
		return await Promise.race([ending.then(() => true), timeUp]);
	} finally {
		timer.abort();
	}
};

const until = async (isOver: () => Promise<boolean>, patience: number): Promise<void> => {
	for (let waited = 0; waited < patience && !(await isOver()); waited += 250) await delay(250);
};

const untilAnswering = async (url: string): Promise<void> => {
	const isUp = async (): Promise<boolean> =>
		fetch(`${url}/health`).then(
			answer => answer.ok,
			() => false,
		);
	await until(isUp, 20_000);
};
