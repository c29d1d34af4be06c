import type {Config} from '../config/load.ts';
import type {Duration} from '../domain/time.ts';
import type {LocalEngine} from '../engine/index.ts';
import type {CrashReporter} from '../system/crash-report.ts';
import {eventLine} from './events.ts';
import {holderWords} from './holder.ts';
import {CommandError, exitCodes, usageError, type Io, type Scheduler, type Setup} from './verb.ts';

/**
 * Becomes the one scheduler of the data directory: takes its lock and opens its queue. It answers on its socket and runs
 * jobs from `start` on: who calls meanwhile finds the lock held, and waits. What was begun is undone where a step fails.
 */
export const openScheduler = async (
	setup: Setup,
	{io, version, crash}: {readonly io: Io; readonly version: string; readonly crash: CrashReporter},
	compose: (onConfig: (config: Config) => void) => Promise<LocalEngine>,
): Promise<Scheduler> => {
	const {paths, config: atStart} = setup;
	const {lockDataDirectory} = await import('../system/lock.ts');
	const locked = lockDataDirectory(paths.root, {pid: process.pid, started: startedAt(), version});
	if (!locked.ok) {
		if (locked.reason === 'unusable') throw usageError(`${locked.problem}; name another data folder with --data`);
		throw new CommandError(
			exitCodes.noScheduler,
			`${holderWords(locked.holder)} runs this queue already (${paths.root}); commands and \`tidegate\` reach it by themselves`,
		);
	}

	let config = atStart;
	let isClosed = false;
	let isHeldUp = false;
	const unlock = (): void => {
		// The next scheduler waits until what may still write is gone with this process.
		if (!isHeldUp) locked.lock.release();
	};

	const undo: Array<() => void | Promise<void>> = [unlock];
	const undoAll = async (): Promise<void> => {
		for (const step of undo.splice(0).toReversed()) await step();
	};

	try {
		const engine = await compose(next => {
			config = next;
		});
		engine.onEvent(event => crash.note(eventLine(event).text));
		undo.push(async () => {
			await engine.close();
			isHeldUp = engine.isHeldUp();
		});
		const serve = async (): Promise<void> => {
			const [{serveEngine}, {chooseSocketPath}, {offeredApi}] = await Promise.all([
				import('../remote/server.ts'),
				import('../remote/socket-path.ts'),
				import('./api.ts'),
			]);
			if (isClosed) return;
			const socket = chooseSocketPath(paths.root, io.env);
			undo.push(() => socket.clear());
			const server = await serveEngine(engine, {
				socketPath: socket.path,
				version,
				api: async () => offeredApi(engine, setup, {io, version}),
			});
			undo.push(() => server.close());
			locked.lock.announce(socket.path);
		};

		let serving: Promise<unknown> | undefined;
		return {
			engine,
			config: () => config,
			async start() {
				const served = serve();
				serving = served.catch(() => undefined);
				await Promise.all([engine.start(), served]);
			},
			async close() {
				isClosed = true;
				await serving;
				await undoAll();
				if (isHeldUp) leaveAnyway();
			},
		};
	} catch (error) {
		await undoAll();
		throw error;
	}
};

/** How long the last words of a process have, whose end is held up by something that will not end. */
const lastWords: Duration = 500;

/** Ends the process though something that was given up would keep it; where nothing else does, it is gone before. */
const leaveAnyway = (): void => {
	setTimeout(() => process.exit(), lastWords).unref();
};

const startedAt = (): string => new Date(performance.timeOrigin).toISOString();
