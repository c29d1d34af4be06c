import type {Finding} from '../../../source/domain/finding.ts';
import {unwell, well} from '../../../source/domain/finding.ts';
import {failureClass, type FailureCode} from '../../../source/domain/failure.ts';
import type {Hold} from '../../../source/domain/hold.ts';
import type {Attempt, BatchId, JobDetail, JobId, JobView} from '../../../source/domain/job.ts';
import type {ActiveJob, EngineSnapshot, LaneView, VolumeView} from '../../../source/domain/snapshot.ts';
import type {Statistics} from '../../../source/engine/ports.ts';
import {
	newSource,
	scriptedActive,
	scriptedEngine,
	scriptedJob,
	scriptedNow,
	type ScriptedEngine,
} from '../scripted-engine.ts';

const now = scriptedNow;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const megabyte = 1e6;
const gigabyte = 1e9;

const batch = (id: number): BatchId => id as BatchId;
const lanes = {
	cdn: 'http:cdn.example.org',
	slow: 'http:slow.example.net',
	'yt-dlp': 'yt-dlp',
	'gallery-dl': 'gallery-dl',
} as const;

const active: readonly ActiveJob[] = [
	scriptedActive(1, 1, {
		title: 'The Long Way Home S01E04 1080p',
		batch: batch(1),
		lane: lanes.cdn,
		volume: 'library',
		progress: {bytes: 612 * megabyte, total: 1440 * megabyte, speed: 8.4 * megabyte, eta: 98 * second},
	}),
	scriptedActive(2, 2, {
		title: '深夜食堂 第二部 第七話「唐揚げとハイボール」',
		provider: 'yt-dlp',
		lane: lanes['yt-dlp'],
		attempts: 1,
		volume: 'library',
		progress: {bytes: 401 * megabyte, total: 422 * megabyte, speed: 3.1 * megabyte, eta: 7 * second},
	}),
	scriptedActive(3, 3, {
		title: 'Field recording 🌊🐋 of a quiet harbour, side A',
		lane: lanes.cdn,
		volume: 'library',
		progress: {bytes: 48 * megabyte, total: undefined, speed: 1.2 * megabyte, eta: undefined},
	}),
	scriptedActive(4, 4, {
		title: 'Lecture 12: locks, latches and logs',
		provider: 'yt-dlp',
		lane: lanes['yt-dlp'],
		status: 'finishing',
		phase: 'merging',
		volume: 'library',
		progress: {bytes: 300 * megabyte, total: 300 * megabyte, speed: 0, eta: undefined},
	}),
	scriptedActive(5, 5, {title: 'The Long Way Home S01E05 1080p', batch: batch(1), lane: lanes.cdn, status: 'starting'}),
	scriptedActive(6, 6, {title: 'Miles ahead (live)', provider: 'slskd', lane: 'slskd', status: 'searching'}),
	scriptedActive(7, 7, {
		title: 'A film to be watched later',
		lane: lanes.cdn,
		status: 'pausing',
		progress: {bytes: 70 * megabyte, total: 700 * megabyte, speed: 0, eta: undefined},
	}),
	scriptedActive(8, 8, {
		title: 'A film nobody wants any more',
		lane: lanes.cdn,
		status: 'cancelling',
		attempts: 2,
		progress: {bytes: 10 * megabyte, total: 900 * megabyte, speed: 0, eta: undefined},
	}),
];

