import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {basename, join} from 'node:path';
import {onTestFinished} from 'vitest';

const types: Readonly<Record<string, string>> = {
	m3u8: 'application/vnd.apple.mpegurl',
	ts: 'video/mp2t',
	xml: 'text/xml',
};

export type StaticServer = {readonly url: string; /** Names that were asked for. */ readonly asked: readonly string[]};

/** Serves the files of one directory on loopback until the test has ended; `slow` is the wait before each answer. */
export const serveDirectory = async (directory: string, slow = 0): Promise<StaticServer> => {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		const name = basename(request.url ?? '/');
		asked.push(name);
		readFile(join(directory, name)).then(
			bytes =>
				setTimeout(() => {
					response.writeHead(200, {'content-type': types[name.split('.').at(-1) ?? ''] ?? 'video/mp4'}).end(bytes);
				}, slow),
			() => response.writeHead(404).end('nothing here'),
		);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked};
};
