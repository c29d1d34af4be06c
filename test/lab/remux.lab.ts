import {spawnSync} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runPipeline} from '../support/pipeline-run.ts';
import {same, type Lab} from './lab.ts';

const series = Number(process.env['LAB_COUNT'] ?? 8);
const seed = Number(process.env['LAB_SEED'] ?? 1);
const episodes = 12;
const deaths = 3;
// Between the pause mark and the hard limit there has to be room for what five workers have begun without knowing its size.
const budget = 36;

/** The anime pipeline with real films that are put into Matroska, where the disk is nearly always full. */
const remux: Lab = {
	name: 'remux',
	about: `${series * episodes} films that become Matroska, a slow transcriber that deletes, room for ${budget} files, ${deaths} deaths (seed ${seed})`,
	missing: () => (spawnSync('ffmpeg', ['-version']).error === undefined ? undefined : 'ffmpeg'),
	async run(say) {
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
		try {
			const seen = await runPipeline({directory, series, episodes, deaths, seed, budget, isRemuxed: true, say});
			say(`${seen.rows} rows in ${seen.seconds.toFixed(0)} s, ${seen.deaths} deaths, gate closed ${seen.closed} times`);
			for (const [what, lines] of Object.entries(seen.wrong))
				for (const line of lines.slice(0, 5)) say(`${what}: ${line}`);
			return [
				...Object.entries(seen.wrong).map(([what, lines]) => same(`wrong about ${what}`, 0, lines.length)),
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

export default remux;
