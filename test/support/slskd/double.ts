import {createServer, type IncomingMessage} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import type {Api} from './api.ts';
import {createDownloads} from './downloads.ts';
import {countersOf, type Counters} from './counters.ts';
import {openJournal} from './journal.ts';
import {createLocalFiles} from './local-files.ts';
import {createNetwork} from './network.ts';
import {createPace} from './pace.ts';
import {traitsOf, type Scenario} from './scenario.ts';
import {createSearches} from './searches.ts';
import {answerRequest} from './server.ts';

export type SlskdDouble = {
	readonly url: string;
	readonly port: number;
	/** Where finished files land, on this machine. */
	readonly downloads: string;
	readonly incomplete: string;
	readonly counters: () => Counters;
	/** Takes it off the network, or back to it. */
	readonly setConnected: (isConnected: boolean) => void;
	/** Ends it at once, as a kill does: what was under way stays as it is in the directory. */
	readonly stop: () => Promise<void>;
};

/**
 * A stand-in for slskd 0.22 to 0.26 on loopback: its API, a network of peers of every temper, and real bytes on the disk.
 * What it knows lies in the directory, so that another one can be started there after it was stopped or killed.
 */
export const startSlskdDouble = async (scenario: Scenario, directory: string, port = 0): Promise<SlskdDouble> => {
	const traits = traitsOf(scenario.version);
	const journal = openJournal(directory);
	const isRestart = journal.past.some(({type}) => type === 'start');
	journal.write({type: 'start'});
	const pace = createPace(scenario.haste ?? 1);
	const files = createLocalFiles(directory, scenario, traits);
	const network = createNetwork(scenario, journal, pace);
	const searches = createSearches(network, journal, pace);
	const textOfSearch = searches.textOf;
	const downloads = createDownloads({scenario, traits, network, journal, files, pace, textOfSearch});
	const connection = {isConnected: false, isConnecting: scenario.isConnected !== false};
	const api: Api = {
		scenario,
		traits,
		searches,
		downloads,
		files,
		journal,
		pace,
		connection,
		accepting: {searches: 0, downloads: 0},
	};
	const logIn = async (): Promise<void> => {
		const delay = scenario.loginAfter ?? (isRestart ? 2000 : 0);
		if (delay > 0) await pace.wait(delay);
		connection.isConnected = connection.isConnecting;
		connection.isConnecting = false;
		await downloads.resume();
	};
	void logIn();

	const rate = countRequests(count => journal.write({type: 'requests', ...count}));
	const server = createServer(async (message, response) => {
		rate.count();
		try {
			const {status, body, headers} = await answerRequest(api, await read(message));
			const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
			const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
			response.writeHead(status, {...(text === '' ? {} : {'content-type': type}), ...headers});
			response.end(text);
		} catch (error) {
			response.writeHead(500, {'content-type': 'text/plain'}).end(String(error));
		}
	});
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	const own = (server.address() as AddressInfo).port;
	return {
		url: `http://127.0.0.1:${own}`,
		port: own,
		downloads: files.downloads,
		incomplete: files.incomplete,
		counters() {
			rate.flush();
			return countersOf(journal.entries());
		},
		setConnected(isConnected) {
			connection.isConnected = isConnected;
			connection.isConnecting = false;
		},
		async stop() {
			pace.stop();
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
			rate.flush();
			journal.close();
		},
	};
};

/** Counts by second, and tells of each second when it is over. */
const countRequests = (tell: (count: {readonly second: number; readonly count: number}) => void) => {
	let [second, count] = [0, 0];
	const flush = (): void => {
		if (count > 0) tell({second, count});
		count = 0;
	};
	return {
		flush,
		count() {
			const now = Math.floor(Date.now() / 1000);
			if (now !== second) flush();
			second = now;
			count++;
		},
	};
};

const read = async (message: IncomingMessage) => {
	const chunks: Buffer[] = [];
	for await (const chunk of message) chunks.push(chunk as Buffer);
	// The path as it came: `URL` would normalise it.
	const [path = '/', search = ''] = (message.url ?? '/').split('?', 2);
	const key = message.headers['x-api-key'];
	return {
		method: message.method ?? 'GET',
		path: path.length > 1 ? path.replace(/\/$/, '') : path,
		query: new URLSearchParams(search),
		apiKey: typeof key === 'string' ? key : undefined,
		body: parsed(Buffer.concat(chunks).toString('utf8')),
	};
};

const parsed = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};
