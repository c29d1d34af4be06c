import type {ToolReport} from '../../engine/ports.ts';
import type {Client} from './client.ts';
import {parseServer} from './parse.ts';
import {readHealth, readServer} from './requests.ts';

const name = 'slskd';
const patience = 5000;

/** Whether slskd is there, takes the key, and is on the network. */
export const checkSlskd = async (client: Client, url: string): Promise<ToolReport> => {
	const signal = AbortSignal.timeout(3 * patience);
	const bad = (problem: string, fix: string, version?: string): ToolReport => ({
		name,
		ok: false,
		version,
		problem,
		fix,
	});
	const health = await client.ask(readHealth, {signal, timeout: patience});
	if (health.type !== 'answer') {
		const problem = health.type === 'failed' ? health.failure.message : `${url} does not answer in time`;
		return bad(problem, 'start slskd, or correct url and api_key in [providers.slskd]');
	}

	const known = await client.version(signal);
	if (!('version' in known)) {
		const problem = known.type === 'failed' ? known.failure.message : `${url} does not answer in time`;
		return bad(problem, 'correct [providers.slskd] in config.toml');
	}

	const version = known.version.text;
	const reply = await client.ask(readServer, {signal, timeout: patience});
	const server = reply.type === 'answer' && reply.status === 200 ? parseServer(reply.text) : undefined;
	if (server?.isReady === false) {
		const state = server.state === '' ? 'Disconnected' : server.state;
		return bad(`slskd is not logged in to the Soulseek network (${state})`, 'connect it on its own web page', version);
	}

	return {name, ok: true, version, problem: undefined, fix: undefined};
};
