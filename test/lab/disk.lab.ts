import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {places, runFullDisk, type DiskRun} from '../support/full-disk-run.ts';
import {runOscillating} from '../support/oscillating-run.ts';
import {runUnplugged} from '../support/unplugged-run.ts';
import {same, type Lab} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 200);
const seed = Number(process.env['LAB_SEED'] ?? 1);
/** Runs at the same time: most of each is waiting. */
const together = Number(process.env['LAB_TOGETHER'] ?? 4);

/** Runs in which the disk is pulled out instead of filled. */
const unplugs = Math.ceil(count / 20);

/** No run begins after this. */
const longest = 14 * 60_000;

const disk: Lab = {
	name: 'disk',
	about: `${count} runs on a real filesystem that is filled to its last byte and emptied again (seed ${seed})`,
	missing() {
		if (spawnSync('curl', ['--version']).error !== undefined) return 'curl';
		return mayMount() ? undefined : 'the right to mount filesystems';
	},
	async run(say) {
		const runs: DiskRun[] = [];
		const started = performance.now();
		let next = 0;
		const work = async (): Promise<void> => {
			while (next < count && performance.now() - started < longest) {
				const index = next++;
				const run = await oneRun(seed + index, index);
				runs.push(run);
				for (const what of run.wrong) say(`seed ${run.seed} (${run.place}, the scheduler ${run.fate}): ${what}`);
				if (runs.length % 20 === 0) say(`${runs.length} runs, ${seconds(performance.now() - started)}`);
			}
		};

		await Promise.all(Array.from({length: together}, work));
		for (const line of figures(runs)) say(line);
		const late = runs.filter(({goneOnAfter = 0, dwell}) => goneOnAfter > dwell + 10_000);
		for (const run of late) say(`seed ${run.seed}: went on after ${run.goneOnAfter} ms (dwell ${run.dwell})`);
		const unplugged = await unplug(say);
		const swung = await runOscillating(seed);
		for (const what of swung?.wrong ?? []) say(`seed ${seed} (space that comes and goes): ${what}`);
		return [
			same('runs', count, runs.length),
			same('runs with anything wrong', 0, runs.filter(({wrong}) => wrong.length > 0).length),
			same('runs that went on later than 10 s after the dwell time', 0, late.length),
			same(`runs with anything wrong, of ${unplugs} whose disk was pulled out`, 0, unplugged),
			same(
				'times the gate closed and opened at one crossing of each mark',
				'1 and 1',
				`${swung?.closed} and ${swung?.opened}`,
			),
			same('anything wrong while space came and went', 0, swung?.wrong.length ?? 1),
		];
	},
};

export default disk;

const oneRun = async (itsSeed: number, index: number): Promise<DiskRun> => {
	const place = places[index % places.length] ?? 'storage';
	const nothing = {
		seed: itsSeed,
		place,
		fate: 'lives',
		goneOnAfter: undefined,
		dwell: 0,
		writtenAtZero: 0,
		stopped: 0,
		fetched: 0,
		fetchedAgain: 0,
	} as const;
	try {
		const run = await runFullDisk(itsSeed, place);
		return run ?? {...nothing, wrong: ['mounting was refused']};
	} catch (error) {
		return {...nothing, wrong: [String(error)]};
	}
};

/** How many runs had anything wrong. */
const unplug = async (say: (line: string) => void): Promise<number> => {
	let bad = 0;
	for (let itsSeed = seed; itsSeed < seed + unplugs; itsSeed++) {
		const wrong = (await runUnplugged(itsSeed, {isRestarted: itsSeed % 2 === 1})) ?? ['mounting was refused'];
		for (const what of wrong) say(`seed ${itsSeed} (pulled out): ${what}`);
		if (wrong.length > 0) bad++;
	}

	return bad;
};

const figures = (runs: readonly DiskRun[]): readonly string[] => {
	const lines = places.map(place => {
		const here = runs.filter(run => run.place === place);
		const times = here.flatMap(({goneOnAfter}) => goneOnAfter ?? []).toSorted((a, b) => a - b);
		const stopped = here.reduce((sum, run) => sum + run.stopped, 0);
		return `${place}: ${here.length} runs, ${stopped} attempts ended by the full disk, went on after ${seconds(times[times.length >> 1] ?? 0)} (median of ${times.length}), ${seconds(times.at(-1) ?? 0)} (longest)`;
	});
	const written = runs.map(({writtenAtZero}) => writtenAtZero);
	const byFate = Map.groupBy(runs, ({fate}) => fate);
	return [
		...lines,
		`changes of state written with no byte free: ${written.reduce((sum, one) => sum + one, 0)} in all, ${Math.max(...written)} at most in a run`,
		`of ${megabytes(runs.map(({fetched}) => fetched))} MB that the built-in provider fetched, ${megabytes(runs.map(({fetchedAgain}) => fetchedAgain))} MB were sent again`,
		`the scheduler ${[...byFate].map(([fate, own]) => `${fate} ${own.length}`).join(', ')}`,
	];
};

const megabytes = (sizes: readonly number[]): string =>
	(sizes.reduce((sum, size) => sum + size, 0) / 1_000_000).toFixed(1);

const seconds = (time: number): string => `${(time / 1000).toFixed(1)} s`;

const mayMount = (): boolean => {
	const directory = mkdtempSync(join(tmpdir(), 'tidegate-mount-'));
	try {
		const {status} = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
		if (status === 0) spawnSync('umount', [directory]);
		return status === 0;
	} finally {
		rmSync(directory, {recursive: true, force: true});
	}
};
