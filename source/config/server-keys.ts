import {z} from 'zod';
import {count, key} from './keys.ts';
import {isReference} from './secrets.ts';

/*
 * `[server]`: the API over TCP. Nothing listens there but `tidegate serve`.
 */

/** Where to listen. */
export type ListenAddress = {readonly host: string; readonly port: number};

/** `127.0.0.1:7300`, `[::1]:7300`, `localhost:7300`; port 0 takes one that is free. Undefined for anything else. */
export const parseListen = (text: string): ListenAddress | undefined => {
	const [, six, plain, digits = ''] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text.trim()) ?? [];
	const host = six ?? plain;
	const port = Number(digits);
	return host === undefined || port > 65_535 ? undefined : {host, port};
};

/** What `parseListen` takes, in words. */
export const listenWords = 'must be ADDRESS:PORT such as 127.0.0.1:7300 or [::1]:7300';

export const serverSchema = z.strictObject({
	listen: key(
		z
			.string()
			.refine(text => parseListen(text) !== undefined, {error: listenWords})
			.default('127.0.0.1:7300'),
		{
			about:
				'Where `tidegate serve` answers. Anything but loopback is readable by the network: put a proxy with TLS before it.',
		},
	),
	token: key(
		z
			.string()
			.refine(text => isReference(text), {error: 'must say where the token is, as "env:NAME" or "file:PATH"'})
			.optional(),
		{
			about:
				'The token that every request has to bring, 16 characters or more; default: one that is made at the first start and kept as api-token in root_dir.',
			example: 'env:TIDEGATE_API_TOKEN',
		},
	),
	allowed_hosts: key(
		z
			.array(z.string().regex(/^[\w.-]{1,253}$/, {error: 'must be names of hosts, without a port'}))
			.max(100)
			.default([]),
		{
			about:
				'Names by which clients may call the server beside localhost and addresses in numbers, such as the name that a proxy passes on. Others are refused, so that no web page can lead a browser here.',
		},
	),
	max_body_kb: key(count(1, 65_536).default(1024), {
		about: 'No request may be larger; a thousand addresses need about a hundred.',
		unit: 'kB (1000 bytes)',
	}),
	max_connections: key(count(1, 65_536).default(256), {
		about: 'Connections at once; further ones are closed at once.',
		unit: 'connections',
	}),
	max_streams: key(count(1, 10_000).default(64), {
		about: 'Clients that follow the events at once, by SSE and WebSocket together.',
		unit: 'clients',
	}),
	requests_per_minute: key(count(1, 1_000_000).default(1200), {
		about: 'What an address may ask with the token; without it, a tenth of that.',
		unit: 'requests',
	}),
});
