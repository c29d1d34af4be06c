import {fileURLToPath} from 'node:url';
import {damageCases, serveFiles, servedFiles, type DamageCase} from './damage-cases.ts';
import {auditDatabase, filesBelow, type AuditedJob} from './queue-audit.ts';
import {makeEnginePlace} from './temp-engine.ts';

export type DamageFindings = {
	readonly damaged: number;
	readonly good: number;
	/** Damaged outcomes that were caught, by code. */
	readonly caught: Readonly<Record<string, number>>;
	/** Each of these has to be empty. */
	readonly wrong: {
		readonly notCaught: readonly string[];
		readonly otherCode: readonly string[];
		readonly goodRefused: readonly string[];
		readonly permanentTriedAgain: readonly string[];
		readonly filesInTheWrongPlace: readonly string[];
		readonly contradictions: readonly string[];
	};
};

const tool = (name: string): string => fileURLToPath(new URL(`../fixtures/tools/${name}`, import.meta.url));

const lane = (most: number): string => `max_active = ${most}\nbreaker_failures = 100\nstart_interval_seconds = 0\n`;

const configuration = (isWhole: boolean): string => `[disk_management]
max_concurrent_downloads = 12
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[queue]
max_attempts = 2
retry_base_seconds = 0.1
retry_cap_seconds = 0.1
[providers.curl]
type = "command"
command = "curl"
args = ["--silent", "--show-error", "--fail", "--output", "{directory}/{title}", "--", "{source}"]
${lane(8)}
[providers.misleads]
type = "command"
command = "${tool('misleads.sh')}"
args = ["{title}", "{directory}", "{source}"]
${lane(8)}
[providers.http]
${lane(8)}
[providers.aria2]
${lane(8)}
[providers.yt-dlp]
${isWhole ? '' : `command = "${tool('announces.mjs')}"`}
${lane(2)}`;

const hopeless = new Set(['gone', 'not-found', 'bad-arguments']);

/** Downloads everything that is damaged, and some that is not. `isWhole`: with the real yt-dlp and aria2, else with a stand-in. */
export const runDamage = async (isWhole: boolean): Promise<DamageFindings> => {
	const server = await serveFiles(await servedFiles());
	const place = await makeEnginePlace(configuration(isWhole));
	const engine = await place.open();
	try {
		const cases = damageCases(isWhole);
		const byId = new Map<number, DamageCase>();
		for (const one of cases) {
			const result = await engine.send({type: 'add', requests: [one.request(server.url)]});
			if (!result.ok || result.changed[0] === undefined) throw new Error(`${one.kind}: ${JSON.stringify(result)}`);
			byId.set(result.changed[0], one);
		}

		await engine.start();
		await engine.untilIdle(AbortSignal.timeout(300_000));
		await engine.close();
		const {jobs, contradictions} = auditDatabase(place.paths.database);
		const files = await filesBelow(place.paths.storage);
		return {...judge(jobs, byId), wrong: wrongIn(jobs, byId, files, contradictions, place.paths.storage)};
	} finally {
		await engine.close();
		await server.close();
		await place.remove();
	}
};

const isDamaged = (one: DamageCase | undefined): boolean => (one?.codes.length ?? 0) > 0;

const judge = (jobs: readonly AuditedJob[], byId: ReadonlyMap<number, DamageCase>): Omit<DamageFindings, 'wrong'> => {
	const caught: Record<string, number> = {};
	for (const job of jobs) {
		if (!isDamaged(byId.get(job.id)) || job.status !== 'failed') continue;
		const code = job.error_code ?? '?';
		caught[code] = (caught[code] ?? 0) + 1;
	}

	const damaged = jobs.filter(job => isDamaged(byId.get(job.id))).length;
	return {damaged, good: jobs.length - damaged, caught};
};

const wrongIn = (
	jobs: readonly AuditedJob[],
	byId: ReadonlyMap<number, DamageCase>,
	files: readonly string[],
	contradictions: readonly string[],
	storage: string,
): DamageFindings['wrong'] => {
	const words = (job: AuditedJob): string =>
		`${byId.get(job.id)?.provider} ${byId.get(job.id)?.kind}: ${job.status}, ${job.error_code}: ${job.error_message}`;
	const damaged = jobs.filter(job => isDamaged(byId.get(job.id)));
	const placed = new Set(jobs.map(job => (job.output_path ?? '').slice(storage.length + 1)));
	return {
		notCaught: damaged.filter(({status}) => status !== 'failed').map(words),
		otherCode: damaged
			.filter(job => job.status === 'failed' && byId.get(job.id)?.codes.includes(job.error_code ?? '') !== true)
			.map(words),
		goodRefused: jobs.filter(job => !isDamaged(byId.get(job.id)) && job.status !== 'completed').map(words),
		permanentTriedAgain: jobs
			.filter(job => job.attempts > 1 && hopeless.has(job.error_code ?? ''))
			.map(job => `${words(job)} after ${job.attempts} attempts`),
		filesInTheWrongPlace: files.filter(path => !placed.has(path)),
		contradictions,
	};
};
