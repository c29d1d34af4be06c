import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runPipeline} from '../support/pipeline-run.ts';
import {same, type Lab} from './lab.ts';

const series = Number(process.env['LAB_COUNT'] ?? 100);
const seed = Number(process.env['LAB_SEED'] ?? 1);
const episodes = 20;
const deaths = 10;
const budget = 60;

/** The anime pipeline with everyone at work. */
const pipeline: Lab = {
	name: 'pipeline',
	about: `${series * episodes} rows of ${series} series, an indexer, a transcriber that deletes, room for ${budget} files, ${deaths} deaths (seed ${seed})`,
	async run(say) {
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
		try {
			const seen = await runPipeline({directory, series, episodes, deaths, seed, budget, say});
			say(`${seen.rows} rows in ${seen.seconds.toFixed(0)} s, ${seen.deaths} deaths, gate closed ${seen.closed} times`);
			for (const [what, lines] of Object.entries(seen.wrong))
				for (const line of lines.slice(0, 5)) say(`${what}: ${line}`);
			return [
				same('rows that are not done, or failed without a reason', 0, seen.wrong.stages.length),
				same('rows done twice', 0, seen.wrong.doubled.length),
				same('videos that the transcriber did not find as promised', 0, seen.wrong.promises.length),
				same('files left, or not described', 0, seen.wrong.files.length),
				same('jobs that contradict the rows', 0, seen.wrong.queue.length),
				same('processes and workers left', 0, seen.wrong.left.length),
				same('deaths', deaths, seen.deaths),
				{
					what: 'the most bytes in the storage',
					expected: `at most ${seen.hard}`,
					seen: String(Math.round(seen.most)),
					isRight: seen.most <= seen.hard,
				},
			];
		} finally {
			await rm(directory, {recursive: true, force: true, maxRetries: 5});
		}
	},
};

export default pipeline;
