import type {JobId, JobView} from '../../source/domain/job.ts';
import {scriptedActive, scriptedEngine, scriptedJob, scriptedNow, type ScriptedEngine} from './scripted-engine.ts';

const GB = 1e9;
const MB = 1e6;

/** A queue as it may look after a week: long titles in several scripts, a volume above its pause mark, some failures. */
export const realisticEngine = (): ScriptedEngine => {
	const engine = scriptedEngine(
		{
			workers: 4,
			active: activeJobs,
			volumes: [
				{
					id: '2049',
					path: '/srv/media',
					marks: {
						used: {hard: 500 * GB, pause: 450 * GB, resume: 400 * GB},
						free: {stop: 2 * GB, pause: 10 * GB, resume: 20 * GB},
					},
					level: {at: scriptedNow, used: 452.4 * GB, free: 212 * GB, total: 1000 * GB},
					gate: {
						state: 'paused',
						since: scriptedNow - 26 * 60_000,
						detail: 'above the pause mark',
						clearSince: undefined,
					},
					reserved: 6.8 * GB,
					timeToFull: undefined,
					breakdown: undefined,
				},
			],
			lanes: [
				{
					id: 'http:example.org',
					provider: 'http',
					running: 2,
					limit: 4,
					breaker: 'closed',
					failures: 0,
					lastSuccessAt: scriptedNow - 42_000,
					lastFailureAt: undefined,
					hold: undefined,
				},
				{
					id: 'yt-dlp',
					provider: 'yt-dlp',
					running: 1,
					limit: 2,
					breaker: 'half-open',
					failures: 3,
					lastSuccessAt: scriptedNow - 3_600_000,
					lastFailureAt: scriptedNow - 60_000,
					hold: undefined,
				},
			],
			rate: 12.4 * MB,
			rateHistory: Array.from({length: 60}, (_, second) => (8 + 5 * Math.sin(second / 6) + (second % 7) / 3) * MB),
			notices: ['aria2c is not installed; its 12 jobs wait (apt install aria2)'],
		},
		[...queuedJobs, ...failedJobs, ...doneJobs],
	);
	engine.setLog(101 as JobId, [
		'GET https://media.example.org/frieren/07.mkv',
		'206 Partial Content, 1.4 GB, resumes at 412.0 MB',
		'segment 3 of 4: connection reset, goes on at 873.1 MB',
	]);
	return engine;
};

const activeJobs = [
	scriptedActive(101, 1, {
		title: "Frieren: Beyond Journey's End - 07 - Like a Fairy Tale [1080p]",
		provider: 'http',
		progress: {bytes: 880 * MB, total: 1420 * MB, speed: 5.2 * MB, eta: 104_000},
		attempts: 1,
	}),
	scriptedActive(102, 2, {
		title: '葬送のフリーレン 第8話「葬送のフリーレン」 字幕付き 完全版',
		provider: 'ani-cli',
		progress: {bytes: 301 * MB, total: 960 * MB, speed: 4.1 * MB, eta: 161_000},
	}),
	scriptedActive(103, 3, {
		title: 'Boards of Canada - Music Has the Right to Children - 04 - Telephasic Workshop.flac',
		provider: 'slskd',
		status: 'starting',
		phase: 'in queue 14',
	}),
	scriptedActive(104, 4, {
		title: 'Lecture 12: Convex Optimisation 🎓',
		provider: 'yt-dlp',
		status: 'finishing',
		phase: 'merging',
		progress: {bytes: 640 * MB, total: 640 * MB, speed: 0, eta: undefined},
	}),
];

const diskHold = {reason: 'disk-paused', volume: '2049', detail: 'above the pause mark'} as const;

const queuedJobs: readonly JobView[] = [
	scriptedJob(201, {
		title: "Frieren: Beyond Journey's End - 09 - Aura the Guillotine [1080p]",
		hold: diskHold,
		expectedSize: 1.4 * GB,
		priority: 7,
	}),
	scriptedJob(202, {
		title: '進撃の巨人 The Final Season 第75話「天地」',
		hold: {
			reason: 'retry-later',
			until: scriptedNow + 94_000,
			detail: 'the server answered 503',
		},
		attempts: 2,
		provider: 'aniworld',
	}),
	scriptedJob(203, {
		title: 'Neon Genesis Evangelion - 16 - Splitting of the Breast',
		hold: {reason: 'lane-cooling', lane: 'ani-cli', until: scriptedNow + 7_200_000, detail: 'rate limited'},
		provider: 'ani-cli',
	}),
	scriptedJob(204, {
		title: 'ubuntu-26.04-desktop-amd64.iso',
		status: 'paused',
		hold: {reason: 'paused'},
		total: 6.1 * GB,
	}),
	...Array.from({length: 60}, (_, index) =>
		scriptedJob(205 + index, {
			title: `Cowboy Bebop - ${String(index + 1).padStart(2, '0')} - Session ${index + 1}`,
			hold: diskHold,
			expectedSize: (280 + index) * MB,
		}),
	),
];

const failedJobs: readonly JobView[] = [
	scriptedJob(301, {
		title: 'Planet Earth III - 05 - Forests',
		status: 'failed',
		attempts: 1,
		endedAt: scriptedNow - 60_000,
		error: {code: 'not-found', class: 'permanent', message: 'the server answered 404 for /earth/05.mkv'},
	}),
	scriptedJob(302, {
		title: '千と千尋の神隠し サウンドトラック 06 あの夏へ',
		status: 'failed',
		attempts: 5,
		endedAt: scriptedNow - 3_600_000,
		error: {code: 'wrong-checksum', class: 'transient', message: 'sha256 differs from the expected one'},
	}),
	scriptedJob(303, {
		title: 'Members-only stream of 14 March',
		status: 'failed',
		attempts: 1,
		provider: 'yt-dlp',
		endedAt: scriptedNow - 7_200_000,
		error: {code: 'login-required', class: 'person', message: 'Sign in to confirm your age'},
	}),
];

const doneJobs: readonly JobView[] = Array.from({length: 57}, (_, index) =>
	scriptedJob(401 + index, {
		title: `Mushishi - ${String(57 - index).padStart(2, '0')}`,
		status: 'completed',
		size: (310 + index * 3) * MB,
		startedAt: scriptedNow - index * 400_000 - 90_000,
		endedAt: scriptedNow - index * 400_000,
		outputPath: `/srv/media/anime/Mushishi/Mushishi - ${String(57 - index).padStart(2, '0')}.mkv`,
	}),
);
