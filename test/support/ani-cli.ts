import {once} from 'node:events';
import {copyFile, mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished} from 'vitest';
import {findProgram} from '../../source/system/find-program.ts';
import {runTool} from '../../source/system/run-tool.ts';
import {temporaryDirectory} from './temp.ts';

/** A series as the stand-ins for ani-cli find it: links of an episode as rows of `HEIGHT>NAME`, the best first. */
export type Series = {
	readonly title: string;
	readonly episodes: Readonly<Record<string, Readonly<Partial<Record<'sub' | 'dub', readonly string[]>>>>>;
};

export type Catalogue = {
	readonly url: string;
	/** What was searched for. */
	readonly queries: readonly string[];
	/** Names of media that were asked for, in order. */
	readonly fetched: readonly string[];
	/** What the server does with the next requests for a file of this name. */
	readonly faults: Map<string, 'silence' | number>;
	/** Turns everybody away as Cloudflare does. */
	isBlocking: boolean;
	/** Called when something was searched for. */
	onQuery: () => void;
	/** Milliseconds before each file. */
	slowness: number;
};

/** Serves a catalogue and the media of a folder on loopback until the test has ended. */
export const startCatalogue = async (series: readonly Series[], media: string): Promise<Catalogue> => {
	const queries: string[] = [];
	const fetched: string[] = [];
	const catalogue: Catalogue = {
		url: '',
		queries,
		fetched,
		faults: new Map(),
		isBlocking: false,
		onQuery() {},
		slowness: 0,
	};
	const found = (query: string) => {
		queries.push(query);
		const words = query.toLowerCase().split(/\s+/);
		return series.flatMap((one, id) =>
			words.every(word => one.title.toLowerCase().includes(word)) ? [{one, id}] : [],
		);
	};

	const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const url = new URL(request.url ?? '/', 'http://loopback');
		const [kind = '', id = '', episode = '', mode = ''] = url.pathname.split('/').slice(1);
		const one = series[Number(id)];
		switch (kind) {
			case 'browse': {
				const rows = found(url.searchParams.get('q') ?? '').map(hit => `${hit.id}\t${hit.one.title}\n`);
				response.end(catalogue.isBlocking ? '<title>Just a moment...</title>' : rows.join(''));
				catalogue.onQuery();
				return;
			}

			case 'api': {
				const query = queryIn(await bodyOf(request));
				const rows = (query === undefined ? [] : found(query)).map(
					hit => `${hit.id}\t${hit.one.title} (${Object.keys(hit.one.episodes).length} episodes)\n`,
				);
				response.end(rows.join(''));
				return;
			}

			case 'episodes':
				response.end(Object.keys(one?.episodes ?? {}).join('\n'));
				return;
			case 'links': {
				const links = one?.episodes[episode]?.[mode === 'dub' ? 'dub' : 'sub'] ?? [];
				response.end(links.map(link => link.replace('>', `>http://${request.headers.host}/media/`)).join('\n'));
				return;
			}

			default:
				await sendMedia(basename(url.pathname), response);
		}
	};

	const sendMedia = async (name: string, response: ServerResponse): Promise<void> => {
		fetched.push(name);
		const fault = catalogue.faults.get(name);
		if (fault === 'silence') return;
		const bytes = fault === undefined ? await readFile(join(media, name)).catch(() => undefined) : undefined;
		const send = () => response.writeHead(bytes === undefined ? (fault ?? 404) : 200).end(bytes ?? 'nothing here');
		if (catalogue.slowness > 0) setTimeout(send, catalogue.slowness);
		else send();
	};

	const server = createServer((request, response) => void answer(request, response));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return Object.assign(catalogue, {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`});
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
	let body = '';
	for await (const chunk of request) body += String(chunk);
	return body;
};

/** A quotation mark or a backslash in the query breaks the request, as it does with ani-cli 4. */
const queryIn = (body: string): string | undefined => {
	try {
		return String((JSON.parse(body) as {query: string}).query).replaceAll('+', ' ');
	} catch {
		return undefined;
	}
};

/** A stand-in for ani-cli of this version, called by that name in a folder of its own, that asks this catalogue. */
export const installAniCli = async (version: string, url: string): Promise<string> => {
	const folder = await temporaryDirectory();
	const script = new URL(`../fixtures/tools/ani-cli-${version.startsWith('5') ? 5 : 4}.sh`, import.meta.url);
	await symlink(fileURLToPath(script), join(folder, 'ani-cli'));
	await writeFile(join(folder, 'version'), `${version}\n`);
	await writeFile(join(folder, 'catalogue'), `${url}\n`);
	return join(folder, 'ani-cli');
};

/** A PATH with these programs and nothing else. */
export const pathWith = async (programs: readonly string[]): Promise<string> => {
	const folder = join(await temporaryDirectory(), 'bin');
	await mkdir(folder);
	for (const name of programs) {
		const found = await findProgram(name);
		if (found !== undefined) await symlink(found, join(folder, name));
	}

	return folder;
};

/** A PATH with a yt-dlp that starts at once. */
export const quickPath = async (): Promise<string> => {
	const folder = await pathWith([...ownPrograms, 'ffmpeg', 'aria2c']);
	const script = new URL('../fixtures/tools/yt-dlp-copies.sh', import.meta.url);
	await symlink(fileURLToPath(script), join(folder, 'yt-dlp'));
	return folder;
};

/** What the stand-ins themselves use. */
export const ownPrograms = [
	'sh',
	'curl',
	'sed',
	'grep',
	'cut',
	'nl',
	'tee',
	'tail',
	'head',
	'wc',
	'tr',
	'mkdir',
	'dirname',
	'true',
	'nohup',
];

/** A stream of a few seconds, `film.m3u8` in eight fragments, and the same as one file, `film.mp4`; some 100 kB each. */
export const makeFilm = async (folder: string): Promise<void> => {
	await mkdir(folder, {recursive: true});
	const make = async (...args: readonly string[]): Promise<void> => {
		const exit = await runTool({
			command: 'ffmpeg',
			args: ['-loglevel', 'error', '-y', ...args],
			cwd: folder,
			token: `film-${folder}`,
			signal: AbortSignal.timeout(60_000),
		});
		expect(exit).toMatchObject({exitCode: 0});
	};
	const picture = ['-f', 'lavfi', '-i', 'testsrc2=d=8:s=160x120:r=10', '-f', 'lavfi', '-i', 'sine=d=8'];
	const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-c:a', 'aac'];
	await make(...picture, ...codec, '-hls_time', '1', '-hls_playlist_type', 'vod', 'film.m3u8');
	await make('-i', 'film.m3u8', '-c', 'copy', 'film.mp4');
	await copyFile(join(folder, 'film.m3u8'), join(folder, 'small.m3u8'));
	await copyFile(join(folder, 'film.mp4'), join(folder, 'small.mp4'));
};
