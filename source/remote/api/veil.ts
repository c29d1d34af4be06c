import {maskSecrets} from '../../domain/text.ts';

/** Takes out of answers what is nobody's business elsewhere: paths of this machine, and what could be a secret. */
export type Veil = {
	/** A text that was written for people who sit at the machine. */
	text(text: string): string;
	/** A JSON document, all its texts. */
	json<Value>(value: Value): Value;
};

// An absolute path that stands by itself; those in addresses follow a letter, a colon or a slash.
const absolutePath = /(?<![\w.:/\\>~…-])\/(?:[^\s/'"`,;:()<>|]+\/+)*([^\s/'"`,;:()<>|]+)(?=\/?)/g;

/** Values that are no text for people: cursors, ids, and what stands in a path below the storage already. */
const plainKeys: ReadonlySet<string> = new Set(['next', 'id', 'output', 'checksum', 'event']);
/** Names that people gave; only what is known to be a path of ours goes. */
const titleKeys: ReadonlySet<string> = new Set(['title', 'batch', 'filter', 'name', 'label']);

/**
 * `storage` is where finished files are: paths below it are told relative to it. Other `roots` (the data folder, the home
 * folder) are told as `…`, and so is the folder of any other absolute path.
 */
export const createVeil = (storage: string, roots: readonly string[]): Veil => {
	const known = [...new Set(roots)]
		.filter(root => root.length > 1 && root !== storage)
		.toSorted((a, b) => b.length - a.length);
	const withoutRoots = (text: string): string => {
		if (!text.includes('/')) return text;
		const shown = text.replaceAll(`${storage}/`, '').replaceAll(storage, 'storage');
		return known.reduce((rest, root) => rest.replaceAll(root, '…'), shown);
	};

	const veiled = (text: string): string => {
		// The usual case by far: a status, an id, a time.
		if (!/[/=:@-]/.test(text)) return text;
		return withoutRoots(maskSecrets(text)).replaceAll(absolutePath, '…/$1');
	};

	const walk = (value: unknown, key: string): unknown => {
		if (typeof value === 'string') {
			if (plainKeys.has(key)) return value;
			if (key === 'source' && !/^(?:\/|file:)/i.test(value)) return maskSecrets(value);
			return titleKeys.has(key) ? withoutRoots(value) : veiled(value);
		}

		if (Array.isArray(value)) return value.map(item => walk(item, key));
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
	};

	return {text: veiled, json: <Value>(value: Value) => walk(value, '') as Value};
};
