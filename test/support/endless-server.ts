import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Readable} from 'node:stream';

export type EndlessServer = {
	readonly url: string;
	/** Bytes that it has handed to the line so far. */
	readonly sent: () => number;
	readonly close: () => void;
};

const piece = Buffer.alloc(16_384, 'tidegate');

/** Any file of `size` bytes, whole or in part, as fast as it is read. */
export const startEndlessServer = async (size: number): Promise<EndlessServer> => {
	let sent = 0;
	const server = createServer((request, response) => {
		const {range} = request.headers;
		const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
		const [start, end] = [Number(from), to === '' ? size - 1 : Number(to)];
		response.writeHead(range === undefined ? 200 : 206, {
			'Content-Type': 'video/mp4',
			'Content-Length': end - start + 1,
			'Accept-Ranges': 'bytes',
			ETag: '"one"',
			...(range === undefined ? {} : {'Content-Range': `bytes ${start}-${end}/${size}`}),
		});
		if (request.method === 'HEAD') return void response.end();
		let left = end - start + 1;
		Readable.from(
			(function* () {
				while (left > 0) {
					const next = left >= piece.length ? piece : piece.subarray(0, left);
					left -= next.length;
					sent += next.length;
					yield next;
				}
			})(),
		).pipe(response);
		response.on('error', () => undefined);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		sent: () => sent,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
};
