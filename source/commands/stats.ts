import {sumOf, totalOf} from '../domain/batch.ts';
import {endedStatuses, jobStatuses} from '../domain/job.ts';
import type {EngineSnapshot, VolumeView} from '../domain/snapshot.ts';
import type {PipelineStatistics, Statistics} from '../engine/ports.ts';
import {printJson} from './answer.ts';
import {average, statsJson} from './json-state.ts';
import {facts, plain, rate, size, table} from './format.ts';
import {exitCodes, type Verb} from './verb.ts';

export const stats: Verb = {
	name: 'stats',
	summary: 'Show statistics: success rate, sizes, batches, top errors, throughput, resources',
	run: async context =>
		context.withEngine(async engine => {
			// Where no scheduler runs, nobody has looked at the disk.
			await engine.send({type: 'wake'});
			const statistics = await engine.statistics();
			const snapshot = engine.getSnapshot();
			if (context.globals.isJson) printJson(context, statsJson(statistics, snapshot));
			else context.io.out(`${describe(statistics, snapshot, context.io.columns)}\n`);
			return exitCodes.done;
		}),
};

const describePipeline = (
	{stages, success, sizes, series, topErrors, failures, selections}: PipelineStatistics,
	columns: number | undefined,
): readonly string[] => [
	facts([
		...Object.entries(stages).map(([stage, count]) => [`rows ${plain(stage)}`, String(count)] as const),
		['rows with a video, or further', String(success.beyond)],
		['success of rows', success.rate === undefined ? undefined : `${(success.rate * 100).toFixed(2)}%`],
		['average video', sizes === undefined ? undefined : size(sizes.average)],
		['smallest video', sizes === undefined ? undefined : size(sizes.least)],
		['largest video', sizes === undefined ? undefined : size(sizes.most)],
		[
			'selected series',
			selections === undefined ? undefined : `${selections.total}, ${selections.high} of them for sure`,
		],
	]),
	...(series.length === 0
		? []
		: [
				table(
					[
						{title: 'DOWNLOADED', isRight: true},
						{title: 'OF', isRight: true},
						{title: 'FAILED', isRight: true},
						{title: 'SERIES'},
					],
					series.map(row => [String(row.downloaded), String(row.episodes), String(row.failed), plain(row.title)]),
					columns,
				),
			]),
	...(topErrors.length === 0
		? []
		: [
				table(
					[{title: 'ROWS', isRight: true}, {title: 'ERROR'}],
					topErrors.map(({count, message}) => [String(count), plain(message)]),
					columns,
				),
			]),
	...(failures.length === 0
		? []
		: [
				table(
					[{title: 'EPISODE', isRight: true}, {title: 'SERIES'}, {title: 'ERROR'}],
					failures.map(({title, episode, message}) => [String(episode), plain(title), plain(message)]),
					columns,
				),
			]),
];

const diskWords = ({path, level, fillRate = 0}: VolumeView): string => {
	if (level === undefined) return `${plain(path)} is not there; is it mounted?`;
	const filling = fillRate >= 1 ? `, filling by ${rate(fillRate)}` : '';
	return `${size(level.free)} of ${size(level.total)} free in ${plain(path)}${filling}`;
};

const describe = (statistics: Statistics, snapshot: EngineSnapshot, columns: number | undefined): string => {
	const {counts, sizes, batches, topErrors, successRate} = statistics;
	const parts = [
		facts([
			...jobStatuses.filter(name => counts[name] > 0).map(name => [name, String(counts[name])] as const),
			['success rate', successRate === undefined ? undefined : `${(successRate * 100).toFixed(1)}%`],
			['average size', sizes === undefined ? undefined : size(sizes.average)],
			['smallest', sizes === undefined ? undefined : size(sizes.least)],
			['largest', sizes === undefined ? undefined : size(sizes.most)],
			['together', sizes === undefined ? undefined : size(sizes.sum)],
			['speed now', snapshot.isScheduling ? rate(snapshot.rate) : undefined],
			['last minute', snapshot.isScheduling ? rate(average(snapshot.rateHistory)) : undefined],
			['memory', size(snapshot.resources.memory)],
			['processor', `${Math.round(snapshot.resources.cpu * 100)}% of a core`],
			...snapshot.volumes.map(volume => ['disk', diskWords(volume)] as const),
		]),
	];
	if (batches.length > 0) {
		parts.push(
			table(
				[
					{title: 'ENDED', isRight: true},
					{title: 'OF', isRight: true},
					{title: 'FAILED', isRight: true},
					{title: 'SIZE', isRight: true},
					{title: 'BATCH'},
				],
				batches.map(row => [
					String(sumOf(row.counts, endedStatuses)),
					String(totalOf(row.counts)),
					String(row.counts.failed),
					size(row.bytes),
					plain(row.title),
				]),
				columns,
			),
		);
	}

	if (topErrors.length > 0) {
		parts.push(
			table(
				[{title: 'JOBS', isRight: true}, {title: 'ERROR'}, {title: 'MESSAGE'}],
				topErrors.map(({count, code, message}) => [String(count), code, plain(message)]),
				columns,
			),
		);
	}

	if (statistics.pipeline !== undefined) parts.push(...describePipeline(statistics.pipeline, columns));
	return parts.join('\n\n');
};
