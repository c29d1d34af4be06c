import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Duration} from '../domain/time.ts';

/** What the screen remembers between two starts, by name. Kept apart from config.toml, which only people write. */
export type Kept = Readonly<Record<string, unknown>>;

export type PreferenceStore = {
	/** What was kept; nothing where the file is missing, damaged or none of ours. The reader judges each value. */
	read(): Kept;
	/** Keeps these beside what is there already, a moment later and once for many calls. */
	keep(values: Kept): void;
	/** Resolves when everything is written that can be. Never rejects: a disk that is full only costs the memory of it. */
	flush(): Promise<void>;
};

const fileName = 'preferences';
/** Ours has a few hundred bytes; what is larger is none of ours. */
const mostBytes = 65_536;
const writeDelay: Duration = 1000;

/**
 * The preferences in a folder, which need not be there. They are read by hand, because that is part of the way to the first
 * frame and `conf` takes 30 ms to load; it is loaded when something is to be written, which it does atomically.
 */
export const openPreferences = (directory: string): PreferenceStore => {
	let waiting: Record<string, unknown> = {};
	let timer: NodeJS.Timeout | undefined;
	let written = Promise.resolve();
	const write = (): void => {
		clearTimeout(timer);
		timer = undefined;
		if (Object.keys(waiting).length === 0) return;
		const values = waiting;
		waiting = {};
		written = written.then(() => writeTo(directory, values));
	};
	return {
		read: () => readFrom(join(directory, `${fileName}.json`)),
		keep(values) {
			waiting = {...waiting, ...values};
			timer ??= setTimeout(write, writeDelay);
			timer.unref();
		},
		async flush() {
			write();
			await written;
		},
	};
};

const readFrom = (path: string): Kept => {
	try {
		// A pipe in its place would never end.
		const found = statSync(path);
		if (!found.isFile() || found.size > mostBytes) return {};
		const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Kept) : {};
	} catch {
		return {};
	}
};

const writeTo = async (directory: string, values: Kept): Promise<void> => {
	try {
		const {default: Conf} = await import('conf');
		const conf = new Conf<Record<string, unknown>>({
			cwd: directory,
			configName: fileName,
			// A damaged file is written anew.
			clearInvalidConfig: true,
			configFileMode: 0o600,
		});
		conf.set({...values});
	} catch {
		// Nothing depends on it.
	}
};