const holds: ReadonlyArray<readonly [title: string, hold: Hold | undefined, change?: Partial<JobView>]> = [
	['The Long Way Home S01E06 1080p', undefined, {batch: batch(1), total: 1440 * megabyte}],
	[
		'葬送のフリーレン 第1話',
		{reason: 'retry-later', until: now + 4 * minute, detail: 'the server answered 503'},
		{attempts: 2, priority: 9},
	],
	[
		'Slow mirror, disc 1',
		{
			reason: 'breaker-open',
			lane: lanes.slow,
			until: now + 11 * minute,
			detail: 'connection refused 3 times in a row',
		},
		{lane: lanes.slow},
	],
	[
		'Gallery of lighthouses 🗼',
		{reason: 'tool-missing', lane: lanes['gallery-dl'], until: now + minute, detail: 'gallery-dl is not installed'},
		{provider: 'gallery-dl', lane: lanes['gallery-dl']},
	],
	[
		'Archive of everything.tar',
		{reason: 'larger-than-mark', volume: 'library', needs: 912 * gigabyte, mark: 500 * gigabyte},
	],
	['Concert in two parts', {reason: 'no-room', volume: 'library', needs: 61 * gigabyte, room: 48 * gigabyte}],
	['Talk 7: on queues', {reason: 'lane-paced', lane: lanes['yt-dlp'], until: now + 2 * second}, {provider: 'yt-dlp'}],
	['Paused by hand', {reason: 'paused'}, {status: 'paused', bytes: 20 * megabyte, total: 80 * megabyte}],
	[
		'Ein sehr langer Titel, der auf keinem Schirm je ganz zu sehen sein wird, außer auf dem größten von allen',
		undefined,
	],
];

const workersBusy: Hold = {reason: 'workers-busy', running: 8, workers: 8};

const queued: readonly JobView[] = [
	...holds.map(([title, hold, change], index) =>
		scriptedJob(20 + index, {title, hold: hold ?? (index === 0 ? undefined : workersBusy), ...change}),
	),
	...Array.from({length: 240}, (_, index) =>
		scriptedJob(40 + index, {
			title: `One Thousand Nights, episode ${index + 1}`,
			batch: batch(2),
			lane: lanes.cdn,
			expectedSize: (180 + ((index * 37) % 90)) * megabyte,
			hold: workersBusy,
		}),
	),
];

const failures: ReadonlyArray<readonly [title: string, code: FailureCode, message: string]> = [
	['The Long Way Home S01E03 1080p', 'not-found', 'the server answered 404 Not Found'],
	['Members only: 舞台裏', 'login-required', 'ERROR: [example] This video is only available for registered users'],
	['Harbour Lights – Track 4', 'wrong-checksum', 'the file has sha256 9f2c…, not the 41aa… that was asked for'],
	['Old mirror', 'connection-refused', 'connection to old.example.net:443 was refused'],
	['Backup of the backup', 'disk-full', 'no space left on device while writing'],
];

const failed: readonly JobView[] = failures.map(([title, code, message], index) =>
	scriptedJob(300 + index, {
		title,
		status: 'failed',
		attempts: failureClass(code) === 'permanent' ? 1 : 5,
		batch: index === 0 ? batch(1) : undefined,
		source: `https://cdn.example.org/files/${300 + index}.mkv`,
		lane: lanes.cdn,
		bytes: index * 31 * megabyte,
		error: {code, message, class: failureClass(code)},
		startedAt: now - 2 * hour,
		endedAt: now - (index + 1) * 17 * minute,
		ranFor: 40 * second,
	}),
);

const done: readonly JobView[] = [
	scriptedJob(400, {
		title: 'Ich heiße Ümläut – 나의 아저씨',
		status: 'completed',
		size: 734 * megabyte,
		ranFor: 90 * second,
	}),
	scriptedJob(401, {title: 'A film nobody finished', status: 'cancelled'}),
	...Array.from({length: 38}, (_, index) =>
		scriptedJob(402 + index, {
			title: `The Short Way Back, part ${index + 1}`,
			batch: batch(3),
			status: 'completed',
			size: (300 + ((index * 53) % 400)) * megabyte,
			ranFor: (40 + ((index * 7) % 30)) * second,
		}),
	),
].map((job, index) => ({...job, endedAt: now - (3 + index * 41) * minute, startedAt: now - (5 + index * 41) * minute}));

