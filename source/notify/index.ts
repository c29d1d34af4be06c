import type {LaneId} from '../domain/job.ts';
import type {Alert, TargetHealth} from '../domain/notices.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import type {Duration, Instant} from '../domain/time.ts';
import type {Clock} from '../engine/ports.ts';
import type {Api} from '../system/api.ts';
import {decide, lookUpFrom, type Happening, type Memory} from './decide.ts';
import {deliver} from './deliver.ts';
import {createKeeper, keptText, readKept} from './keep.ts';
import {emptyLine, enqueue, settle, take, type Line, type Result} from './line.ts';
import {isWanted, type Notice} from './notice.ts';
import type {BrokenTarget, Target} from './target.ts';

export type {Happening} from './decide.ts';
export type {BrokenTarget, Target} from './target.ts';

export type NotifierOrder = {
	readonly clock: Clock;
	readonly targets: readonly Target[];
	readonly broken: readonly BrokenTarget[];
	/** The file in which is kept what was told. */
	readonly memory: string;
	readonly api: Api;
	readonly userAgent: string;
	/** Takes known secrets out of a text. */
	readonly hide: (text: string) => string;
	/** Is told in a sentence when a target fails, and when it works again. */
	readonly say: (text: string) => void;
	/** There is another alert, or the health of a target has changed. */
	readonly onChange: () => void;
};

export type Notifier = {
	/** Takes in what has come to pass. Costs microseconds, waits for nothing, never throws. */
	tell(happening: Happening): void;
	/** What ended later than this, and was not heard of because nobody listened, has to be told of at the start. */
	readonly lookUpFrom: Instant;
	/** Whether something had begun to run when the last process ended. */
	readonly wasBusy: boolean;
	/** Whether a lane was told as broken, and has not been told as mended since. */
	isBroken(lane: LaneId): boolean;
	/** The newest alert for open screens. */
	alert(): Alert | undefined;
	health(): readonly TargetHealth[];
	/** Sends what can be sent within a moment, keeps the rest for the next start. */
	close(): Promise<void>;
};

/** What changed without a notice is written down after so long at the latest. */
const keepAfter: Duration = 30_000;
/** How long the last notices may take when the process ends. */
const closeGrace: Duration = 3000;

/** Decides what is told, and sends it, each target by itself: one that is slow or dead holds up nobody. */
export const createNotifier = async (order: NotifierOrder): Promise<Notifier> => {
	const {clock, targets} = order;
	const kept = await readKept(order.memory, clock.now());
	if (kept.problem !== undefined) order.say(`notifications: ${kept.problem}; what was told before is not known`);
	let memory: Memory = kept.memory;
	const lines = new Map<string, Line>(targets.map(({name}) => [name, kept.lines[name] ?? emptyLine]));
	const keeper = createKeeper(order.memory, () => keptText({memory, lines: Object.fromEntries(lines)}));
	const stop = new AbortController();
	const underWay = new Map<string, Promise<void>>();
	const timers = new Map<string, () => void>();
	let alert: Alert | undefined;
	let cancelKeeping: (() => void) | undefined;

	const lineOf = (name: string): Line => lines.get(name) ?? emptyLine;

	const send = async (target: Target, notice: Notice): Promise<Result> => {
		if (target.type !== 'desktop') {
			return deliver(target, notice, {...order, signal: stop.signal, now: () => clock.now()});
		}

		const {hasBell, hasTitle, popup, inReader} = target;
		alert = {id: notice.id, title: notice.title, message: notice.message, hasBell, hasTitle, popup, inReader};
		order.onChange();
		return {type: 'delivered', detail: 'open screens show it'};
	};

	const sendAll = async (target: Target): Promise<void> => {
		const {name} = target;
		while (!stop.signal.aborted) {
			const turn = take(lineOf(name), clock.now(), target.mostPerMinute);
			lines.set(name, turn.line);
			if (turn.send === undefined) {
				if (turn.askAgainAt !== undefined)
					timers.set(
						name,
						clock.at(turn.askAgainAt, () => pump(target)),
					);
				return;
			}

			// Before it leaves: whatever happens now, it does not leave twice.
			await keeper.save();
			const result = await send(target, turn.send);
			// It may have arrived or not; after a restart it counts as gone.
			if (stop.signal.aborted && result.type === 'later') return;
			conclude(target, result);
			await keeper.save();
		}
	};

	const conclude = ({name}: Target, result: Result): void => {
		const before = lineOf(name);
		const after = settle(before, result, clock.now());
		lines.set(name, after);
		if ((before.problem === undefined) === (after.problem === undefined)) return;
		order.say(
			after.problem === undefined
				? `notifications to ${name} get through again`
				: `notifications to ${name} do not get through: ${after.problem}`,
		);
		order.onChange();
	};

	const pump = (target: Target): void => {
		const {name} = target;
		if (underWay.has(name) || stop.signal.aborted) return;
		timers.get(name)?.();
		timers.delete(name);
		const sending = sendAll(target).finally(() => underWay.delete(name));
		underWay.set(name, sending);
	};

	/** What began to wait while the last look was about to end is seen by the next one. */
	const wake = (target: Target): void => {
		const sending = underWay.get(target.name);
		if (sending === undefined) pump(target);
		else void sending.then(() => pump(target));
	};

	for (const target of targets) if (lineOf(target.name).pending.length > 0) wake(target);
	return {
		lookUpFrom: lookUpFrom(memory),
		wasBusy: memory.busy !== undefined,
		tell(happening) {
			const {memory: next, notice} = decide(memory, happening);
			if (next !== memory)
				cancelKeeping ??= clock.at(clock.now() + keepAfter, () => {
					cancelKeeping = undefined;
					void keeper.save();
				});
			memory = next;
			if (notice === undefined) return;
			const clean = cleaned(notice, order.hide);
			const wanting = targets.filter(({kinds}) => isWanted(clean, kinds));
			for (const {name} of wanting) lines.set(name, enqueue(lineOf(name), clean));
			void keeper.save();
			for (const target of wanting) wake(target);
		},
		isBroken: lane => memory.broken.includes(lane),
		alert: () => alert,
		health: () => [
			...order.broken.map(({name, problem}) => ({
				name,
				ok: false,
				problem,
				failingSince: undefined,
				pending: 0,
				lost: 0,
			})),
			...targets.map(({name}) => {
				const {problem, failingSince, pending, lost} = lineOf(name);
				return {name, ok: problem === undefined, problem, failingSince, pending: pending.length, lost};
			}),
		],
		async close() {
			const grace = Promise.withResolvers<void>();
			const cancel = clock.at(clock.now() + closeGrace, grace.resolve);
			// A target that fails anyway is not waited for.
			const hopeful = [...underWay].filter(([name]) => lineOf(name).problem === undefined);
			await Promise.race([Promise.all(hopeful.map(([, sending]) => sending)), grace.promise]);
			cancel();
			stop.abort();
			for (const forget of timers.values()) forget();
			cancelKeeping?.();
			await Promise.all(underWay.values());
			await keeper.save();
			await order.api.close();
		},
	};
};

/** Nothing in a notice may steer a terminal, a header or a reader, or give a secret away. */
const cleaned = (notice: Notice, hide: (text: string) => string): Notice => {
	const clean = (value: unknown): unknown => {
		if (typeof value === 'string') return shorten(hide(maskSecrets(cleanText(value))), 500);
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]));
	};
	return clean(notice) as Notice;
};
