import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {onTestFinished} from 'vitest';

/*
 * A small media server on loopback whose faults are asked for in the address:
 *   /NAME?size=N        N bytes of known content, with ranges and an ETag
 *     &rate=N           bytes per second
 *     &drop=N           every request to this address is cut after N bytes, `&drops=K` times at most (default 1)
 *     &stall=N          nothing more comes after N bytes
 *     &status=503       an error instead, `&retry=2` with Retry-After
 *     &named=TEXT       Content-Disposition with this file name
 *   /files/NAME         a file of the directory it was started with
 */
export type FaultyServer = {
	/** Address of a path, such as `film.mp4?size=1000`. */
	readonly url: (path: string) => string;
	readonly requests: ReadonlyArray<{
		readonly path: string;
		readonly method: string;
		readonly range: string | undefined;
	}>;
	/** Bytes of bodies that were sent so far. */
	readonly sent: () => number;
	/** From now on every answer comes at 4 MB/s. Without a pace, bytes would be counted that only fill a socket's buffers. */
	readonly hurry: () => void;
};

/** The content of a file of this size. */
export const contentOf = (size: number): Buffer => {
	const block = createHash('sha512').update('tidegate').digest();
	return Buffer.alloc(size, block);
};

export const startFaultyServer = async (files = '/nonexistent'): Promise<FaultyServer> => {
	const requests: Array<{path: string; method: string; range: string | undefined}> = [];
	const drops = new Map<string, number>();
	const state = {sent: 0, isHurrying: false};

	const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const url = new URL(request.url ?? '/', 'http://localhost');
		const {range} = request.headers;
		requests.push({path: url.pathname, method: request.method ?? '', range});
		const number = (name: string): number | undefined =>
			url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined;
		const status = number('status');
		if (status !== undefined) {
			const retry = url.searchParams.get('retry');
			response.writeHead(status, retry === null ? {} : {'retry-after': retry}).end();
			return;
		}

		const name = url.pathname.startsWith('/files/') ? join(files, url.pathname.slice(7)) : undefined;
		const size = number('size');
		const body =
			name === undefined
				? size === undefined
					? undefined
					: contentOf(size)
				: await readFile(name).catch(() => undefined);
		if (body === undefined) {
			response.writeHead(404).end('nothing here');
			return;
		}

		const [from, to] = spanOf(range, body.length);
		const named = url.searchParams.get('named');
		response.writeHead(range === undefined ? 200 : 206, {
			'content-type': name?.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp4',
			'content-length': to - from,
			'accept-ranges': 'bytes',
			etag: `"${body.length}"`,
			...(range === undefined ? {} : {'content-range': `bytes ${from}-${to - 1}/${body.length}`}),
			...(named === null ? {} : {'content-disposition': `attachment; filename="${named}"`}),
		});
		if (request.method === 'HEAD') {
			response.end();
			return;
		}

		const dropped = drops.get(url.pathname) ?? 0;
		const drop = dropped < (number('drops') ?? 1) ? number('drop') : undefined;
		const stall = number('stall');
		for (let at = from; at < to && !response.destroyed;) {
			const most = Math.min(drop ?? Infinity, stall ?? Infinity) - (at - from);
			if (most <= 0) break;
			const chunk = body.subarray(at, Math.min(to, at + Math.min(16_384, most)));
			response.write(chunk);
			at += chunk.length;
			state.sent += chunk.length;
			const rate = state.isHurrying ? 4_000_000 : number('rate');
			await (rate === undefined
				? new Promise(resolve => setImmediate(resolve))
				: delay((chunk.length / rate) * 1000, undefined, {ref: false}));
			if (response.writableNeedDrain) await Promise.race([once(response, 'drain'), once(response, 'close')]);
		}

		if (stall !== undefined && stall < to - from) return;
		if (drop !== undefined && drop < to - from) {
			drops.set(url.pathname, dropped + 1);
			response.destroy();
			return;
		}

		response.end();
	};

	const server = createServer((request, response) => {
		response.on('error', () => {});
		answer(request, response).catch(() => response.destroy());
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return {
		url: path => `http://127.0.0.1:${port}/${path}`,
		requests,
		sent: () => state.sent,
		hurry: () => {
			state.isHurrying = true;
		},
	};
};

const spanOf = (range: string | undefined, size: number): readonly [from: number, to: number] => {
	const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
	if (match === null) return [0, size];
	return [Number(match[1]), match[2] === '' ? size : Math.min(size, Number(match[2]) + 1)];
};
