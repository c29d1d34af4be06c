import {once} from 'node:events';
import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {onTestFinished} from 'vitest';
import {runTool} from '../../source/system/run-tool.ts';
import {temporaryDirectory} from './temp.ts';

/** A track as the stand-in's service tells of it. */
export type Song = {
	readonly name: string;
	readonly artists?: readonly string[];
	readonly codec?: 'mp3' | 'flac' | 'ogg';
	readonly seconds?: number;
	/** What is served as its file, of the media; default: the song in its codec. */
	readonly file?: string;
	/** The service says why there is nothing. */
	readonly error?: string;
	/** Its module throws this while it downloads. */
	readonly warning?: string;
	/** What the tool does against its word. */
	readonly lie?: 'half' | 'half-silent' | 'nothing' | 'skipped' | 'strict' | 'other-id' | 'untagged';
	/** Seconds that it holds the `temp` folder after the download. */
	readonly pause?: number;
	/** Of its file. */
	readonly status?: number;
	/** Milliseconds between pieces of 4 KiB. */
	readonly slowness?: number;
};

export type Service = {
	readonly url: string;
	readonly songs: Map<string, Song>;
	readonly albums: Map<string, {readonly name: string; readonly tracks: readonly string[]}>;
	/** What was searched for. */
	readonly queries: readonly string[];
	/** Ids of files that were asked for, in order. */
	readonly fetched: readonly string[];
	/** What it answers to questions about tracks instead. */
	fault: {readonly status: number; readonly body: string} | undefined;
	close(): Promise<void>;
};

/** Serves songs and the media of a folder on loopback until it is closed. */
export const openService = async (media: string, songs: Readonly<Record<string, Song>>): Promise<Service> => {
	const queries: string[] = [];
	const fetched: string[] = [];
	const known = new Map(Object.entries(songs));
	const server = createServer((request, response) => void answer(request.url ?? '/', response));
	const service: Service = {
		url: '',
		songs: known,
		albums: new Map(),
		queries,
		fetched,
		fault: undefined,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
	const answer = async (path: string, response: ServerResponse): Promise<void> => {
		const url = new URL(path, 'http://loopback');
		const [kind = '', id = ''] = url.pathname.split('/').slice(1).map(decodeURIComponent);
		const song = known.get(id);
		if (kind === 'files') {
			fetched.push(id);
			return sendFile(
				join(media, basename(song?.file ?? `song.${song?.codec ?? 'mp3'}`)),
				song ?? {name: id},
				response,
			);
		}

		if (service.fault !== undefined) return void response.writeHead(service.fault.status).end(service.fault.body);
		if (kind === 'search') {
			const query = url.searchParams.get('q') ?? '';
			queries.push(query);
			const hits = [...known].filter(([, {name}]) => query.toLowerCase().includes(name.toLowerCase().slice(0, 4)));
			return void response.end(JSON.stringify(hits.map(([one, hit]) => told(one, hit))));
		}

		const found = kind === 'albums' ? service.albums.get(id) : song === undefined ? undefined : told(id, song);
		response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {detail: 'Not found.'}));
	};

	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return Object.assign(service, {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`});
};

const told = (id: string, song: Song) => ({
	id,
	artists: ['The Tides'],
	codec: 'mp3',
	seconds: 60,
	...song,
	file: `/files/${encodeURIComponent(id)}`,
});

const sendFile = async (path: string, song: Song, response: ServerResponse): Promise<void> => {
	const {status = 200, slowness = 0} = song;
	const bytes = status === 200 ? await readFile(path) : Buffer.alloc(0);
	response.writeHead(status, {'content-length': bytes.length});
	if (slowness === 0) return void response.end(bytes);
	for (let at = 0; at < bytes.length && !response.destroyed; at += 4096) {
		response.write(bytes.subarray(at, at + 4096));
		await delay(slowness);
	}

	response.end();
};

/** The same until the running test has ended. */
export const startService = async (media: string, songs: Readonly<Record<string, Song>>): Promise<Service> => {
	const service = await openService(media, songs);
	onTestFinished(() => service.close());
	return service;
};

export type InstallOptions = {
	readonly modules?: readonly string[];
	/** Of the account; without it the service lets nobody in. */
	readonly password?: string;
	/** False: as it is after `git clone`. */
	readonly isSetUp?: boolean;
	readonly quality?: string;
	/** As the variant prints it whose markers hold signs. */
	readonly hasSigns?: boolean;
	/** As the variant writes that has a folder for each service. */
	readonly hasFolders?: boolean;
};

/** Lays out an installation of the stand-in in an empty directory. */
export const layOutOrpheus = async (directory: string, url: string, options: InstallOptions = {}): Promise<string> => {
	const {modules = ['loopback'], password = 'hunter2-secret', isSetUp = true, quality = 'hifi'} = options;
	const script = new URL('../fixtures/tools/orpheus/orpheus.py', import.meta.url);
	await symlink(fileURLToPath(script), join(directory, 'orpheus.py'));
	for (const module of ['example', ...modules]) {
		await mkdir(join(directory, 'modules', module), {recursive: true});
		await writeFile(join(directory, 'modules', module, 'interface.py'), '');
	}

	if (options.hasSigns === true) await writeFile(join(directory, 'signs'), '');
	if (!isSetUp) return directory;
	await mkdir(join(directory, 'config'));
	const general = {download_path: './downloads/', download_quality: quality, search_limit: 10};
	const own = Object.fromEntries(
		modules.map(module => [module, {server: url, email: 'someone@example.org', password}]),
	);
	const settings = {
		global: {general, source_subdirectories: options.hasFolders ?? false},
		extensions: {},
		modules: own,
	};
	await writeFile(join(directory, 'config', 'settings.json'), JSON.stringify(settings, undefined, 4));
	return directory;
};

/** The same in a folder of the running test. */
export const installOrpheus = async (url: string, options: InstallOptions = {}): Promise<string> =>
	layOutOrpheus(await temporaryDirectory(), url, options);

/** How many runs there were in an installation, and how many of them began while another one was under way. */
export const runsOf = async (directory: string): Promise<{readonly runs: number; readonly overlaps: number}> => {
	const log = await readFile(join(directory, 'runs.log'), 'utf8').catch(() => '');
	const count = (word: string): number => log.split('\n').filter(line => line.startsWith(`${word} `)).length;
	return {runs: count('start') + count('overlap'), overlaps: count('overlap')};
};

/** A minute of sound in each codec, `song.mp3`, `song.flac` and `song.ogg`, and what is none: `page.html`. */
export const makeMusic = async (folder: string): Promise<void> => {
	await mkdir(folder, {recursive: true});
	const sine = ['-f', 'lavfi', '-i', 'sine=f=440:d=60'];
	for (const [name, ...codec] of [
		['song.mp3', '-c:a', 'libmp3lame', '-b:a', '24k', '-write_xing', '0'],
		['song.flac', '-c:a', 'flac'],
		['song.ogg', '-c:a', 'libvorbis'],
	]) {
		const exit = await runTool({
			command: 'ffmpeg',
			args: ['-loglevel', 'error', '-y', ...sine, ...codec, name ?? ''],
			cwd: folder,
			token: `music-${folder}`,
			signal: AbortSignal.timeout(60_000),
		});
		if (exit.type !== 'ended' || exit.exitCode !== 0) throw new Error(JSON.stringify(exit));
	}

	await writeFile(join(folder, 'page.html'), '<!doctype html><title>Log in</title>');
};
