import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {createServer, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {AddRequest} from '../../source/engine/ports.ts';

const run = promisify(execFile);

/** What a server sends under a path. */
export type Served = {
	readonly bytes: Buffer;
	readonly status?: number;
	readonly contentType?: string;
	/** Says so many bytes more than it sends, and hangs up. `chunked`: says nothing and hangs up in the middle of a chunk. */
	readonly fault?: 'cut' | 'chunked';
};

/** An outcome that is damaged, or a good one for comparison: then there are no codes. */
export type DamageCase = {
	readonly kind: string;
	readonly provider: string;
	readonly request: (url: string) => AddRequest;
	readonly codes: readonly string[];
};

/** Real media and texts, by path. */
export const servedFiles = async (): Promise<ReadonlyMap<string, Served>> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
	try {
		const picture = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=5:duration=3', '-c:v'];
		for (const name of ['film.mp4', 'film.mkv']) await run('ffmpeg', [...picture, 'mpeg4', join(directory, name)]);
		const hls = ['-f', 'hls', '-hls_time', '1', '-g', '5', '-hls_list_size', '0'];
		await run('ffmpeg', [...picture, 'mpeg2video', '-r', '25', ...hls, join(directory, 'list.m3u8')]);
		const files = new Map<string, Served>();
		const add = (path: string, bytes: Buffer | string, more: Omit<Served, 'bytes'> = {}): void => {
			files.set(path, {bytes: Buffer.from(bytes as string), ...more});
		};
		for (const name of await readdir(directory)) {
			const bytes = await readFile(join(directory, name));
			if (name.endsWith('.m3u8')) add(`/${name}`, bytes, {contentType: 'application/vnd.apple.mpegurl'});
			else add(`/${name}`, bytes, name.endsWith('.ts') ? {contentType: 'video/mp2t'} : {});
			for (const part of [30, 60, 95])
				if (name.startsWith('film')) {
					const cut = bytes.subarray(0, Math.ceil((bytes.length * part) / 100));
					add(`/ends-at-${part}/${name}`, cut);
				}
		}

		const segment = [...files.keys()].filter(path => path.endsWith('.ts')).toSorted()[1] ?? '';
		const list = files.get('/list.m3u8')?.bytes.toString() ?? '';
		add('/holes/list.m3u8', list.replaceAll('list', '/list').replace(segment, '/not-there.ts'), {
			contentType: 'application/vnd.apple.mpegurl',
		});
		add('/json/film.mp4', '{"error":"expired"}');
		add('/json-list/film.mp4', '[{"message":"quota exceeded"}]');
		add('/xml/film.mp4', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>');
		add('/html/film.mp4', '<!doctype html><title>Sign in</title>');
		add('/html-comment/film.mp4', '<!-- a -->\n<html><body>Sorry</body></html>');
		add('/text/film.mp4', 'Link expired\n');
		add('/text/film.zip', 'rate limit exceeded\n');
		add('/playlist/film.mp4', '#EXTM3U\n#EXTINF:10,\nsegment.ts\n');
		add('/png/film.mkv', Buffer.concat([Buffer.from('\u0089PNG\r\n\u001A\n', 'latin1'), Buffer.alloc(500)]));
		add('/pdf/film.mp4', Buffer.concat([Buffer.from('%PDF-1.7\n', 'latin1'), Buffer.alloc(500, 0xe2)]));
		add('/zip/film.zip', Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.alloc(5000, 0xe2)]));
		add('/empty/film.mp4', '');
		const noise = Buffer.from(Array.from({length: 60_000}, (_, index) => (index * 7919) % 251));
		add('/noise/film.mp4', noise);
		add('/cut/film.mp4', noise, {fault: 'cut'});
		add('/chunked/film.mp4', noise, {fault: 'chunked'});
		add('/gone/film.mp4', 'gone', {status: 410, contentType: 'text/plain'});
		return files;
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
};

export type DamageServer = {readonly url: string; close(): Promise<void>};

