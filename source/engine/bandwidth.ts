import {isRaised, regulate, shareOfNew, type Flow, type Rate} from '../domain/bandwidth.ts';
import type {JobId, ProviderId} from '../domain/job.ts';
import {windowAt} from '../domain/timetable.ts';
import type {Duration, Instant} from '../domain/time.ts';
import {stopAttempt} from './conclude.ts';
import type {Core} from './core.ts';
import type {RunningJob} from './live.ts';

/** What an attempt may take of the line. */
export type Allowance = {
	/** What its tool was told last; undefined: no limit. */
	ceiling: Rate | undefined;
	/** When it was started, or told one that is noticeably higher. */
	toldAt: Instant;
	/** Bytes that it had at each look, the newest last. */
	looks: ReadonlyArray<{readonly at: Instant; readonly bytes: number}>;
	/** Tells a tool that runs; undefined where that cannot be told, or not yet. */
	tell: ((ceiling: Rate | undefined) => void) | undefined;
};

/** What is in force now: a person's limit, else that of the hour, else that of the configuration. */
export const limitNow = ({live, settings, clock}: Core): Rate | undefined => {
	if (live.limit !== 'configured') return live.limit.rate;
	const window = windowAt(settings.windows, clock.localTime(clock.now()));
	return window === undefined ? settings.rateLimit : window.rate;
};

/** What an attempt may take that begins now: its share, if all that may run beside it did. */
export const newAllowance = (core: Core): Allowance => {
	const {live, clock} = core;
	const now = clock.now();
	const limit = limitNow(core);
	const coming = Math.max(0, Math.min(live.workers - live.running.size, live.inLine) - 1);
	return {
		ceiling: limit === undefined ? undefined : shareOfNew(limit, flowsOf(core), coming, now),
		toldAt: now,
		looks: [],
		tell: undefined,
	};
};

/** Forgets who was started again, where the limit is another one now. */
const forgetRestarts = ({live}: Core, limit: Rate | undefined): void => {
	if (live.limitBefore !== limit) live.restarts.clear();
	live.limitBefore = limit;
	if (live.restarts.size > mostRemembered) live.restarts.clear();
};

const mostRemembered = 1000;

/** Tells each tool what it may take from now on; called once a second while something runs, and when the limit changes. */
export const regulateSpeeds = (core: Core): void => {
	const {live, clock} = core;
	const now = clock.now();
	for (const attempt of live.running.values()) look(attempt, now);
	const limit = limitNow(core);
	forgetRestarts(core, limit);
	const {ceilings, restart} = regulate(limit, flowsOf(core), now, live.restartedAt);
	for (const [id, ceiling] of ceilings) tell(live.running.get(id), ceiling, now);
	if (restart !== undefined) startAgain(core, restart);
};

const look = ({allowance, bytes}: RunningJob, now: Instant): void => {
	allowance.looks = [...allowance.looks.filter(({at}) => at > now - lookBack), {at: now, bytes}];
};

/** The span that speeds are judged by. */
const lookBack: Duration = 20_000;

const speedOf = ({allowance: {looks}}: RunningJob): Rate => {
	const [first, last] = [looks[0], looks.at(-1)];
	if (first === undefined || last === undefined || last.at <= first.at) return 0;
	return (Math.max(0, last.bytes - first.bytes) * 1000) / (last.at - first.at);
};

const tell = (attempt: RunningJob | undefined, ceiling: Rate | undefined, now: Instant): void => {
	if (attempt === undefined) return;
	const {allowance} = attempt;
	if (isSame(allowance.ceiling, ceiling)) return;
	if (isRaised(allowance.ceiling, ceiling)) allowance.toldAt = now;
	allowance.ceiling = ceiling;
	allowance.tell?.(ceiling);
};

/** Tools need not hear of less than one part in a hundred. */
const isSame = (before: Rate | undefined, after: Rate | undefined): boolean =>
	before === undefined || after === undefined ? before === after : Math.abs(after - before) <= before / 100;

/** Its bytes stay, no attempt is spent, and as the next in its line it goes on with another ceiling. */
const startAgain = (core: Core, id: JobId): void => {
	const {restarts} = core.live;
	core.live.restartedAt = core.clock.now();
	restarts.set(id, (restarts.get(id) ?? 0) + 1);
	core.log.write(id, 'stopped for a moment: its tool takes another speed only at its start');
	stopAttempt(core, id);
};

const flowsOf = ({live, providerOf}: Core): readonly Flow[] => {
	return [...live.running.values()]
		.filter(attempt => !attempt.isSettling && attempt.job.status !== 'searching')
		.map(attempt => ({
			id: attempt.job.id,
			speed: speedOf(attempt),
			ceiling: attempt.allowance.ceiling,
			toldAt: attempt.allowance.toldAt,
			isLive: canTell(providerOf, attempt.job.provider),
			restarts: live.restarts.get(attempt.job.id) ?? 0,
			canRestart: canRestart(providerOf, attempt),
		}));
};

type ProviderOf = Core['providerOf'];

const canTell = (providerOf: ProviderOf, id: ProviderId): boolean => providerOf(id)?.abilities.liveRateLimit === true;

/** Not while a tool does something else with the bytes, nor shortly before the end. */
const canRestart = (providerOf: ProviderOf, {job, phase, bytes, total, allowance, abort}: RunningJob): boolean => {
	if (providerOf(job.provider)?.abilities.resume !== true || abort.signal.aborted) return false;
	if (job.status !== 'downloading' || phase !== '' || bytes === 0 || total === undefined) return false;
	const left = ((total - bytes) / (allowance.ceiling ?? Infinity)) * 1000;
	return allowance.ceiling === undefined || left > worthRestarting;
};

/** With less than this to go, a tool is left in peace. */
const worthRestarting: Duration = 15_000;
