import {spawnSync} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {closedPort} from '../../source/demo/media-server.ts';
import {createCrashWorld, deathsFor, type CrashReport, type CrashWorld, type FaultPoint} from '../support/crash-run.ts';
import {countOf} from '../support/invariants.ts';
import {same, type Lab, type LabRow} from './lab.ts';

const numberFrom = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const count = numberFrom('LAB_COUNT', 1000);
const firstSeed = numberFrom('LAB_SEED', 1);
/** Runs at the same time; most of a run is waiting. */
const parallel = numberFrom('LAB_PARALLEL', 2 * availableParallelism());
/** No run is begun after so many minutes; what was not run is told. */
const mostMinutes = numberFrom('LAB_MINUTES', 60);

/** The promise is that everything goes on after five seconds at most. */
const longestStart = 5000;

const crash: Lab = {
	name: 'crash',
	about: `the built program is killed ${count} times and more, at fault points and at random moments, and started again`,
	missing() {
		const missing = ['aria2c', 'yt-dlp', 'setsid'].filter(tool => spawnSync(tool, ['--version']).error !== undefined);
		return missing.length === 0 ? undefined : missing.join(' and ');
	},
	async run(say) {
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-crash-'));
		try {
			const worlds = await Promise.all(Array.from({length: parallel}, (_, slot) => newWorld(directory, slot)));
			const points = (await worlds[0]?.countPoints()) ?? {};
			say(
				`fault points: ${Object.entries(points)
					.map(([point, times]) => `${point} ${times}`)
					.join(', ')}`,
			);
			return rowsOf(await runAll(worlds, points, say), say);
		} finally {
			await rm(directory, {recursive: true, force: true, maxRetries: 3});
		}
	},
};

export default crash;

/** Some queues have tools that do not want to end, some have yt-dlp, which is slow. */
const newWorld = async (directory: string, slot: number): Promise<CrashWorld> => {
	const counts = [
		{http: 5, aria2: 3, 'yt-dlp': 0, family: 4},
		{http: 5, aria2: 2, 'yt-dlp': 0, family: 4},
		{http: 6, aria2: 4, 'yt-dlp': 0, family: 2},
		{http: 4, aria2: 3, 'yt-dlp': 1, family: 3},
	][slot % 4] ?? {http: 12, aria2: 0, 'yt-dlp': 0, family: 0};
	return createCrashWorld(join(directory, `slot-${slot}`), await closedPort(), counts, slot % 4 === 1);
};

type Sums = {
	runs: number;
	deaths: number;
	slowestStart: number;
	served: number;
	size: number;
	readonly found: Record<keyof CrashReport['violations'], number>;
};

const runAll = async (
	worlds: readonly CrashWorld[],
	points: Readonly<Partial<Record<FaultPoint, number>>>,
	say: (line: string) => void,
): Promise<Sums> => {
	const found = {lost: 0, doubled: 0, stuck: 0, survivors: 0, refetched: 0, other: 0};
	const sums: Sums = {runs: 0, deaths: 0, slowestStart: 0, served: 0, size: 0, found};
	const deadline = performance.now() + mostMinutes * 60_000;
	let next = firstSeed;
	const work = async (world: CrashWorld): Promise<void> => {
		while (next < firstSeed + count && performance.now() < deadline) {
			const seed = next++;
			const deaths = deathsFor(seed, points);
			const report = await world.run(deaths);
			sums.runs++;
			sums.deaths += report.deaths;
			sums.served += report.served;
			sums.size += world.files.reduce((sum, {size, provider}) => sum + (provider === 'family' ? 0 : size), 0);
			sums.slowestStart = Math.max(sums.slowestStart, report.slowestStart);
			if (countOf(report.violations) > 0) {
				say(`seed ${seed}: ${JSON.stringify(deaths)}`);
				for (const [kind, list] of Object.entries(report.violations)) {
					found[kind as keyof typeof found] += list.length;
					for (const what of list) say(`  ${kind}: ${what}`);
				}
			}

			if (sums.runs % 50 === 0) say(`${sums.runs} runs, ${sums.deaths} deaths, ${JSON.stringify(found)}`);
		}
	};

	await Promise.all(worlds.map(work));
	return sums;
};

const rowsOf = ({runs, deaths, slowestStart, served, size, found}: Sums, say: (line: string) => void): LabRow[] => {
	const again = Math.round((served - size) / Math.max(1, deaths) / 1000);
	say(`${deaths} deaths in ${runs} runs; ${again} kB fetched a second time for each`);
	return [
		same('runs', count, runs),
		...Object.entries(found).map(([kind, number]) => same(kind, 0, number)),
		{
			what: 'slowest start, in milliseconds',
			expected: `at most ${longestStart}`,
			seen: String(Math.round(slowestStart)),
			isRight: slowestStart <= longestStart,
		},
	];
};
