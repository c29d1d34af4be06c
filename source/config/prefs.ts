import type {SortKey} from '../engine/ports.ts';

/** What the screen remembers between two starts. Kept apart from config.toml, which only people write. */
export type Preferences = {
	readonly sort: SortKey;
	readonly isDescending: boolean;
};

export type PreferenceStore = {
	read(): Preferences;
	/** Writes what changed; a disk that is full or read-only only costs the memory of it. */
	write(changes: Partial<Preferences>): void;
};

const defaults: Preferences = {sort: 'order', isDescending: false};

/** Opens the preferences in a folder. `conf` writes them atomically; it is loaded here, because only the screen needs it. */
export const openPreferences = async (directory: string): Promise<PreferenceStore> => {
	const {default: Conf} = await import('conf');
	const conf = new Conf<Preferences>({
		cwd: directory,
		configName: 'preferences',
		defaults,
		// A damaged file is no reason not to start.
		clearInvalidConfig: true,
		configFileMode: 0o600,
	});
	return {
		read: () => ({...defaults, ...conf.store}),
		write(changes) {
			try {
				conf.set(changes);
			} catch {
				// Nothing depends on it.
			}
		},
	};
};