/** Serves them on 127.0.0.1; what is not there is a 404. The query does not matter. */
export const serveFiles = async (files: ReadonlyMap<string, Served>): Promise<DamageServer> => {
	const server = createServer((request, response) => {
		const served = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
		if (served === undefined) response.writeHead(404).end('not here');
		else send(response, served, request.method === 'HEAD');
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', () => resolve());
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: () =>
			new Promise(resolve => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
};

const send = (response: ServerResponse, {bytes, status = 200, contentType, fault}: Served, isHead: boolean): void => {
	response.setHeader('content-type', contentType ?? 'video/mp4');
	if (fault !== 'chunked') response.setHeader('content-length', bytes.length + (fault === 'cut' ? 5000 : 0));
	response.writeHead(status);
	if (isHead) response.end();
	else if (fault === undefined) response.end(bytes);
	else response.write(bytes, () => response.socket?.destroySoon());
};

type Body = readonly [path: string, codes: readonly string[], more?: Partial<AddRequest>];

const wrongSum = (algorithm: string): Partial<AddRequest> => ({
	checksum: `${algorithm}:${createHash(algorithm).update('something else').digest('hex')}`,
});

/** What every provider may meet on a server. */
const bodies: readonly Body[] = [
	['/json/film.mp4', ['not-media']],
	['/json-list/film.mp4', ['not-media']],
	['/xml/film.mp4', ['not-media']],
	['/html/film.mp4', ['not-media']],
	['/html-comment/film.mp4', ['not-media']],
	['/text/film.mp4', ['not-media']],
	['/text/film.zip', ['not-media']],
	['/playlist/film.mp4', ['not-media']],
	['/png/film.mkv', ['not-media']],
	['/pdf/film.mp4', ['not-media']],
	['/zip/film.zip', ['wrong-size']],
	['/ends-at-30/film.mp4', ['wrong-size']],
	['/ends-at-60/film.mp4', ['wrong-size']],
	['/ends-at-95/film.mp4', ['wrong-size']],
	['/ends-at-30/film.mkv', ['wrong-size']],
	['/ends-at-95/film.mkv', ['wrong-size']],
	// aria2 and yt-dlp have words of their own for a server that sends nothing.
	['/empty/film.mp4', ['no-artefact', 'no-sources']],
	['/cut/film.mp4', ['connection-lost']],
	['/chunked/film.mp4', ['connection-lost']],
	['/gone/film.mp4', ['gone']],
	['/not-there.mp4', ['not-found']],
	['/noise/film.mp4?sha256', ['wrong-checksum'], wrongSum('sha256')],
	['/noise/film.mp4?md5', ['wrong-checksum'], wrongSum('md5')],
	['/noise/film.mp4?size', ['wrong-size'], {expectedSize: 59_999}],
];

const forYtDlp = new Set([
	'/json/film.mp4',
	'/text/film.mp4',
	'/ends-at-60/film.mp4',
	'/png/film.mkv',
	'/cut/film.mp4',
	'/not-there.mp4',
	'/noise/film.mp4?sha256',
]);

const misleading: ReadonlyArray<readonly [kind: string, codes: readonly string[]]> = [
	['nothing', ['no-artefact']],
	['empty', ['no-artefact']],
	['unfinished', ['no-artefact', 'bad-arguments']],
	['two', ['bad-arguments']],
	['link', ['no-artefact']],
	['folder', ['no-artefact']],
	['page', ['not-media']],
	['error', ['not-media']],
];

const fromServer = (provider: string, [path, codes, more]: Body): DamageCase => ({
	kind: path,
	provider,
	codes,
	request: url => ({
		source: `${url}${path}`,
		provider,
		title: `${path.replaceAll(/\W+/g, '-').slice(1)}.${/\.(\w+)(?:\?|$)/.exec(path)?.[1] ?? 'mp4'}`,
		...more,
	}),
});

const announced = (path: string, codes: readonly string[]): DamageCase => ({
	kind: `announced: ${path}`,
	provider: 'yt-dlp',
	codes,
	request: url => ({source: `${url}${path}`, provider: 'yt-dlp'}),
});

/** All cases: more than a hundred damaged ones and some good ones. Real yt-dlp only where it is `isWhole`. */
export const damageCases = (isWhole: boolean): readonly DamageCase[] => {
	const others = isWhole ? ['http', 'aria2', 'curl'] : ['http', 'curl'];
	const misled = misleading.flatMap(([kind, codes]) =>
		['', '-again'].map(suffix => ({
			kind: `misleads: ${kind}`,
			provider: 'misleads',
			codes,
			request: (url: string) => ({source: `${url}/${kind}${suffix}`, provider: 'misleads', title: `${kind}${suffix}`}),
		})),
	);
	const good = (['/film.mp4', '/film.mkv', '/noise/film.mp4'] as const).flatMap(path =>
		others.map(provider => fromServer(provider, [path, []])),
	);
	return [
		...others.flatMap(provider =>
			bodies
				.filter((_, index) => isWhole || provider === 'http' || index % 4 === 0)
				.map(body => fromServer(provider, body)),
		),
		...misled,
		...good,
		...(isWhole
			? [
					...bodies.filter(([path]) => forYtDlp.has(path)).map(body => fromServer('yt-dlp', body)),
					fromServer('yt-dlp', ['/film.mp4', []]),
					fromServer('yt-dlp', ['/list.m3u8', []]),
					...['?1', '?2', '?3'].map(query => fromServer('yt-dlp', [`/holes/list.m3u8${query}`, ['no-sources']])),
				]
			: [
					announced('/film.mp4?seconds=3', []),
					announced('/film.mp4?seconds=60', ['wrong-size']),
					announced('/film.mkv?seconds=600', ['wrong-size']),
					announced('/noise/film.mp4', ['not-media']),
					announced('/ends-at-60/film.mp4', ['wrong-size']),
				]),
	];
};
