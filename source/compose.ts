import {join} from 'node:path';
import type {Config} from './config/load.ts';
import type {Paths} from './config/paths.ts';
import {toEngineSettings} from './config/engine-settings.ts';
import {createCatalogs} from './compose-catalogs.ts';
import {composeNotify} from './compose-notify.ts';
import {composePipeline} from './compose-pipeline.ts';
import {createProviders} from './compose-providers.ts';
import {createReread, type RereadOrder} from './config/reload.ts';
import {createEngine, type EngineSettings, type LocalEngine} from './engine/index.ts';
import type {OwnerId} from './domain/job.ts';
import {fetchedOnce} from './finish/fetched.ts';
import {createFinisher} from './finish/finisher.ts';
import type {RefineStep} from './finish/refine.ts';
import {createRemuxStep} from './finish/remux.ts';
import {createCovers} from './finish/tags-cover.ts';
import {createTagger} from './finish/tags-tagger.ts';
import {createTagStep} from './finish/tags.ts';
import {createApi} from './system/api.ts';
import {systemClock} from './system/clock.ts';
import {createDiskProbe, createSpaceProbe} from './system/disk.ts';
import {createHttp, type Http} from './system/http.ts';
import {createJobLog} from './system/job-log.ts';
import {createResourceMeter} from './system/resources.ts';
import {endOrphans, ownerName} from './system/survivors.ts';
import {openSqliteStore} from './store/sqlite.ts';

export type EngineOrder = {
	readonly config: Config;
	readonly paths: Paths;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly version: string;
	/** Where the configuration was read from, and what was noted while it was. */
	readonly file?: string | undefined;
	readonly notes?: readonly string[];
	/** False: commands are carried out on the queue, but nothing runs. */
	readonly isScheduling: boolean;
	/** Is told of values that are secrets, to be asked for when something is written. */
	readonly onSecrets?: ((known: () => readonly string[]) => void) | undefined;
	/** Reads the configuration again, and is told what holds then. Without it, it is read once. */
	readonly reload?: Pick<RereadOrder, 'load' | 'onConfig'>;
	/** Instead of the configured number, 1 to 32. */
	readonly workers?: number | undefined;
	/** Of the pipeline, only this series, by its MyAnimeList number. */
	readonly animeId?: number | undefined;
};

/**
 * Puts an engine together from the real parts: the queue in its database, the disk, the providers that are enabled.
 * Closing it closes them all. Rejects with a sentence for people where a part cannot be had.
 */
export const composeEngine = async (order: EngineOrder): Promise<LocalEngine> => {
	const {config, paths, isScheduling} = order;
	const clock = systemClock;
	const secrets: Array<() => readonly string[]> = [];
	const onSecrets = (known: () => readonly string[]): void => {
		secrets.push(known);
		order.onSecrets?.(known);
	};
	const http = createHttp();
	const api = createApi();
	const store = openSqliteStore({path: paths.database, hasBallast: isScheduling});
	try {
		const owner = ownerName(store.queue) as OwnerId;
		const log = createJobLog({directory: paths.logs, clock});
		const pipeline = composePipeline({
			...order,
			clock,
			store,
			log,
			providers: createProviders({...order, onSecrets, clock, http, owner}).map(one => fetchedOnce(one)),
			animeId: order.animeId,
		});
		const disk = await createDiskProbe({
			path: paths.storage,
			trees: paths.trees,
			clock,
			memory: join(paths.root, 'volume.json'),
		});
		const toSettings = (from: Config): EngineSettings =>
			toEngineSettings(from, {owner, isScheduling, workers: order.workers});
		const engine = await createEngine(
			{
				clock,
				store,
				providers: pipeline.providers,
				catalogs: createCatalogs({...order, clock, api}),
				disk,
				dataDisk: createSpaceProbe({path: paths.root, clock}),
				finisher: createFinisher({
					storage: paths.storage,
					queue: store.queue,
					template: config.queue.output,
					probe: config.finish.ffprobe,
					steps: [...(config.finish.container === 'mkv' ? [createRemuxStep()] : []), ...tagSteps(order, http)],
					isMounted: async () => (await disk.sample()) !== undefined,
				}),
				log,
				endSurvivors: async tokens => {
					await endOrphans(store.queue, tokens);
				},
				resources: createResourceMeter(),
				...(order.reload === undefined
					? {}
					: {reread: createReread({...order.reload, config, toSettings, workers: order.workers})}),
				examine: async () => {
					// Asked for rarely, and never at the start.
					const [{examineMachine}, {size}] = await Promise.all([
						import('./doctor/machine.ts'),
						import('./commands/format.ts'),
					]);
					return examineMachine({...order, file: order.file, notes: order.notes ?? [], size});
				},
			},
			toSettings(config),
		);
		const notify = await composeNotify({
			...order,
			clock,
			store,
			secrets: () => secrets.flatMap(known => known()),
		});
		const joined = notify.join(pipeline.join(engine));
		return {
			...joined,
			async close() {
				await joined.close();
				await Promise.all([http.close(), api.close()]);
			},
		};
	} catch (error) {
		await store.close();
		throw error;
	}
};

/** Tags for music, where they are wanted. */
const tagSteps = ({config: {tags}, version}: EngineOrder, http: Http): readonly RefineStep[] => {
	if (!tags.enabled) return [];
	const covers = createCovers({
		http,
		clock: systemClock,
		userAgent: `tidegate/${version}`,
		mostBytes: Math.floor(tags.cover_max_mb * 1e6),
	});
	return [
		createTagStep({
			fields: tags.fields,
			isOverwriting: tags.overwrite,
			covers: tags.cover ? covers : undefined,
			tagger: createTagger(),
		}),
	];
};