const volumes: readonly VolumeView[] = [
	{
		id: 'library',
		path: '/media/library',
		marks: {
			used: {hard: 500 * gigabyte, pause: 450 * gigabyte, resume: 380 * gigabyte},
			free: {stop: 2 * gigabyte, pause: 10 * gigabyte, resume: 20 * gigabyte},
		},
		level: {at: now, used: 402 * gigabyte, free: 596 * gigabyte, total: 1000 * gigabyte},
		gate: {state: 'open'},
		reserved: 21 * gigabyte,
		timeToFull: 95 * minute,
		fillRate: 8.4 * megabyte,
		walkedAt: now - 20 * second,
		breakdown: {videos: 310 * gigabyte, audio: 61 * gigabyte, transcripts: 4 * gigabyte, other: 27 * gigabyte},
	},
	{
		id: 'archive',
		path: '/mnt/archive',
		marks: {used: undefined, free: {stop: 1 * gigabyte, pause: 40 * gigabyte, resume: 60 * gigabyte}},
		level: {at: now, used: undefined, free: 31 * gigabyte, total: 400 * gigabyte},
		gate: {state: 'paused', since: now - 52 * minute, detail: 'too little free space', clearSince: undefined},
		reserved: 0,
		timeToFull: undefined,
		walkedAt: now - 20 * second,
		breakdown: undefined,
	},
];

const lane = (id: string, provider: string, change: Partial<LaneView> = {}): LaneView => ({
	id,
	provider,
	running: 0,
	limit: 3,
	breaker: 'closed',
	failures: 0,
	lastSuccessAt: now - 3 * minute,
	lastFailureAt: undefined,
	hold: undefined,
	...change,
});

const laneViews: readonly LaneView[] = [
	lane(lanes.cdn, 'http', {running: 5, limit: 16}),
	lane(lanes.slow, 'http', {
		limit: 16,
		breaker: 'open',
		failures: 3,
		lastSuccessAt: undefined,
		lastFailureAt: now - minute,
		hold: {
			reason: 'breaker-open',
			lane: lanes.slow,
			until: now + 11 * minute,
			detail: 'connection refused 3 times in a row',
		},
	}),
	lane(lanes['yt-dlp'], 'yt-dlp', {running: 2, limit: 2}),
	lane('slskd', 'slskd', {running: 1}),
	lane(lanes['gallery-dl'], 'gallery-dl', {
		hold: {
			reason: 'tool-missing',
			lane: lanes['gallery-dl'],
			until: now + minute,
			detail: 'gallery-dl is not installed',
		},
	}),
];

const rateHistory = Array.from({length: 60}, (_, index) =>
	Math.round((9 + 4 * Math.sin(index / 6) + ((index * 29) % 7) * 0.3) * megabyte),
);

const busy: Partial<EngineSnapshot> = {
	workers: 8,
	active,
	volumes,
	lanes: laneViews,
	rate: 12.7 * megabyte,
	rateHistory,
	resources: {memory: 131 * megabyte, cpu: 0.04},
	undo: {label: 'cancel of 1 job', until: now + 3 * minute},
	notices: [
		'gallery-dl is not installed: 1 job waits for it; press ! for what to do',
		'yt-dlp 2024.08.06 is older than a year: sites may refuse it',
	],
};

const findings: readonly Finding[] = [
	{
		...unwell('gallery-dl', 'not found on PATH', 'install it, for instance with `pipx install gallery-dl`'),
		waiting: 1,
		provider: 'gallery-dl',
	},
	unwell(
		'space',
		'31.0 GB free on /mnt/archive, below the pause mark of 40.0 GB',
		'free some, or lower pause_below_free_gb',
	),
	{...well('yt-dlp', '2026.03.01'), provider: 'yt-dlp'},
	{...well('aria2', 'aria2c 1.37.0'), provider: 'aria2'},
	well('storage', '/media/library can be written to'),
	well('config', '/home/ada/.config/tidegate/config.toml is valid'),
];

const errors = failures.map(([, code, message]) => ({code, message}));

