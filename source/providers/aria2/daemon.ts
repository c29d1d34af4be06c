import {randomBytes, randomUUID} from 'node:crypto';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import {listFiles, makePrivateDirectory, removeFile, writePrivateFile} from '../../system/attempt-files.ts';
import {freePort} from '../../system/free-port.ts';
import {runTool, type ToolExit} from '../../system/run-tool.ts';
import {exitInWords, startFailure, toolFailure, writeFailure} from '../supervision/tool-failure.ts';
import {daemonArguments, daemonConfiguration} from './arguments.ts';
import {connectRpc, type Rpc, type RpcEvents} from './rpc.ts';

export type DaemonOptions = {
	readonly command: string;
	readonly connections: number;
	readonly extraArgs: readonly string[];
	/** For the configuration file, while aria2c starts. */
	readonly runtimeDirectory: string;
	/** Begins its token. */
	readonly owner: string;
	readonly install: string;
};

/** One running aria2c and the connection to it. */
export type Daemon = {
	readonly rpc: Rpc;
	/** Aborted as soon as it is gone, for whatever reason. */
	readonly gone: AbortSignal;
	/** Ends it; resolves when no process is left. */
	readonly stop: () => Promise<void>;
};

export type DaemonStart =
	{readonly ok: true; readonly daemon: Daemon} | {readonly ok: false; readonly failure: Failure};

/** Starts aria2c on a free port of loopback, with a secret that nobody else knows. Never rejects. */
export const startDaemon = async (options: DaemonOptions, onChange: RpcEvents['onChange']): Promise<DaemonStart> => {
	let result = await tryStart(options, onChange);
	// The port may have been taken between looking and listening.
	for (let tries = 1; tries < 3 && !result.ok && result.failure.code === 'tool-failed'; tries++) {
		result = await tryStart(options, onChange);
	}

	return result;
};

const tryStart = async (options: DaemonOptions, onChange: RpcEvents['onChange']): Promise<DaemonStart> => {
	const configuration = join(options.runtimeDirectory, `aria2-${randomUUID()}.conf`);
	const secret = randomBytes(32).toString('hex');
	try {
		const port = await freePort();
		await makePrivateDirectory(options.runtimeDirectory);
		await clearConfigurations(options.runtimeDirectory);
		const {connections} = options;
		await writePrivateFile(configuration, daemonConfiguration({port, secret, owner: process.pid, connections}));
		return await launch(options, configuration, {port, secret}, onChange);
	} catch (error) {
		return {ok: false, failure: writeFailure('aria2', error)};
	} finally {
		// It has been read, or will never be.
		await removeFile(configuration);
	}
};

/** One that a crash left holds the secret of a daemon that is gone. Only one scheduler uses the directory. */
const clearConfigurations = async (directory: string): Promise<void> => {
	for (const {path} of await listFiles(directory)) {
		if (/^aria2-[\da-f-]+\.conf$/.test(path)) await removeFile(join(directory, path));
	}
};

type Address = {readonly port: number; readonly secret: string};

const launch = async (
	options: DaemonOptions,
	configuration: string,
	{port, secret}: Address,
	onChange: RpcEvents['onChange'],
): Promise<DaemonStart> => {
	const stopping = new AbortController();
	const gone = new AbortController();
	const exit = runTool({
		command: options.command,
		args: daemonArguments(configuration, options.extraArgs),
		cwd: options.runtimeDirectory,
		token: `${options.owner}:aria2-${randomUUID()}`,
		signal: stopping.signal,
		killAfter: 2000,
	});
	void exit.then(() => gone.abort());
	// A daemon that has lost its connection serves nobody any more.
	const onClose = (): void => {
		gone.abort();
		stopping.abort();
	};
	const rpc = await connect(port, secret, gone.signal, {onChange, onClose});
	if (rpc === undefined) {
		const isGone = gone.signal.aborted;
		stopping.abort();
		return {ok: false, failure: failureOfStart(await exit, isGone, options.install)};
	}

	const stop = async (): Promise<void> => {
		rpc.close();
		stopping.abort();
		await exit;
	};
	return {ok: true, daemon: {rpc, gone: gone.signal, stop}};
};

const startTimeout: Duration = 10_000;
const connectPause: Duration = 30;

/** Tries until it answers to its secret: on another program's port the secret is refused. */
const connect = async (
	port: number,
	secret: string,
	gone: AbortSignal,
	events: RpcEvents,
): Promise<Rpc | undefined> => {
	for (let waited = 0; waited < startTimeout && !gone.aborted; waited += connectPause) {
		const rpc = await connectRpc(port, secret, events);
		if (rpc !== undefined) {
			const answer = await rpc.call('aria2.getVersion', []);
			if (answer.ok) return rpc;
			rpc.close();
			return undefined;
		}

		await delay(connectPause);
	}

	return undefined;
};

const failureOfStart = (exit: ToolExit, isGone: boolean, install: string): Failure => {
	if (exit.type === 'not-started') return startFailure('aria2', exit, install);
	if (!isGone) return toolFailure('aria2', 'tool-failed', 'was started but does not answer');
	const words = [...exit.lastStderrLines, ...exit.lastStdoutLines].find(line => line.trim() !== '');
	// 28: an option is unknown or its value is bad (manual, EXIT STATUS).
	const code = exit.exitCode === 28 ? 'bad-arguments' : 'tool-failed';
	return toolFailure('aria2', code, words ?? exitInWords(exit), words);
};
