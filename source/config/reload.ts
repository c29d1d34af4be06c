import {isDeepStrictEqual} from 'node:util';
import type {Reread} from '../engine/reload.ts';
import type {EngineSettings} from '../engine/settings.ts';
import {tomlValue, withoutSecrets} from './describe.ts';
import type {Config, LoadedConfig} from './load.ts';

/** When a changed key counts: at once, at the next screen, or not before the scheduler starts again. */
export type Effect = 'now' | 'next-screen' | 'restart';

export type ConfigChange = {
	readonly path: readonly string[];
	/** Undefined: not there. Secrets are masked. */
	readonly before: unknown;
	readonly after: unknown;
	readonly effect: Effect;
};

/** Keys that the running scheduler asks for each time it needs them. */
export const liveKeys: ReadonlySet<string> = new Set([
	'disk_management.hard_limit_gb',
	'disk_management.pause_threshold_gb',
	'disk_management.resume_threshold_gb',
	'disk_management.pause_below_free_gb',
	'disk_management.resume_above_free_gb',
	'disk_management.stop_below_free_gb',
	'disk_management.check_interval_seconds',
	'disk_management.cache_duration_seconds',
	'disk_management.resume_dwell_seconds',
	'disk_management.max_concurrent_downloads',
	'queue.max_attempts',
	'queue.retry_base_seconds',
	'queue.retry_cap_seconds',
	'queue.max_active_batches',
	'queue.max_active_per_batch',
	'bandwidth.limit',
	'bandwidth.windows',
	'bandwidth.daily_quota',
	'bandwidth.monthly_quota',
	'catalogs.provider',
	'logging.level',
]);

/** The same of each provider: the limits of its lanes. */
const liveProviderKeys: ReadonlySet<string> = new Set([
	'max_active',
	'start_interval_seconds',
	'breaker_failures',
	'breaker_open_seconds',
]);

export type RereadOrder = {
	/** What holds now. */
	readonly config: Config;
	/** Reads the file again. */
	readonly load: () => LoadedConfig;
	readonly toSettings: (config: Config) => EngineSettings;
	/** The number of `--workers`, which no file changes. */
	readonly workers?: number | undefined;
	/** Is told what holds from now on. */
	readonly onConfig?: ((config: Config) => void) | undefined;
};

/** Reads the configuration again, and says of each key that has changed when that counts. */
export const createReread = ({config: atStart, load, toSettings, workers, onConfig}: RereadOrder) => {
	let current = atStart;
	return async (): Promise<Reread> => {
		const loaded = load();
		if (!loaded.ok) return {ok: false, problems: loaded.problems};
		const after = loaded.config;
		const changes = [
			...changesBetween(current, after).filter(({effect}) => effect !== 'restart'),
			// Told again as long as it is so.
			...changesBetween(atStart, after).filter(({effect}) => effect === 'restart'),
		];
		current = after;
		onConfig?.(after);
		const told = changes.map(change => changeLine(change, workers));
		const settings = toSettings(after);
		return {ok: true, settings, told: told.length === 0 ? ['the configuration has not changed'] : told};
	};
};

/** Every key that is another one, in the order of config.toml. A section that is new or gone counts as one. */
export const changesBetween = (before: Config, after: Config): readonly ConfigChange[] => {
	// What may be a secret is told by where it stands, so that the whole is masked, and asked for each value.
	const [shownBefore, shownAfter] = [withoutSecrets(before), withoutSecrets(after)];
	return differences([], before, after).map(path => ({
		path,
		before: valueAt(shownBefore, path),
		after: valueAt(shownAfter, path),
		effect: effectOf(path, before, after),
	}));
};

const valueAt = (value: unknown, path: readonly string[]): unknown =>
	path.reduce((inner, name) => (isTable(inner) ? inner[name] : undefined), value);

/** A change in one line. */
export const changeLine = ({path, before, after, effect}: ConfigChange, workers?: number): string => {
	const section = path.slice(0, -1).join('.');
	const name = path.at(-1) ?? '';
	const isSection = isTable(before) || isTable(after);
	const what = isSection ? `[${path.join('.')}]` : `[${section}] ${name}`;
	const change = isSection ? (before === undefined ? 'is new' : 'is gone') : `${shown(before)} → ${shown(after)}`;
	const isOverruled = workers !== undefined && path.join('.') === 'disk_management.max_concurrent_downloads';
	return `${what}${isSection ? ' ' : ': '}${change}${isOverruled ? `, but --workers ${workers} holds` : when[effect]}`;
};

const when: Readonly<Record<Effect, string>> = {
	now: '',
	'next-screen': '; the next screen shows it',
	restart: '; this needs a restart',
};

const longest = 100;

const shown = (value: unknown): string => {
	if (value === undefined) return 'nothing';
	const text = tomlValue(value);
	return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

type Path = readonly string[];

const differences = (path: Path, before: unknown, after: unknown): readonly Path[] => {
	if (isDeepStrictEqual(before, after)) return [];
	if (!isTable(before) || !isTable(after)) return [path];
	const names = new Set([...Object.keys(before), ...Object.keys(after)]);
	return [...names].flatMap(name => differences([...path, name], before[name], after[name]));
};

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const effectOf = (path: readonly string[], before: Config, after: Config): Effect => {
	const [section = '', name = '', key = ''] = path;
	if (liveKeys.has(path.join('.'))) return 'now';
	if (section === 'screen' || section === 'keys') return 'next-screen';
	if (section !== 'providers' || path.length !== 3) return 'restart';
	const isKnown = name in before.providers && name in after.providers;
	const isLive = liveProviderKeys.has(key);
	return isKnown && isLive ? 'now' : 'restart';
};
