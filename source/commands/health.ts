import type {TargetHealth} from '../domain/notices.ts';
import type {EngineSnapshot} from '../domain/snapshot.ts';
import type {LaneHealth} from '../engine/ports.ts';
import {printJson} from './answer.ts';
import {plain, table} from './format.ts';
import {healthJson, lanesOf, summaryOf, targetsJson} from './json-state.ts';
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
