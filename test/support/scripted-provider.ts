import {trackName} from '../../source/domain/track.ts';
import type {Failure, FailureCode} from '../../source/domain/failure.ts';
import type {AttemptToken, Job, JobId} from '../../source/domain/job.ts';
import type {Duration} from '../../source/domain/time.ts';
import type {Clock, Provider, ProviderReport, RunContext, RunOutcome, ToolReport} from '../../source/engine/ports.ts';
import {writeFake, type FakeTree} from './fake-finisher.ts';

/** What a run does, one after the other. The last step should end it; a run without an end fetches 1000 bytes. */
export type ScriptStep =
	| {readonly do: 'report'; readonly report: ProviderReport}
	/** Waits until the test releases the job (or all). */
	| {readonly do: 'wait'}
	| {readonly do: 'sleep'; readonly duration: Duration}
	| {readonly do: 'fetch'; readonly size: number; readonly name?: string; readonly says?: number}
	| {readonly do: 'find'; readonly source: string}
	| {readonly do: 'fail'; readonly failure: Failure}
	| {readonly do: 'throw'; readonly message: string}
	/** Says that it was stopped, though nobody stopped it. */
	| {readonly do: 'claim-stopped'}
	/** Anything at all as the outcome, as an adapter with a defect would return it. */
	| {readonly do: 'return'; readonly outcome: unknown};

export type Script = {
	readonly steps: readonly ScriptStep[];
	/** How long it goes on after its signal was aborted; `deaf`: it never heeds it. Default 0. */
	readonly abortDelay?: Duration | 'deaf';
	/** What it says about being aborted; default `stopped`. */
	readonly onAbort?: RunOutcome;
	/** Reported once more when the run has settled: a lie. */
	readonly afterwards?: ProviderReport;
};

export const report = (bytes: number, total?: number): ScriptStep => ({
	do: 'report',
	report: {bytes, ...(total === undefined ? {} : {total})},
});
export const wait: ScriptStep = {do: 'wait'};
export const sleep = (duration: Duration): ScriptStep => ({do: 'sleep', duration});
export const fetched = (size = 1000): ScriptStep => ({do: 'fetch', size});
export const failed = (code: FailureCode, retryAfter?: Duration): ScriptStep => ({
	do: 'fail',
	failure: {code, message: `it failed: ${code}`, ...(retryAfter === undefined ? {} : {retryAfter})},
});
export const script = (...steps: readonly ScriptStep[]): Script => ({steps});

/** What every source does that has no script of its own: it begins, and ends when it is released. */
export const held: Script = script(report(100, 1000), wait, fetched());

type Run = {
	readonly job: Job;
	readonly token: AttemptToken;
	/** It was ended from outside, as a killed process is. */
	readonly killed: PromiseWithResolvers<void>;
	readonly release: PromiseWithResolvers<void>;
	/** It has ended: what is left of its script is not played. */
	isOver: boolean;
};

export type ScriptedProvider = Provider & {
	/** What the source's runs do: the first script for the first run, the last one for all that follow. */
	script(source: string, ...scripts: readonly Script[]): void;
	/** Lets runs of this source go on that wait, and all later ones if `forGood`. */
	release(source: string, forGood?: boolean): void;
	releaseAll(): void;
	/** Ends the processes of these attempts without a word, as a reaper does. */
	kill(tokens: readonly AttemptToken[]): void;
	/** Sources of runs under way, in the order in which they began. */
	running(): readonly string[];
	/** All runs so far. */
	readonly runs: ReadonlyArray<{readonly job: Job; readonly token: AttemptToken; readonly attempt: number}>;
	readonly seen: {
		/** The most runs under way at once. */
		most: number;
		/** Jobs that were run twice at once: must stay empty. */
		readonly doubled: JobId[];
	};
};

export type ScriptedProviderOptions = {
	readonly clock: Clock;
	readonly tree: FakeTree;
	readonly id?: string;
	readonly needsSearch?: boolean;
	/** What sources without a script do; default `held`. */
	readonly usual?: Script;
	readonly check?: () => Promise<ToolReport>;
};

