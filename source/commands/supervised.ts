import type {EngineSnapshot} from '../domain/snapshot.ts';
import type {Duration} from '../domain/time.ts';
import type {LocalEngine} from '../engine/index.ts';
import type {ServiceManager} from '../system/sd-notify.ts';
import {size} from './format.ts';
import type {Io} from './verb.ts';

/** The talk of a scheduler with the service manager that started it; nothing is said where there is none. */
export type Supervised = {
	/** Jobs run: from now on it is told how that goes, and that this process lives. */
	ready(): Promise<void>;
	/** The configuration is read again, until `ready` is called once more. */
	reloading(): Promise<void>;
	/** The end has begun. */
	stopping(): Promise<void>;
	end(): void;
};

const silent: Supervised = {
	ready: async () => undefined,
	reloading: async () => undefined,
	stopping: async () => undefined,
	end: () => undefined,
};

/** How often a changed status is told where nobody watches whether we live. */
const unwatchedInterval: Duration = 60_000;

/** Begins the talk, where a service manager has asked for it. */
export const superviseBy = async (io: Io, engine: LocalEngine): Promise<Supervised> => {
	if ((io.env['NOTIFY_SOCKET'] ?? '') === '') return silent;
	const {monotonicNow, serviceManager} = await import('../system/sd-notify.ts');
	const manager = serviceManager(io.env, problem => io.err(`${problem}\n`, 'warn'));
	return manager === undefined ? silent : supervise(manager, engine, monotonicNow);
};

/** The talk itself. */
export const supervise = (
	manager: ServiceManager,
	engine: Pick<LocalEngine, 'getSnapshot' | 'turned'>,
	monotonicNow: () => string,
): Supervised => {
	const {watchdog} = manager;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	let shown = '';

	/** The status where it is another one than it was. */
	const news = (): readonly string[] => {
		const status = `STATUS=${statusLine(engine.getSnapshot())}`;
		if (status === shown) return [];
		shown = status;
		return [status];
	};

	/** Whoever does not come back from a turn says nothing more, and is killed: a hung scheduler is as bad as a hung process. */
	const beat = async (): Promise<void> => {
		await engine.turned();
		const words = [...(watchdog === undefined ? [] : ['WATCHDOG=1']), ...news()];
		if (words.length > 0 && !isOver) await manager.tell(...words);
		later();
	};

	const later = (): void => {
		if (isOver) return;
		timer = setTimeout(() => void beat(), watchdog === undefined ? unwatchedInterval : watchdog / 3).unref();
	};

	return {
		async ready() {
			await manager.tell('READY=1', ...news());
			if (timer === undefined) later();
		},
		reloading: () => manager.tell('RELOADING=1', monotonicNow()),
		stopping: () => manager.tell('STOPPING=1', 'STATUS=stopping what runs, with its bytes kept'),
		end() {
			isOver = true;
			clearTimeout(timer);
		},
	};
};

/** What `systemctl status` shows. */
export const statusLine = ({active, counts, volumes, isQueuePaused, isStopping}: EngineSnapshot): string => {
	const state = isStopping ? 'stopping; ' : isQueuePaused ? 'the queue is paused; ' : '';
	const waiting = counts.queued + counts.waiting;
	const failed = counts.failed === 0 ? '' : `, ${counts.failed} failed`;
	const disks = volumes.map(({gate, level}) =>
		level === undefined ? `disk ${gate.state}` : `disk ${gate.state}, ${size(level.free)} free`,
	);
	return [`${state}${active.length} running, ${waiting} queued${failed}`, ...disks].join('; ');
};
