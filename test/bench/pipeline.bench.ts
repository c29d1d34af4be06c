import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {setTimeout as delay} from 'node:timers/promises';
import {openPipeline} from '../../source/pipeline/connection.ts';
import {nextRows} from '../../source/pipeline/rows.ts';
import {readStatistics} from '../../source/pipeline/statistics.ts';
import {claimRow, tellRow} from '../../source/pipeline/writes.ts';
import {makePipeline, pipelineToml, quickAniCli, type TestPipeline} from '../support/pipeline.ts';
import {program} from '../support/tidegate.ts';
import {median, percentile, type Bench, type BenchRow} from './bench.ts';

/** As many as the pipeline that 004 tells of had. */
const rows = 172_066;
const claims = 300;

const run = async (): Promise<readonly BenchRow[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
	try {
		const path = join(directory, 'jobs.db');
		const pipeline = makePipeline(path);
		fill(pipeline);
		const seen = [...measureReads(path, pipeline), ...(await measureClaims(path)), await measureStatistics(path)];
		pipeline.database.exec("UPDATE jobs SET stage = 'queued', progress = 0");
		const started = await measureStart(directory, path, pipeline);
		pipeline.database.close();
		return [...started, ...seen];
	} finally {
		await rm(directory, {recursive: true, force: true, maxRetries: 5});
	}
};

export default {name: 'pipeline', run} satisfies Bench;

const fill = (pipeline: TestPipeline): void => {
	const perSeries = 14;
	const series = Array.from({length: Math.ceil(rows / perSeries)}, (_, index) => ({
		mal: index + 1,
		title: `The long title of series number ${index + 1}`,
		episodes: Math.min(perSeries, rows - index * perSeries),
	}));
	pipeline.add(...series);
};

const row = (what: string, measured: string, aim: string, isMet: boolean | undefined, note: string): BenchRow => ({
	what,
	measured,
	aim,
	isMet,
	note,
});

const timed = (work: () => unknown): number => {
	const begun = performance.now();
	work();
	return performance.now() - begun;
};

const measureReads = (path: string, pipeline: TestPipeline): readonly BenchRow[] => {
	const connection = openPipeline(path, {isReadOnly: true});
	try {
		const times = (): number => median(Array.from({length: 9}, () => timed(() => nextRows(connection, 32, undefined))));
		const fresh = times();
		pipeline.database.exec(`UPDATE jobs SET stage = 'complete' WHERE id <= ${rows / 2}`);
		const half = times();
		pipeline.database.exec(`UPDATE jobs SET stage = 'complete' WHERE id <= ${rows - 100}`);
		const last = times();
		pipeline.database.exec("UPDATE jobs SET stage = 'queued'");
		return [
			row('the next 32 rows, all queued', `${fresh.toFixed(2)} ms`, '≤ 50 ms', fresh <= 50, `of ${rows}`),
			row(
				'the same, the first half done',
				`${half.toFixed(1)} ms`,
				'≤ 100 ms',
				half <= 100,
				'no pause that a person would notice',
			),
			row('the same, 100 left', `${last.toFixed(2)} ms`, '≤ 50 ms', last <= 50, ''),
		];
	} finally {
		connection.close();
	}
};

const measureClaims = async (path: string): Promise<readonly BenchRow[]> => {
	const connection = openPipeline(path, {isReadOnly: false});
	try {
		const claimed: number[] = [];
		const told: number[] = [];
		for (const {anime, episode} of nextRows(connection, claims, undefined)) {
			const key = {anime, episode};
			claimed.push(timed(() => claimRow(connection, key, Date.now(), [])));
			told.push(
				timed(() =>
					connection.transact(() =>
						tellRow(
							connection,
							{key, stage: 'downloaded', path: '/v', size: 1, at: Date.now(), retries: 0},
							Date.now(),
						),
					),
				),
			);
			await delay(0);
		}

		const note = `median of ${claims}; one durable commit, rollback journal`;
		const p95 = percentile(claimed, 0.95);
		return [
			row(
				'one claim of a row',
				`${median(claimed).toFixed(2)} ms`,
				'≤ 20 ms',
				median(claimed) <= 20,
				`${note}; p95 ${p95.toFixed(2)} ms`,
			),
			row('one row told', `${median(told).toFixed(2)} ms`, '', undefined, note),
		];
	} finally {
		connection.close();
	}
};

const measureStatistics = async (path: string): Promise<BenchRow> => {
	const histogram = monitorEventLoopDelay({resolution: 1});
	histogram.enable();
	const begun = performance.now();
	await readStatistics(path);
	const took = performance.now() - begun;
	histogram.disable();
	return row(
		'stats over all rows',
		`${took.toFixed(0)} ms`,
		'',
		undefined,
		`longest piece ${(histogram.max / 1e6).toFixed(0)} ms`,
	);
};

/** The program itself, from its start to the first row that downloads and the first that is downloaded. */
const measureStart = async (directory: string, path: string, pipeline: TestPipeline): Promise<readonly BenchRow[]> => {
	const aniCli = await quickAniCli(join(directory, 'tools'));
	const config = join(directory, 'config.toml');
	await writeFile(config, `[data]\nroot_dir = "data"\nstorage_dir = "storage"\n${pipelineToml(path, aniCli.command)}`);
	const count = (stage: string): number =>
		pipeline.database.prepare('SELECT count(*) FROM jobs WHERE stage = ?').pluck().get(stage) as number;
	const firsts: number[] = [];
	let memory = 0;
	for (let life = 0; life < 5; life++) {
		const before = count('downloaded');
		const begun = performance.now();
		const child = spawn(process.execPath, [program, '--config', config, 'run'], {
			cwd: directory,
			env: {PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8'},
			stdio: 'ignore',
		});
		const ended = once(child, 'close');
		while (count('downloading') === 0 && count('downloaded') === before) await delay(2);
		firsts.push(performance.now() - begun);
		await delay(4000);
		memory = Math.max(memory, residentOf(child.pid ?? 0));
		child.kill('SIGTERM');
		await ended;
	}

	return [
		row(
			`start to the first download, ${rows} rows`,
			`${median(firsts).toFixed(0)} ms`,
			'≤ 1000 ms',
			median(firsts) <= 1000,
			'from spawn, its own queue empty at first; median of 5',
		),
		row(
			'resident memory then',
			`${(memory / 1e6).toFixed(0)} MB`,
			'≤ 150 MB',
			memory <= 150e6,
			'after 4 s of downloads, the most of 5',
		),
	];
};

const residentOf = (pid: number): number =>
	Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