const statisticsOf = (counts: EngineSnapshot['counts']): Statistics => ({
	counts,
	successRate: 39 / 44,
	sizes: {average: 497 * megabyte, least: 301 * megabyte, most: 734 * megabyte, sum: 19_383 * megabyte},
	batches: [
		{batch: batch(2), title: 'One Thousand Nights', counts: {...counts, completed: 0, failed: 0}, bytes: 0},
		{batch: batch(3), title: 'The Short Way Back', counts: {...counts, queued: 0, failed: 0}, bytes: 18_649 * megabyte},
	],
	topErrors: errors.map((error, index) => ({...error, count: 3 - Math.min(2, index)})),
});

const attempt = (number: number, job: JobView, isLast: boolean): Attempt => ({
	number,
	token: `token-${number}` as Attempt['token'],
	owner: 'owner' as Attempt['owner'],
	startedAt: now - (6 - number) * 10 * minute,
	endedAt: now - (6 - number) * 10 * minute + number * 7 * second,
	outcome: isLast ? 'fail' : 'defer',
	error: isLast ? job.error : {code: 'timeout', class: 'transient', message: 'no answer within 30 s'},
	bytes: number * 6 * megabyte,
});

const log = [
	'2026-03-14T19:40:02.000Z attempt 1 of 5',
	'2026-03-14T19:40:02.100Z GET https://cdn.example.org/files/301.mkv',
	'2026-03-14T19:40:02.400Z WARNING: [example] no cookies were given; some formats are missing',
	'2026-03-14T19:40:03.000Z [example] 301: Downloading webpage',
	'2026-03-14T19:40:03.700Z ERROR: [example] This video is only available for registered users. Use --cookies for the authentication',
	'2026-03-14T19:40:03.800Z ended with exit code 1: 舞台裏 needs a login',
];

/** A queue in which everything that a screen can show happens at once, always the same. */
export const busyQueue = (change: Partial<EngineSnapshot> = {}): ScriptedEngine => {
	const rows = [...queued, ...failed, ...done];
	const engine = scriptedEngine({...busy, ...change}, rows);
	engine.setJobs(rows);
	for (const [index, title] of ['The Long Way Home, season 1', 'One Thousand Nights', 'The Short Way Back'].entries())
		engine.setBatch(batch(index + 1), title);
	engine.setFindings(findings);
	for (const job of [...failed, ...active]) engine.setLog(job.id, log);
	engine.answerPreview(requests =>
		requests.map(({source}, index) => {
			const fresh = newSource(source);
			if (index === 1 && fresh.type === 'new')
				return {...fresh, type: 'duplicate', id: 301 as JobId, status: 'failed', because: 'source'};
			return index === 2
				? {type: 'bad', source, problem: 'no provider takes this address; name one with its field'}
				: fresh;
		}),
	);
	return Object.assign(engine, {
		statistics: async () => statisticsOf(engine.getSnapshot().counts),
		async show(id: JobId): Promise<JobDetail | undefined> {
			const job = [...engine.getSnapshot().active, ...rows].find(one => one.id === id);
			if (job === undefined) return undefined;
			const history = Array.from({length: job.attempts}, (_, index) =>
				attempt(index + 1, job, index + 1 === job.attempts),
			);
			return {
				...job,
				history,
				batchTitle: job.batch === undefined ? undefined : 'The Long Way Home, season 1',
				directory: `/media/library/.tidegate/${job.id}`,
			};
		},
	});
};

/** The first minute. */
export const emptyQueue = (): ScriptedEngine => {
	const [library] = volumes;
	const engine = scriptedEngine({
		workers: 5,
		volumes:
			library?.level === undefined
				? []
				: [
						{
							...library,
							level: {...library.level, used: 0},
							reserved: 0,
							fillRate: 0,
							timeToFull: undefined,
							breakdown: {},
						},
					],
	});
	engine.setFindings(findings.filter(({name}) => name !== 'space'));
	return engine;
};
