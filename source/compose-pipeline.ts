import {join} from 'node:path';
import type {Config} from './config/load.ts';
import type {Paths} from './config/paths.ts';
import type {EngineEvent, LocalEngine} from './engine/index.ts';
import type {Clock, JobLog, JobStore, Provider} from './engine/ports.ts';
import {describeMedia, languagesOf} from './finish/media.ts';
import {createBridge, type Bridge} from './pipeline/bridge.ts';
import {gated} from './pipeline/gate.ts';
import type {DescribeMedia} from './pipeline/publish.ts';
import {pipelineProvider} from './pipeline/request.ts';
import {readStatistics} from './pipeline/statistics.ts';

const second = 1000;

export type PipelineOrder = {
	readonly config: Config;
	readonly paths: Paths;
	readonly clock: Clock;
	readonly store: JobStore;
	readonly log: JobLog;
	readonly providers: readonly Provider[];
	readonly isScheduling: boolean;
	/** Only this series, by its MyAnimeList number. */
	readonly animeId: number | undefined;
};

/** What the pipeline does to an engine: its providers before it is made, and the engine itself afterwards. */
export type PipelineParts = {
	readonly providers: readonly Provider[];
	readonly join: (engine: LocalEngine) => LocalEngine;
};

/** The bridge to the pipeline's database where one is configured; without one, everything stays as it is. */
export const composePipeline = (order: PipelineOrder): PipelineParts => {
	const {config, paths, providers, isScheduling} = order;
	const path = paths.pipeline;
	if (path === undefined) return {providers, join: engine => engine};
	const withStatistics = (engine: LocalEngine): LocalEngine => ({
		...engine,
		statistics: async () => ({...(await engine.statistics()), pipeline: await readStatistics(path)}),
	});
	if (!isScheduling) {
		// What a job is called by must not depend on who looks at it.
		return {providers: providers.map(one => gated(one, async () => false)), join: withStatistics};
	}

	const listeners = new Set<(event: EngineEvent) => void>();
	let told: LocalEngine | undefined;
	const bridge = createBridge({
		...order,
		path,
		output: config.pipeline.output,
		mal: order.animeId,
		pollInterval: config.pipeline.poll_seconds * second,
		staleAfter: config.pipeline.stale_after_seconds * second,
		memory: join(paths.root, 'pipeline-worker.json'),
		storage: paths.storage,
		describe: config.finish.ffprobe === 'off' ? undefined : describe,
		deletesRead: config.disk_management.cleanup.delete_video_after_transcription,
		hasProvider: providers.some(({id}) => id === pipelineProvider),
		say(text) {
			for (const listener of listeners) listener({type: 'notice', at: order.clock.now(), text});
		},
		onTrouble() {
			void told?.send({type: 'wake'});
		},
	});
	return {
		providers: providers.map(one => bridge.gate(one)),
		join(engine) {
			told = engine;
			return withStatistics(bridged(engine, bridge, listeners));
		},
	};
};

const describe: DescribeMedia = async (path, job, signal) => {
	const answer = await describeMedia({path, token: `describe-${job.id}`, signal});
	if (answer.type !== 'described') return undefined;
	const {media} = answer;
	return {
		duration: media.duration,
		languages: {audio: languagesOf(media, 'audio'), subtitles: languagesOf(media, 'subtitle')},
	};
};

const bridged = (engine: LocalEngine, bridge: Bridge, listeners: Set<(event: EngineEvent) => void>): LocalEngine => {
	const unsubscribe = engine.onEvent(event => {
		if (event.type === 'job') bridge.heard(event.job, event.from, event.to);
		else if (event.type === 'undone') bridge.recheck(event.jobs);
	});
	let shown = engine.getSnapshot();
	let inner = shown;
	return {
		...engine,
		onEvent(listener) {
			listeners.add(listener);
			const off = engine.onEvent(listener);
			return () => {
				listeners.delete(listener);
				off();
			};
		},
		getSnapshot() {
			const now = engine.getSnapshot();
			if (now === inner) return shown;
			inner = now;
			const troubles = bridge.troubles();
			shown = troubles.length === 0 ? now : {...now, notices: [...now.notices, ...troubles]};
			return shown;
		},
		async start() {
			await engine.start();
			bridge.start(engine);
		},
		async untilIdle(signal) {
			for (let taken: number | undefined; ;) {
				const summary = await engine.untilIdle(signal);
				if (signal?.aborted === true) return summary;
				const now = await Promise.race([bridge.feedMore(), undefinedAtAbort(signal)]);
				if (now === taken) return summary;
				taken = now;
			}
		},
		async close() {
			bridge.stop();
			await engine.close();
			unsubscribe();
			await bridge.close();
		},
	};
};

const undefinedAtAbort = (signal: AbortSignal | undefined): Promise<undefined> =>
	new Promise(resolve => {
		if (signal?.aborted === true) resolve(undefined);
		signal?.addEventListener('abort', () => resolve(undefined), {once: true});
	});
