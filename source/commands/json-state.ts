import {isComplete, progressOfBatch, type Batch} from '../domain/batch.ts';
import type {EngineSnapshot, LaneView, VolumeView} from '../domain/snapshot.ts';
import type {LaneHealth, PipelineStatistics, Statistics} from '../engine/ports.ts';
import {laneJson} from './json.ts';

/*
 * The same for what is no job: statistics, providers, volumes and batches.
 */

type Json = Readonly<Record<string, unknown>>;

/** The mean of rates, in bytes per second; 0 of none. */
export const average = (history: readonly number[]): number =>
	history.length === 0 ? 0 : Math.round(history.reduce((sum, value) => sum + value, 0) / history.length);

/** What `stats --json` prints. */
export const statsJson = (statistics: Statistics, snapshot: EngineSnapshot): Json => ({
	counts: statistics.counts,
	success_rate: statistics.successRate ?? null,
	sizes: statistics.sizes ?? null,
	batches: statistics.batches.map(({batch, title, counts, bytes}) => ({id: batch, title, counts, bytes})),
	top_errors: statistics.topErrors,
	throughput: {now: snapshot.rate, last_minute: average(snapshot.rateHistory)},
	resources: resourcesJson(snapshot),
	...(statistics.pipeline === undefined ? {} : {pipeline: pipelineJson(statistics.pipeline)}),
});

/** What the program takes of the machine: bytes, shares of a core, bytes per second. */
const resourcesJson = ({resources, rate: now, rateHistory, volumes}: EngineSnapshot): unknown => ({
	...resources,
	network: {now, last_minute: average(rateHistory)},
	disk: volumes.map(({path, level, reserved, fillRate}) => ({
		path,
		free: level?.free ?? null,
		total: level?.total ?? null,
		used: level?.used ?? null,
		reserved,
		fill_rate: Math.round(fillRate ?? 0),
	})),
});

const pipelineJson = (statistics: PipelineStatistics): unknown => {
	const {stages, success, sizes, series, topErrors, failures, selections} = statistics;
	return {
		stages,
		success: {...success, rate: success.rate ?? null},
		sizes: sizes ?? null,
		series,
		top_errors: topErrors,
		failures,
		selections: selections ?? null,
	};
};

/** Who is told of what happens, where a scheduler runs that tells somebody. */
export const targetsJson = ({targets}: EngineSnapshot): Json =>
	targets === undefined
		? {}
		: {
				notify: Object.fromEntries(
					targets.map(({name, ok, problem, failingSince, pending, lost}) => [
						name,
						{
							ok,
							problem: problem ?? null,
							failing_since: failingSince === undefined ? null : new Date(failingSince).toISOString(),
							pending,
							lost,
						},
					]),
				),
			};

const badness = {closed: 0, 'half-open': 1, open: 2} as const;

/** A provider may have a lane for each server; it is as well as its worst lane. */
export const summaryOf = (lanes: readonly LaneView[]) => ({
	state: lanes.map(({breaker}) => breaker).toSorted((a, b) => badness[b] - badness[a])[0] ?? 'closed',
	failures: Math.max(0, ...lanes.map(lane => lane.failures)),
	lastSuccess: latest(lanes.map(lane => lane.lastSuccessAt)),
	lastFailure: latest(lanes.map(lane => lane.lastFailureAt)),
	/** When the last of its lanes that are held may go on. */
	heldUntil: latest(lanes.map(({hold}) => (hold !== undefined && 'until' in hold ? hold.until : undefined))),
});

const latest = (instants: ReadonlyArray<number | undefined>): string | null => {
	const most = Math.max(-Infinity, ...instants.filter(instant => instant !== undefined));
	return Number.isFinite(most) ? new Date(most).toISOString() : null;
};

/** The lanes of a provider. */
export const lanesOf = (provider: string, snapshot: EngineSnapshot): readonly LaneView[] =>
	snapshot.lanes.filter(lane => lane.provider === provider);

/** A provider as `health --json` prints it. */
export const healthJson = ({provider, report}: LaneHealth, snapshot: EngineSnapshot): Json => {
	const lanes = lanesOf(provider, snapshot);
	const {state, failures, lastSuccess, lastFailure, heldUntil} = summaryOf(lanes);
	return {
		state,
		failure_count: failures,
		last_success: lastSuccess,
		last_failure: lastFailure,
		held_until: heldUntil,
		tool: {
			name: report.name,
			found: report.ok,
			version: report.version ?? null,
			problem: report.problem ?? null,
			fix: report.fix ?? null,
		},
		lanes: lanes.map(lane => laneJson(lane)),
	};
};

/** Bytes by category over all volumes. */
export const breakdownOf = (volumes: readonly VolumeView[]): Readonly<Record<string, number>> => {
	const sums: Record<string, number> = {};
	for (const {breakdown} of volumes) {
		for (const [name, bytes] of Object.entries(breakdown ?? {})) sums[name] = (sums[name] ?? 0) + bytes;
	}

	return sums;
};

/** A batch as a whole: what of it has ended, and its bytes. */
export const batchJson = (batch: Batch, snapshot: EngineSnapshot): Json => {
	const {ended, jobs, bytes, expected} = progressOfBatch(batch, snapshot.active);
	const {completed, failed, cancelled} = batch.counts;
	return {
		id: batch.id,
		title: batch.title,
		jobs,
		ended,
		completed,
		failed,
		cancelled,
		bytes,
		expected_bytes: expected ?? null,
		is_complete: isComplete(batch.counts),
	};
};
