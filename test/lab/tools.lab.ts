import {createHash} from 'node:crypto';
import {spawnSync} from 'node:child_process';
import {createReadStream} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {contentSha256, startMediaServer, type MediaRoute} from '../../source/demo/media-server.ts';
import {runTidegate} from '../support/tidegate.ts';
import {same, type Lab, type LabRow} from './lab.ts';

const fileCount = 200;

type JobRow = {
	readonly id: number;
	readonly title: string;
	readonly status: string;
	readonly output_path: string | null;
	readonly error: {readonly code: string; readonly message: string} | null;
};

/** The real tools from the distribution, and the built-in one, each with the same files from the same server. */
const tools: Lab = {
	name: 'tools',
	about: `yt-dlp, aria2c and http each download the same ${fileCount} files, three of them broken`,
	missing() {
		const missing = ['yt-dlp', 'aria2c'].filter(tool => spawnSync(tool, ['--version']).error !== undefined);
		return missing.length === 0 ? undefined : missing.join(' and ');
	},
	async run(say) {
		const rows: LabRow[] = [];
		for (const provider of ['http', 'aria2', 'yt-dlp']) rows.push(...(await downloadWith(provider, say)));
		return rows;
	},
};

export default tools;

/** The three broken ones, by their number. */
const broken = {missing: 17, dropping: 93, damaged: 150};

const routesFor = (): Record<string, MediaRoute> => {
	const routes: Record<string, MediaRoute> = {};
	for (let index = 0; index < fileCount; index++) {
		const content = {seed: index + 1, size: 40_000 + ((index * 7919) % 200_000)};
		const answer = {type: 'file', contentType: 'video/mp4'} as const;
		const answers = {
			[broken.missing]: [{type: 'status' as const, status: 404}],
			[broken.dropping]: [{...answer, ranges: 'ignored' as const, dropAfter: 20_000}],
			[broken.damaged]: [{...answer, damagedAt: [100, 20_001]}],
		}[index] ?? [answer];
		routes[`/file-${String(index).padStart(3, '0')}.mp4`] = {content, answers};
	}

	return routes;
};

const config = `[data]
root_dir = "data"
storage_dir = "storage"
[disk_management]
max_concurrent_downloads = 8
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
max_attempts = 2
retry_base_seconds = 0.2
[providers.http]
max_active = 8
breaker_failures = 50
[providers.aria2]
max_active = 8
breaker_failures = 50
[providers.yt-dlp]
max_active = 4
breaker_failures = 50
`;

const downloadWith = async (provider: string, say: (line: string) => void): Promise<readonly LabRow[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
	const routes = routesFor();
	const server = await startMediaServer({routes});
	const tidegate = (args: readonly string[], input = '') =>
		runTidegate(['--config', join(directory, 'config.toml'), '--json', ...args], {cwd: directory, input});
	try {
		await writeFile(join(directory, 'config.toml'), config);
		const paths = Object.keys(routes);
		const damaged = `/file-${broken.damaged}.mp4`;
		const list = paths.filter(path => path !== damaged).map(path => `${server.url}${path}\n`);
		const added = await tidegate(['add', '-', '--provider', provider, '--batch', 'lab'], list.join(''));
		const checksum = `sha256:${contentSha256(routes[damaged]?.content ?? {seed: 0, size: 0})}`;
		const addedDamaged = await tidegate([
			'add',
			`${server.url}${damaged}`,
			'--provider',
			provider,
			'--checksum',
			checksum,
		]);
		const started = performance.now();
		const ran = await tidegate(['run', '--until-idle']);
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		const listed = await tidegate(['list', '--limit', '1000']);
		const {jobs} = JSON.parse(listed.stdout) as {readonly jobs: readonly JobRow[]};
		let agreeing = 0;
		for (const job of jobs) {
			if (job.status !== 'completed' || job.output_path === null) continue;
			const content = routes[`/${job.title}`]?.content;
			if (content !== undefined && (await sha256Of(job.output_path)) === contentSha256(content)) agreeing++;
		}

		const failed = jobs.filter(({status}) => status === 'failed');
		for (const job of failed) {
			say(`${provider}: ${job.title}: ${job.error?.code}: ${job.error?.message}`);
			const log = await runTidegate(['--config', join(directory, 'config.toml'), 'log', String(job.id)], {
				cwd: directory,
			});
			for (const line of log.stdout.trim().split('\n').slice(-2)) say(`  in the log: ${line}`);
		}

		say(`${provider}: ${seconds} s`);
		return [
			same(
				`${provider}: exit codes of add, add, run`,
				'0 0 1',
				`${added.exitCode} ${addedDamaged.exitCode} ${ran.exitCode}`,
			),
			same(`${provider}: jobs`, fileCount, jobs.length),
			same(`${provider}: files whose checksum agrees`, fileCount - 3, agreeing),
			same(`${provider}: failed, each with a reason`, 3, failed.filter(({error}) => error !== null).length),
			same(
				`${provider}: the failed ones`,
				Object.values(broken)
					.map(index => `file-${String(index).padStart(3, '0')}.mp4`)
					.join(' '),
				failed
					.map(({title}) => title)
					.toSorted()
					.join(' '),
			),
		];
	} finally {
		await server.close();
		await rm(directory, {recursive: true, force: true});
	}
};

const sha256Of = async (path: string): Promise<string> => {
	const hash = createHash('sha256');
	await pipeline(createReadStream(path), hash);
	return hash.digest('hex');
};
