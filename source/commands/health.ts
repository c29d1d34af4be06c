import type {TargetHealth} from '../domain/notices.ts';
import type {EngineSnapshot, LaneView} from '../domain/snapshot.ts';
import type {LaneHealth} from '../engine/ports.ts';
import {printJson} from './answer.ts';
import {plain, table} from './format.ts';
import {laneJson} from './json.ts';
import {exitCodes, type Verb} from './verb.ts';

export const health: Verb = {
	name: 'health',
	summary: 'Show each provider: its breaker, and whether its tool is there',
	run: async context =>
		context.withEngine(async engine => {
			const reports = await engine.health();
			const snapshot = engine.getSnapshot();
			if (context.globals.isJson) {
				printJson(context, {
					...Object.fromEntries(reports.map(row => [row.provider, healthJson(row, snapshot)])),
					...targetsJson(snapshot),
				});
			} else {
				context.io.out(`${describe(reports, snapshot, context.io.columns)}\n`);
				if (snapshot.targets !== undefined)
					context.io.out(`\n${describeTargets(snapshot.targets, context.io.columns)}\n`);
			}

			return exitCodes.done;
		}),
};

/** Who is told of what happens, where a scheduler runs that tells somebody. */
const targetsJson = ({targets}: EngineSnapshot): Readonly<Record<string, unknown>> =>
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

const describeTargets = (targets: readonly TargetHealth[], columns: number | undefined): string =>
	table(
		[{title: 'NOTIFY'}, {title: 'WAITING', isRight: true}, {title: 'LOST', isRight: true}, {title: 'STATE'}],
		targets.map(({name, ok, problem, pending, lost}) => [
			name,
			String(pending),
			String(lost),
			ok ? 'ok' : plain(problem ?? 'not usable'),
		]),
		columns,
	);

const badness = {closed: 0, 'half-open': 1, open: 2} as const;

/** A provider may have a lane for each server; it is as well as its worst lane. */
const summaryOf = (lanes: readonly LaneView[]) => ({
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

const lanesOf = (provider: string, snapshot: EngineSnapshot): readonly LaneView[] =>
	snapshot.lanes.filter(lane => lane.provider === provider);

const healthJson = ({provider, report}: LaneHealth, snapshot: EngineSnapshot): unknown => {
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

const describe = (reports: readonly LaneHealth[], snapshot: EngineSnapshot, columns: number | undefined): string =>
	table(
		[
			{title: 'PROVIDER'},
			{title: 'BREAKER'},
			{title: 'FAILURES', isRight: true},
			{title: 'LANES', isRight: true},
			{title: 'HELD UNTIL'},
			{title: 'TOOL'},
		],
		reports.map(({provider, report}) => {
			const lanes = lanesOf(provider, snapshot);
			const {state, failures, heldUntil} = summaryOf(lanes);
			const tool = report.ok
				? `${report.name} ${report.version ?? ''}`.trim()
				: `${report.problem ?? 'not usable'}${report.fix === undefined ? '' : `; ${report.fix}`}`;
			return [provider, state, String(failures), String(lanes.length), heldUntil ?? '', plain(tool)];
		}),
		columns,
	);
