import {createServer, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** Many servers, each under an address of its own on loopback (127.x.y.z), so that each is a lane of its own. */
export type HostFarm = {
	/** The address of a server that nobody has asked before, without a slash at the end. */
	next(): Promise<string>;
	close(): Promise<void>;
};

/** How many servers answer at once; the oldest is closed when another one is asked for. */
const most = 60;

/**
 * What a server does is said by the path: `/ok/SIZE/…`, `/slow/SIZE/…` (200 kB/s), `/status/CODE/…`, `/drop/SIZE/…` (hangs up
 * after half).
 */
export const startHostFarm = (): HostFarm => {
	const servers: Server[] = [];
	let count = 0;
	return {
		async next() {
			count++;
			const address = `127.${1 + (count % 250)}.${1 + (Math.floor(count / 250) % 250)}.7`;
			const server = createServer((request, response) => answer(request.url ?? '/', response));
			await new Promise<void>((resolve, reject) => {
				server.once('error', reject);
				server.listen(0, address, resolve);
			});
			servers.push(server);
			const oldest = servers.length > most ? servers.shift() : undefined;
			if (oldest !== undefined) await closeOne(oldest);
			return `http://${address}:${(server.address() as AddressInfo).port}`;
		},
		async close() {
			await Promise.all(servers.map(server => closeOne(server)));
		},
	};
};

const closeOne = (server: Server): Promise<void> =>
	new Promise(resolve => {
		server.close(() => resolve());
		server.closeAllConnections();
	});

const answer = (path: string, response: ServerResponse): void => {
	const [, what = '', argument = '0'] = path.split('/');
	const number = Number(argument);
	response.on('error', () => undefined);
	if (what === 'status') {
		response.writeHead(number, number === 429 ? {'retry-after': '1'} : {});
		response.end('no');
		return;
	}

	response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': number});
	if (what === 'drop') {
		response.write(Buffer.alloc(Math.floor(number / 2), 7));
		setTimeout(() => response.destroy(), 20);
	} else if (what === 'slow') sendSlowly(response, number);
	else response.end(Buffer.alloc(number, 7));
};

const sendSlowly = (response: ServerResponse, size: number): void => {
	let left = size;
	const timer = setInterval(() => {
		if (left <= 0 || response.destroyed) {
			clearInterval(timer);
			response.end();
			return;
		}

		const piece = Math.min(20_000, left);
		left -= piece;
		response.write(Buffer.alloc(piece, 7));
	}, 100);
};
