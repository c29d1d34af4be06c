import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {parseListen, listenWords} from '../config/server-keys.ts';
import {resolveSecret} from '../config/secrets.ts';
import type {LocalEngine} from '../engine/index.ts';
import type {createApi, ApiOptions} from '../remote/api/app.ts';
import type {ApiServer} from '../remote/api/listen.ts';
import {plain} from './format.ts';
import {CommandError, exitCodes, usageError, type Io, type Setup} from './verb.ts';

type World = {readonly io: Io; readonly version: string};

/** The API on the socket of the scheduler: whoever may open the socket needs no token. */
export const offeredApi = async (engine: LocalEngine, setup: Setup, world: World): ReturnType<typeof createApi> => {
	const {createApi: create} = await import('../remote/api/app.ts');
	return create(engine, optionsOf(setup, world));
};

export type Offered = {
	readonly server: ApiServer;
	/** Where the token is kept, or what it is read from. */
	readonly tokenPlace: string;
	/** The token itself, where it was made just now. */
	readonly newToken: string | undefined;
};

/** The API over TCP, for who has the token. A CommandError where nobody can listen there, or there is no token. */
export const listenForApi = async (
	engine: LocalEngine,
	setup: Setup,
	world: World,
	listen: string | undefined,
): Promise<Offered> => {
	const {server} = setup.config;
	const address = parseListen(listen ?? server.listen);
	if (address === undefined) throw usageError(`--listen ${listenWords}, not \`${plain(listen ?? '')}\``);
	const {token, ...told} = await tokenOf(setup, world);
	const {listenApi} = await import('../remote/api/listen.ts');
	try {
		return {
			...told,
			server: await listenApi(engine, {
				...optionsOf(setup, world),
				...address,
				token,
				allowedHosts: server.allowed_hosts,
				mostConnections: server.max_connections,
				requestsPerMinute: server.requests_per_minute,
			}),
		};
	} catch (error) {
		const why = words[(error as NodeJS.ErrnoException).code ?? ''];
		if (why === undefined) throw error;
		throw new CommandError(exitCodes.usage, `nobody can listen on ${listen ?? server.listen}: ${why}`);
	}
};

const words: Readonly<Record<string, string | undefined>> = {
	EADDRINUSE: 'another program does; name another port with --listen or [server] listen',
	EADDRNOTAVAIL: 'this machine has no such address',
	EACCES: 'this user may not; take a port above 1023',
	ENOTFOUND: 'there is no such name',
	EAI_AGAIN: 'there is no such name',
};

const optionsOf = ({config, paths, file}: Setup, {io, version}: World): ApiOptions => ({
	version,
	storage: paths.storage,
	roots: [paths.root, io.env['HOME'] ?? homedir(), io.cwd, ...(file === undefined ? [] : [dirname(file)])],
	mostBytes: config.server.max_body_kb * 1000,
	mostStreams: config.server.max_streams,
	onDefect: text => io.err(`the API met a defect: ${plain(text)}\n`),
});

const leastToken = 16;

/** The configured token, or the one that is kept in the data folder. */
const tokenOf = async (
	{config, file, paths}: Setup,
	{io}: World,
): Promise<Omit<Offered, 'server'> & {readonly token: string}> => {
	const reference = config.server.token;
	if (reference === undefined) {
		const {keepToken} = await import('../system/token-file.ts');
		const path = join(paths.root, 'api-token');
		const {token, isNew} = keepToken(path);
		return {token: sound(token, path), tokenPlace: path, newToken: isNew ? token : undefined};
	}

	const secret = resolveSecret(reference, file === undefined ? io.cwd : dirname(file), {env: io.env});
	if (!secret.ok) throw usageError(`[server] token: ${secret.problem}`);
	return {token: sound(secret.value, '[server] token'), tokenPlace: reference, newToken: undefined};
};

const sound = (token: string, where: string): string => {
	if (token.length >= leastToken && /^[\u0021-\u007E]{1,512}$/.test(token)) return token;
	throw usageError(
		`${where}: a token has ${leastToken} to 512 letters, digits and signs, without blanks; make one with \`openssl rand -base64 32\``,
	);
};
