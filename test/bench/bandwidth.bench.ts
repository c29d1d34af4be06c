import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {startEndlessServer, type EndlessServer} from '../support/endless-server.ts';
import {program, runTidegate} from '../support/tidegate.ts';
import type {Bench, BenchRow} from './bench.ts';

/*
 * Eight downloads of three tools under one limit. What went over the line is counted by the server, after the buffers
 * between have filled, so that they take as much as they give.
 */

const megabyte = 1e6;
const size = 2e9;
const span = 30_000;
const settling = 45_000;
const sources = ['http', 'http', 'http', 'aria2', 'aria2', 'aria2', 'yt-dlp', 'yt-dlp'] as const;

const row = (what: string, measured: number, limit: number): BenchRow => ({
	what,
	measured: `${(measured / megabyte).toFixed(2)} MB/s = ${((measured / limit) * 100).toFixed(0)} %`,
	aim: `${limit / megabyte} MB/s ± 10 %`,
	isMet: Math.abs(measured / limit - 1) <= 0.1,
	note: `over ${span / 1000} s, 3 http, 3 aria2, 2 yt-dlp`,
});

/** Bytes a second that the server sends from now on. */
const rateOf = async (server: EndlessServer): Promise<number> => {
	const [before, begun] = [server.sent(), performance.now()];
	await delay(span);
	return ((server.sent() - before) * 1000) / (performance.now() - begun);
};

const run = async (): Promise<readonly BenchRow[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
	const server = await startEndlessServer(size);
	const args = ['--data', join(directory, 'data'), '--storage', join(directory, 'storage')];
	await writeFile(
		join(directory, 'config.toml'),
		'[bandwidth]\nlimit = "4MB"\n[providers.yt-dlp]\nstart_interval_seconds = 0\n[disk_management]\nmax_concurrent_downloads = 8\n',
	);
	const env = {PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8'};
	const scheduler = spawn(process.execPath, [program, ...args, 'run'], {cwd: directory, env, stdio: 'ignore'});
	try {
		for (const [index, provider] of sources.entries()) {
			const added = await runTidegate([...args, 'add', `${server.url}/${index}.mp4`, '--provider', provider], {
				cwd: directory,
			});
			if (added.exitCode !== 0) throw new Error(added.stderr);
		}

		await delay(settling);
		const first = await rateOf(server);
		await runTidegate([...args, 'limit', '8MB'], {cwd: directory});
		await delay(settling);
		const raised = await rateOf(server);
		await runTidegate([...args, 'limit', '2MB'], {cwd: directory});
		await delay(settling);
		const lowered = await rateOf(server);
		return [
			row('one limit for eight downloads', first, 4e6),
			row('the same, raised while they run', raised, 8e6),
			row('the same, lowered while they run', lowered, 2e6),
		];
	} finally {
		scheduler.kill('SIGTERM');
		if (scheduler.exitCode === null) await once(scheduler, 'exit');
		server.close();
		await rm(directory, {recursive: true, force: true, maxRetries: 5});
	}
};

export default {name: 'bandwidth', run} satisfies Bench;
