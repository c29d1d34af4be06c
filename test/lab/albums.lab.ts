import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {closeSync, existsSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {missingForAudio} from '../support/slskd/audio.ts';
import {judgeAlbums, type AlbumsVerdict} from '../support/slskd/albums-judge.ts';
import {runAlbums, stamp, type AlbumsRun} from '../support/slskd/albums-run.ts';
import {makeMusic, type Music, type WantedTrack} from '../support/slskd/music.ts';
import {seeded} from '../support/soak-stream.ts';
import {program, runTidegate} from '../support/tidegate.ts';
import {same, type Lab, type LabRow} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 200);
const seed = Number(process.env['LAB_SEED'] ?? 1);
/** `naive` lets the client of an afternoon do it: the judge must find it wrong. */
const client = process.env['LAB_CLIENT'] ?? 'tidegate';
const version = process.env['LAB_VERSION'] ?? '0.26.0';
const minutes = Number(process.env['LAB_MINUTES'] ?? 4 + count / 20);
const bad = 0.4;
const deaths = 5;
const apiKey = 'a-key-for-the-lab-0001';

/** Albums from a network where many do not keep what they promise, while everything that can die dies. */
const albums: Lab = {
	name: 'albums',
	about: `${count} albums from slskd ${version} with ${bad * 100} % bad peers, slskd and ${client} killed ${deaths} times each (seed ${seed})`,
	missing: missingForAudio,
	async run(say) {
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-albums-'));
		try {
			const chance = seeded(seed);
			const music = await makeMusic({count, bad, chance});
			say(`${stamp()} ${music.copies.length} files of ${music.peers.length} peers: ${tell(tempersOf(music))}`);
			await prepare(directory, music);
			const run = await runAlbums({
				music,
				directory,
				chance,
				say,
				scenario: {version, apiKey, haste: 30},
				startClient: slskd => (client === 'naive' ? startNaive(directory, slskd) : startTidegate(directory, slskd)),
				deaths: {slskd: deaths, client: deaths},
				patience: minutes * 60_000,
			});
			const verdict = await judgeAlbums(music, join(directory, 'storage'), run.entries);
			tellAll(verdict, run, say);
			if (client === 'tidegate') await tellQueue(directory, say);
			return rowsOf(verdict, run);
		} finally {
			if (process.env['LAB_KEEP'] === undefined) await rm(directory, {recursive: true, force: true, maxRetries: 5});
			else say(`kept: ${directory}`);
		}
	},
};

export default albums;

const tempersOf = ({peers}: Music): ReadonlyMap<string, number> =>
	new Map([...Map.groupBy(peers, ({temper}) => temper)].map(([temper, some]) => [temper, some.length]));

const tell = (counts: ReadonlyMap<string, number>): string =>
	[...counts].map(([name, number]) => `${number} ${name}`).join(', ');

type Slskd = {readonly url: string; readonly downloads: string};

const configOf = (slskd: Slskd): string => `[data]
root_dir = "data"
storage_dir = "../storage"
[disk_management]
max_concurrent_downloads = 32
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
max_attempts = 8
retry_base_seconds = 0.5
retry_cap_seconds = 5
[providers.slskd]
url = ${JSON.stringify(slskd.url)}
api_key = "env:SLSKD_API_KEY"
max_active = 32
breaker_open_seconds = 1
stall_timeout_seconds = 4
search_timeout_seconds = 6
search_interval_seconds = 0.2
queue_patience_minutes = 0.05
`;

const environment = (directory: string): Record<string, string> => ({
	PATH: process.env['PATH'] ?? '',
	HOME: directory,
	LANG: 'C.UTF-8',
	SLSKD_API_KEY: apiKey,
});

/** What it says on the way goes to a file: it is worth reading where something is wrong. */
const startTidegate = (directory: string, slskd: Slskd): ChildProcess => {
	const config = join(directory, 'config.toml');
	writeFileSync(config, configOf(slskd));
	if (!existsSync(join(directory, 'data'))) {
		const jobs = readFileSync(join(directory, 'jobs.jsonl'));
		const imported = spawnSync(process.execPath, [program, '--config', config, 'import', '-'], {
			cwd: directory,
			env: environment(directory),
			input: jobs,
		});
		if (imported.status !== 0) throw new Error(`import ended with ${imported.status}: ${String(imported.stderr)}`);
	}

	const words = openSync(join(directory, 'words.log'), 'a');
	const child = spawn(process.execPath, [program, '--config', config, 'run', '--until-idle'], {
		cwd: directory,
		env: environment(directory),
		stdio: ['ignore', words, words],
	});
	closeSync(words);
	return child;
};

const naive = fileURLToPath(new URL('../support/slskd/naive-client.ts', import.meta.url));

