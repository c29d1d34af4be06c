import {join} from 'node:path';
import {canonicalAddress} from '../../domain/address.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Job} from '../../domain/job.ts';
import type {Duration} from '../../domain/time.ts';
import type {Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import {fileInside, removeFile} from '../../system/attempt-files.ts';
import {createWatchdog} from '../../system/watchdog.ts';
import {checkTool} from '../supervision/check-tool.ts';
import {notAnAddress, toolFailure} from '../supervision/tool-failure.ts';
import {canonicalUrl, isUrl} from '../supervision/url.ts';
import {downloadOptions, limitOption} from './arguments.ts';
import {startDaemon, type Daemon, type DaemonStart} from './daemon.ts';
import {failureFromAria2, type Aria2Status} from './parse.ts';
import {createWatch, type Watch} from './watch.ts';

export type Aria2Options = {
	/** Default: `aria2c`, looked up in PATH. */
	readonly command?: string;
	/** Connections for one file, 1 to 16. Default: 4. */
	readonly connections?: number;
	/** More arguments for the daemon. No secrets. */
	readonly extraArgs?: readonly string[];
	/** Sent with every request, `Name: value` each. They never stand in arguments. */
	readonly headers?: readonly string[];
	/** Default: 60 s. */
	readonly stallTimeout?: Duration;
	/** A directory of our own for the daemon's configuration file, absolute. */
	readonly runtimeDirectory: string;
	/** Begins the token of the daemon, so that one whose scheduler died is found. Default: nothing. */
	readonly owner?: string;
	/** How often running downloads are looked at. Default: 500 ms. */
	readonly interval?: Duration;
};

const name = 'aria2';
const install = 'apt install aria2';

/** Fetches with one aria2c in the background, which is started when it is first needed. Resumes partial files. */
export const createAria2Provider = (options: Aria2Options): Provider => {
	const {command = 'aria2c', connections = 4, extraArgs = [], runtimeDirectory, owner = ''} = options;
	const watch = createWatch(options.interval ?? 500);
	let current: Promise<DaemonStart> | undefined;

	const daemon = (): Promise<DaemonStart> => {
		current ??= startDaemon({command, connections, extraArgs, runtimeDirectory, owner, install}, watch.look);
		const asked = current;
		const forget = (): void => {
			if (current === asked) current = undefined;
		};
		void asked.then(start => (start.ok ? start.daemon.gone.addEventListener('abort', forget) : forget()));
		return asked;
	};

	return {
		id: name,
		abilities: {resume: true, liveRateLimit: true, needsSearch: false},
		accepts,
		laneOf: () => name,
		// What stands behind # is never sent: the file is the same.
		canonical: source => canonicalAddress(canonicalUrl(source)).replace(/#.*$/s, ''),
		check: () => checkTool({name, command, args: ['--no-conf', '--version'], install}),
		run: async (job, context) => {
			if (context.signal.aborted) return {type: 'stopped'};
			if (!accepts(job.source)) return failed(notAnAddress(name));
			const start = await daemon();
			if (context.signal.aborted) return {type: 'stopped'};
			return start.ok ? fetchWith(start.daemon, watch, job, context, options) : failed(start.failure);
		},
		close: async () => {
			const start = await current;
			if (start?.ok === true) await start.daemon.stop();
		},
	};
};

const accepts = (source: string): boolean => isUrl(source, ['http:', 'https:', 'ftp:', 'sftp:']);

const failed = (failure: Failure): RunOutcome => ({type: 'failed', failure});

/** How the wait for a download ended. */
type Ending =
	| {readonly type: 'complete' | 'error' | 'removed'; readonly status: Aria2Status}
	| {readonly type: 'stopped' | 'stalled' | 'daemon-gone'};

const fetchWith = async (
	daemon: Daemon,
	watch: Watch,
	job: Job,
	context: RunContext,
	options: Aria2Options,
): Promise<RunOutcome> => {
	const {directory, rateLimit} = context;
	const added = await daemon.rpc.call('aria2.addUri', [
		[canonicalUrl(job.source)],
		downloadOptions({directory, rateLimit, headers: options.headers ?? []}),
	]);
	if (!added.ok || typeof added.result !== 'string') {
		if (!added.ok && !added.isLost) return failed(failureFromAria2(undefined, added.message));
		await daemon.stop();
		return failed(daemonGone);
	}

	const gid = added.result;
	context.log(`aria2c: download ${gid}`);
	// Of an option of a download that runs, this is one of the few that do not start it anew (aria2 1.36.0, manual).
	context.onRateLimit?.(rate => void daemon.rpc.call('aria2.changeOption', [gid, limitOption(rate)]));
	const ending = await waitFor(daemon, watch, gid, context, options.stallTimeout ?? 60_000);
	if (ending.type === 'stopped' || ending.type === 'stalled') await remove(daemon, watch, gid);
	else void daemon.rpc.call('aria2.removeDownloadResult', [gid]);
	return outcomeOf(ending, context);
};

const waitFor = (
	daemon: Daemon,
	watch: Watch,
	gid: string,
	context: RunContext,
	stallTimeout: Duration,
): Promise<Ending> =>
	new Promise(resolve => {
		const watchdog = createWatchdog(stallTimeout);
		let bytes = -1;
		const settle = (ending: Ending): void => {
			watchdog.stop();
			unwatch();
			over.abort();
			resolve(ending);
		};
		const over = new AbortController();
		const unwatch = watch.add(daemon.rpc, gid, status => {
			if (over.signal.aborted) return;
			if (status.bytes > bytes) {
				bytes = status.bytes;
				watchdog.feed();
				// Nothing is there before the server has answered; then a resumed file has its old bytes at once.
				if (bytes > 0 || status.total !== undefined) {
					context.report(status.total === undefined ? {bytes} : {bytes, total: status.total});
				}
			}

			if (status.state === 'complete' || status.state === 'error' || status.state === 'removed') {
				settle({type: status.state, status});
			}
		});
		const when = (signal: AbortSignal, ending: Ending): void => {
			if (signal.aborted) settle(ending);
			else signal.addEventListener('abort', () => settle(ending), {once: true, signal: over.signal});
		};
		when(context.signal, {type: 'stopped'});
		when(watchdog.signal, {type: 'stalled'});
		when(daemon.gone, {type: 'daemon-gone'});
	});

const removeTimeout: Duration = 4000;

/** Takes the download out, keeping its bytes, and waits until aria2c has let go of the file. */
const remove = async (daemon: Daemon, watch: Watch, gid: string): Promise<void> => {
	const patience = createWatchdog(removeTimeout);
	const waitingOver = AbortSignal.any([patience.signal, daemon.gone]);
	const left = new Promise<void>(resolve => {
		const leave = (): void => {
			unwatch();
			resolve();
		};
		const unwatch = watch.add(daemon.rpc, gid, status => {
			if (status.state !== 'active' && status.state !== 'waiting' && status.state !== 'paused') leave();
		});
		waitingOver.addEventListener('abort', leave, {once: true});
	});
	const answer = await daemon.rpc.call('aria2.forceRemove', [gid]);
	if (answer.ok) await left;
	patience.stop();
	// One that does not let go of a file would go on writing to it: it is of no use to any job.
	if (patience.signal.aborted || (!answer.ok && answer.isLost)) await daemon.stop();
	else void daemon.rpc.call('aria2.removeDownloadResult', [gid]);
};

const daemonGone: Failure = {
	code: 'connection-lost',
	message: 'aria2: the aria2c in the background ended; it is started again',
};

const outcomeOf = async (ending: Ending, {directory}: RunContext): Promise<RunOutcome> => {
	switch (ending.type) {
		case 'stopped':
			return {type: 'stopped'};
		case 'stalled':
			return failed(toolFailure(name, 'stalled', 'no bytes arrived for too long'));
		case 'daemon-gone':
			return failed(daemonGone);
		case 'removed':
			return failed(toolFailure(name, 'tool-failed', 'the download was removed by someone else'));
		case 'error':
			if (leftovers.has(ending.status.errorCode ?? '')) return beginAnew(ending.status, directory);
			await dropUnmarked(ending.status, directory);
			return failed(failureFromAria2(ending.status.errorCode, ending.status.errorMessage));
		case 'complete':
			return fetchedFile(ending.status, directory);
	}
};

/**
 * Error codes of aria2 1.36.0: the server sent the whole file where the rest of it was asked for (8); a file lies there
 * without its control file (13), which in the job's own directory is a part whose length nobody knew.
 */
const leftovers: ReadonlySet<string> = new Set(['8', '13']);

/** A part of unknown length has no control file: aria2c would refuse to touch it in the next attempt. */
const dropUnmarked = async ({path}: Aria2Status, directory: string): Promise<void> => {
	const found = path === undefined ? undefined : await fileInside(directory, path);
	if (found === undefined || (await fileInside(directory, `${found.path}.aria2`)) !== undefined) return;
	await removeFile(join(directory, found.path));
};

/** Takes the part away that no server will continue, so that the next attempt does not fail in the same way. */
const beginAnew = async ({path}: Aria2Status, directory: string): Promise<RunOutcome> => {
	const found = path === undefined ? undefined : await fileInside(directory, path);
	if (found !== undefined) {
		await removeFile(join(directory, found.path));
		await removeFile(join(directory, `${found.path}.aria2`));
	}

	const words = 'the part that was there cannot be continued; it is fetched anew';
	return failed(toolFailure(name, 'connection-lost', words));
};

const fetchedFile = async ({path, total}: Aria2Status, directory: string): Promise<RunOutcome> => {
	const found = path === undefined ? undefined : await fileInside(directory, path);
	if (found === undefined) return failed(toolFailure(name, 'no-artefact', 'reported success but left no file'));
	if (total !== undefined && found.size !== total) {
		return failed(toolFailure(name, 'wrong-size', `the file has ${found.size} bytes, not ${total}`));
	}

	return {type: 'fetched', ...found, name: found.path.slice(found.path.lastIndexOf('/') + 1)};
};
