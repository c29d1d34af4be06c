import type {KeymapRow, Scope} from './keymap.ts';

/** An action of the palette that matches what was written. */
export type PaletteEntry = {
	readonly row: KeymapRow;
	/** What was written behind its name, for actions that take something. */
	readonly argument: string | undefined;
};

/** The actions that the palette offers over a scope: one entry for each, with all its keys. */
export const paletteRows = (rows: readonly KeymapRow[], below: Scope): readonly KeymapRow[] => {
	const offered: readonly Scope[] = below === 'panes' ? ['panes', 'quit', 'always'] : [below, 'always'];
	const found = new Map<string, KeymapRow>();
	for (const scope of offered) {
		for (const row of rows.filter(one => one.scope === scope && one.action !== 'palette')) {
			// What closes a question is no action of its own.
			if (scope === 'quit' && row.action === 'close') continue;
			const known = found.get(row.action);
			// The letters that answer a question are no keys of the panes.
			const keys = scope === 'quit' ? [] : row.keys;
			if (known === undefined) found.set(row.action, {...row, keys});
			else found.set(row.action, {...known, keys: [...new Set([...known.keys, ...keys])]});
		}
	}

	return [...found.values()];
};

/**
 * The entries for a text, best first. `120` is a row's number; `workers 8` an action with what it takes; anything else is
 * looked for: by key, at the start of names, within them, in what they do, and at last as letters in their order.
 */
export const paletteEntries = (offered: readonly KeymapRow[], text: string): readonly PaletteEntry[] => {
	const wanted = text.trim();
	const goTo = /^\d+$/.test(wanted) ? offered.find(row => row.action === 'go-to') : undefined;
	if (goTo !== undefined) return [{row: goTo, argument: wanted}];
	const [, name = '', argument] = /^(\S+)\s+(.*\S)\s*$/s.exec(text.trimStart()) ?? [];
	const taking = offered.find(row => row.argument !== undefined && isNamed(row, name));
	if (argument !== undefined && taking !== undefined) return [{row: taking, argument}];
	return offered
		.map((row, index) => ({row, index, grade: gradeOf(row, wanted)}))
		.filter(one => one.grade !== undefined)
		.toSorted((first, second) => (first.grade ?? 0) - (second.grade ?? 0) || first.index - second.index)
		.map(({row}) => ({row, argument: undefined}));
};

const isNamed = (row: KeymapRow, name: string): boolean => row.action === name || row.keys.includes(name);

/** How well a row fits, 0 best; undefined where it does not. */
const gradeOf = (row: KeymapRow, wanted: string): number | undefined => {
	if (wanted === '') return row.scope === 'quit' ? 99 : (row.rank ?? 98);
	const text = wanted.toLowerCase();
	const words = text.split(/\s+/);
	const name = row.action;
	const all = `${name} ${row.label}`.toLowerCase();
	const grades = [
		name === text,
		row.keys.includes(wanted),
		name.startsWith(text),
		name.split('-').some(part => part.startsWith(text)),
		words.every(word => name.includes(word)),
		words.every(word => all.includes(word)),
		isSubsequence(words.join(''), name),
	];
	const grade = grades.indexOf(true);
	return grade === -1 ? undefined : grade;
};

const isSubsequence = (letters: string, text: string): boolean => {
	let from = 0;
	for (const letter of letters) {
		const found = text.indexOf(letter, from);
		if (found === -1) return false;
		from = found + 1;
	}

	return true;
};