const startNaive = (directory: string, {url, downloads}: Slskd): ChildProcess =>
	spawn(process.execPath, [naive, url, apiKey, downloads, join(directory, 'jobs.json'), join(directory, 'storage')], {
		stdio: ['ignore', 'ignore', 'inherit'],
	});

const prepare = async (directory: string, music: Music): Promise<void> => {
	await mkdir(join(directory, 'storage'), {recursive: true});
	await writeFile(join(directory, 'jobs.json'), JSON.stringify(music.albums.flatMap(({tracks}) => tracks)));
	const lines = music.albums.flatMap(album => album.tracks.map(track => JSON.stringify(jobOf(track))));
	await writeFile(join(directory, 'jobs.jsonl'), lines.join('\n'));
};

/** A line as `import` reads it: one of the jobs that a catalog would make of an album. */
const jobOf = ({artist, album, title, number, numberOf, seconds}: WantedTrack): object => ({
	source: `slskd:${artist} - ${title}`,
	batch: `${artist} - ${album}`,
	title: `${artist} - ${title}`,
	options: {track: {title, artists: [artist], album, number, numberOf, duration: seconds * 1000}},
});

type Listed = {
	readonly source: string;
	readonly status: string;
	readonly hold: {readonly detail: string} | null;
	readonly error: {readonly code: string; readonly message: string} | null;
};

/** How the jobs stand, and why those that have not ended well have not. */
const tellQueue = async (directory: string, say: (line: string) => void): Promise<void> => {
	const args = ['--config', join(directory, 'config.toml'), '--json', 'list', '--jsonl'];
	const listed = await runTidegate(args, {cwd: directory, env: environment(directory)});
	const jobs = listed.stdout.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line) as Listed]));
	say(
		`jobs: ${tell(new Map([...Map.groupBy(jobs, ({status}) => status)].map(([status, some]) => [status, some.length])))}`,
	);
	const whyNot = Map.groupBy(
		jobs.filter(({status}) => status !== 'completed'),
		({status, error, hold}) => `${status}: ${error?.code ?? ''} ${error?.message ?? hold?.detail ?? ''}`,
	);
	for (const [why, some] of [...whyNot].slice(0, 12)) say(`${some.length} ${why}; such as ${some[0]?.source}`);
};

const percent = (part: number, whole: number): string => `${((part / Math.max(1, whole)) * 100).toFixed(2)} %`;

const tellAll = (verdict: AlbumsVerdict, run: AlbumsRun, say: (line: string) => void): void => {
	const {counters, sent, worth, lost} = verdict;
	say(
		`${run.seconds.toFixed(0)} s; the last life ended with ${run.exitCode}${run.isInTime ? '' : ', because time was up'}`,
	);
	say(`tracks: ${verdict.placed} of ${verdict.tracks} in the storage`);
	say(`bytes of peers that deliver: ${sent} sent for copies of ${worth} in the storage; ${lost} sent by the others`);
	say(`asked for, by temper: ${tell(verdict.askedOf)}; came: ${tell(verdict.cameOf)}`);
	const gap = counters.leastSearchGap ?? 0;
	say(
		`${counters.searches.length} searches, ${counters.mostSearchesAtOnce} at once at most, ${gap} ms apart at the least; ${counters.mostRequestsPerSecond} requests in the busiest second; refused: ${tell(counters.refusals) || 'none'}`,
	);
	for (const [what, lines] of Object.entries({
		missing: verdict.missing,
		strangers: verdict.strangers,
		repeats: verdict.repeats,
		thrown: verdict.thrown,
	}))
		for (const line of lines.slice(0, 8)) say(`${what}: ${line}`);
};

const rowsOf = (verdict: AlbumsVerdict, run: AlbumsRun): readonly LabRow[] => {
	const ratio = verdict.sent / Math.max(1, verdict.worth);
	return [
		{
			what: 'albums of which every track is in the storage',
			expected: 'at least 98 %',
			seen: `${verdict.complete} of ${verdict.albums}, ${percent(verdict.complete, verdict.albums)}`,
			isRight: verdict.complete >= verdict.albums * 0.98,
		},
		{
			what: 'bytes sent by peers that deliver, for each byte of theirs in the storage',
			expected: 'at most 1.05',
			seen: ratio.toFixed(4),
			isRight: verdict.worth > 0 && ratio <= 1.05,
		},
		same('copies that were not the song and were asked for again', 0, verdict.repeats.length),
		same('whole right copies that came and were thrown away', 0, verdict.thrown.length),
		same('files in the storage that are not the song, or there twice', 0, verdict.strangers.length),
		same('deaths of slskd', deaths, run.deaths.slskd),
		same('deaths of the client', deaths, run.deaths.client),
		same('ended by itself', 'yes', run.isInTime ? 'yes' : 'no'),
	];
};
