import {jobStatuses} from '../../domain/job.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import type {Statistics} from '../../engine/ports.ts';

/*
 * Prometheus' text format, version 0.0.4. By hand: every figure is read from one snapshot when it is asked for, where
 * prom-client would keep a second copy of each and bring a tracing API along.
 */

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = {readonly labels?: Labels; readonly value: number | undefined};

/** All figures as Prometheus reads them. What is not known is left out. */
export const metricsText = (
	snapshot: EngineSnapshot,
	{sizes}: Statistics,
	{version, streams}: {readonly version: string; readonly streams: number},
): string => {
	const {counts, active, workers, rate, limit, volumes, lanes, resources} = snapshot;
	const volume = (pick: (one: (typeof volumes)[number]) => number | undefined): readonly Sample[] =>
		volumes.map(one => ({labels: {volume: one.id}, value: pick(one)}));
	const lane = (pick: (one: (typeof lanes)[number]) => number): readonly Sample[] =>
		lanes.map(one => ({labels: {lane: one.id, provider: one.provider}, value: pick(one)}));
	return [
		gauge('tidegate_info', 'Version of tidegate.', [{labels: {version}, value: 1}]),
		gauge('tidegate_scheduling', 'Whether a scheduler runs jobs.', yes(snapshot.isScheduling)),
		gauge('tidegate_queue_paused', 'Whether the queue is paused by a person.', yes(snapshot.isQueuePaused)),
		gauge(
			'tidegate_jobs',
			'Jobs by status.',
			jobStatuses.map(status => ({labels: {status}, value: counts[status]})),
		),
		gauge('tidegate_active_jobs', 'Jobs that run.', [{value: active.length}]),
		gauge('tidegate_workers', 'Jobs that may run at once.', [{value: workers}]),
		gauge('tidegate_download_bytes_per_second', 'Speed of all downloads together.', [{value: rate}]),
		gauge('tidegate_limit_bytes_per_second', 'Limit of all downloads together.', [{value: limit}]),
		gauge('tidegate_completed_bytes', 'Bytes of the completed jobs in the queue.', [{value: sizes?.sum ?? 0}]),
		gauge(
			'tidegate_volume_free_bytes',
			'Free bytes.',
			volume(({level}) => level?.free),
		),
		gauge(
			'tidegate_volume_size_bytes',
			'All bytes.',
			volume(({level}) => level?.total),
		),
		gauge(
			'tidegate_volume_used_bytes',
			'Bytes under the configured trees.',
			volume(({level}) => level?.used),
		),
		gauge(
			'tidegate_volume_reserved_bytes',
			'Bytes that running jobs still write.',
			volume(({reserved}) => reserved),
		),
		gauge(
			'tidegate_volume_open',
			'Whether new jobs may start.',
			volume(({gate}) => Number(gate.state === 'open')),
		),
		gauge(
			'tidegate_lane_running',
			'Jobs that run in a lane.',
			lane(({running}) => running),
		),
		gauge(
			'tidegate_lane_limit',
			'Jobs that may run in a lane.',
			lane(({limit: most}) => most),
		),
		gauge(
			'tidegate_lane_failures',
			'Failures in a row.',
			lane(({failures}) => failures),
		),
		gauge(
			'tidegate_lane_breaker_open',
			'Whether the breaker lets nothing start.',
			lane(one => Number(one.breaker === 'open')),
		),
		gauge('tidegate_event_streams', 'Clients that follow the events.', [{value: streams}]),
		gauge('process_resident_memory_bytes', 'Resident memory.', [{value: resources.memory}]),
		gauge('tidegate_cpu_cores', 'Share of one core that is used.', [{value: resources.cpu}]),
	].join('');
};

const yes = (is: boolean): readonly Sample[] => [{value: is ? 1 : 0}];

const gauge = (name: string, help: string, samples: readonly Sample[]): string => {
	const lines = samples.flatMap(({labels, value}) =>
		value === undefined || !Number.isFinite(value) ? [] : [`${name}${labelsText(labels)} ${value}\n`],
	);
	return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
};

const labelsText = (labels: Labels | undefined): string =>
	labels === undefined
		? ''
		: `{${Object.entries(labels)
				.map(([name, value]) => `${name}="${escaped(value)}"`)
				.join(',')}}`;

const escaped = (value: string): string =>
	value
		.replaceAll('\\', '\\\\')
		.replaceAll('"', String.raw`\"`)
		.replaceAll('\n', String.raw`\n`);