/** A provider that does what the test has written down. Takes sources that begin with `ID:`; `ID:lane/name` names a lane. */
export const createScriptedProvider = (options: ScriptedProviderOptions): ScriptedProvider => {
	const {clock, tree, id = 'scripted', usual = held} = options;
	const scripts = new Map<string, readonly Script[]>();
	const begun = new Map<string, number>();
	const released = new Set<string>();
	const underWay = new Set<Run>();
	const runs: Array<{readonly job: Job; readonly token: AttemptToken; readonly attempt: number}> = [];
	const seen = {most: 0, doubled: [] as JobId[]};
	let isAllReleased = false;

	const scriptOf = (source: string): Script => {
		const known = scripts.get(source) ?? [usual];
		const number = begun.get(source) ?? 0;
		begun.set(source, number + 1);
		return known[Math.min(number, known.length - 1)] ?? usual;
	};

	const carryOut = async (job: Job, context: RunContext): Promise<unknown> => {
		const run: Run = {
			job,
			token: context.token,
			killed: Promise.withResolvers(),
			release: Promise.withResolvers(),
			isOver: false,
		};
		if ([...underWay].some(other => other.job.id === job.id)) seen.doubled.push(job.id);
		underWay.add(run);
		seen.most = Math.max(seen.most, underWay.size);
		runs.push({job, token: context.token, attempt: context.attempt});
		const {abortDelay = 0, onAbort = {type: 'stopped'}, steps, afterwards} = scriptOf(job.source);
		if (isAllReleased || released.has(job.source)) run.release.resolve();
		try {
			const ended = play(steps, run, context, {clock, tree});
			const aborted = abortDelay === 'deaf' ? new Promise<never>(() => {}) : abortOf(context.signal, abortDelay, clock);
			return await Promise.race([
				ended,
				aborted.then(() => onAbort),
				run.killed.promise.then(() => new Promise<never>(() => {})),
			]);
		} finally {
			run.isOver = true;
			underWay.delete(run);
			if (afterwards !== undefined) setImmediate(() => context.report(afterwards));
		}
	};

	return {
		id,
		abilities: {resume: true, liveRateLimit: false, needsSearch: options.needsSearch ?? false},
		accepts: source => source.startsWith(`${id}:`),
		sourceOfTrack: track => `${id}:${trackName(track)}`,
		laneOf: source => /^(.+)\//.exec(source)?.[1] ?? id,
		canonical: source => source.replace(/#.*$/, ''),
		check: options.check ?? (async () => ({name: id, ok: true, version: '1', problem: undefined, fix: undefined})),
		run: (job, context) => carryOut(job, context) as Promise<RunOutcome>,
		...(options.needsSearch === true
			? {
					search: (job: Job, context: RunContext) =>
						carryOut(job, context) as ReturnType<NonNullable<Provider['search']>>,
				}
			: {}),
		script(source, ...list) {
			scripts.set(source, list);
			begun.delete(source);
		},
		release(source, forGood = false) {
			if (forGood) released.add(source);
			for (const run of underWay) if (run.job.source === source) run.release.resolve();
		},
		releaseAll() {
			isAllReleased = true;
			for (const run of underWay) run.release.resolve();
		},
		kill(tokens) {
			for (const run of underWay) {
				if (!tokens.includes(run.token)) continue;
				run.isOver = true;
				underWay.delete(run);
				run.killed.resolve();
			}
		},
		running: () => [...underWay].map(({job}) => job.source),
		runs,
		seen,
	};
};

const abortOf = async (signal: AbortSignal, delay: Duration, clock: Clock): Promise<void> => {
	if (!signal.aborted) {
		await new Promise(resolve => {
			signal.addEventListener('abort', resolve, {once: true});
		});
	}

	if (delay > 0) await slept(delay, clock);
};

const slept = (duration: Duration, clock: Clock): Promise<void> =>
	new Promise(resolve => {
		clock.at(clock.now() + duration, resolve);
	});

const play = async (
	steps: readonly ScriptStep[],
	run: Run,
	context: RunContext,
	{clock, tree}: {readonly clock: Clock; readonly tree: FakeTree},
): Promise<unknown> => {
	for (const step of steps) {
		if (run.isOver) break;
		switch (step.do) {
			case 'report':
				if (step.report.bytes !== undefined && step.report.bytes > 0)
					writeFake(tree, `${context.directory}/part`, step.report.bytes);
				context.report(step.report);
				break;
			case 'wait':
				await run.release.promise;
				break;
			case 'sleep':
				await slept(step.duration, clock);
				break;
			case 'fetch': {
				const name = step.name ?? 'file';
				tree.delete(`${context.directory}/part`);
				tree.delete(`${context.directory}/${name}`);
				writeFake(tree, `${context.directory}/${name}`, step.size);
				return {type: 'fetched', path: name, name: nameOf(run.job), size: step.says ?? step.size};
			}

			case 'find':
				return {type: 'found', source: step.source};
			case 'fail':
				return {type: 'failed', failure: step.failure};
			case 'throw':
				throw new Error(step.message);
			case 'claim-stopped':
				return {type: 'stopped'};
			case 'return':
				return step.outcome;
		}
	}

	return {type: 'failed', failure: {code: 'internal', message: 'the script has no end'}};
};

const nameOf = ({source}: Job): string => `${source.replaceAll(/[^\w.]+/g, '-')}.bin`;
