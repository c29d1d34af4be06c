/** What can be written in the panel for adding; `source` is the line that is typed. */
export const addFields = ['source', 'batch', 'priority', 'paused', 'provider', 'quality', 'episodes'] as const;
export type AddField = (typeof addFields)[number];

/** What a person has written to be added. It is kept until it was added or erased, also while the panel is closed. */
export type Draft = {
	/** The field that has the caret. */
	readonly field: AddField;
	/** Its text, which is ahead of what `fields` has of it. */
	readonly text: string;
	/** Where the next character goes; absent at the end. */
	readonly caret?: number | undefined;
	readonly fields: Readonly<Record<AddField, string>>;
	/** Lines that were pasted, beside the one that is typed. */
	readonly lines: readonly string[];
	/** The line under the cursor, counted from 0 over the pasted ones and the typed one; undefined in the fields. */
	readonly cursor: number | undefined;
	/** It is being added. */
	readonly isBusy: boolean;
};

export const emptyDraft: Draft = {
	field: 'source',
	text: '',
	fields: {source: '', batch: '', priority: '', paused: '', provider: '', quality: '', episodes: ''},
	lines: [],
	cursor: undefined,
	isBusy: false,
};

/** What stands in all fields now. */
export const fieldsOf = ({field, fields, text}: Draft): Readonly<Record<AddField, string>> =>
	fields[field] === text ? fields : {...fields, [field]: text};

/** The line that is typed. */
export const typedLine = (draft: Draft): string => (draft.field === 'source' ? draft.text : draft.fields.source).trim();

/** All lines of the draft, the typed one last. */
export const linesOf = (draft: Draft): readonly string[] => {
	const typed = typedLine(draft);
	return typed === '' ? draft.lines : [...draft.lines, typed];
};

/** Whether nothing would be lost without it. */
export const isBlank = (draft: Draft): boolean => linesOf(draft).length === 0;

/** What a field takes of a typed or pasted text. */
export const accepted = (field: AddField, text: string): string => {
	switch (field) {
		case 'priority':
		case 'paused':
			return '';
		case 'episodes':
			return text.replaceAll(/[^\d,\- ]/g, '');
		case 'source':
		case 'batch':
		case 'provider':
		case 'quality':
			return text;
	}
};

/** A key in a field of few values: a digit is the priority, a space pauses or not. Undefined where it is nothing of that. */
export const chosen = (draft: Draft, key: string): Draft | undefined => {
	if (draft.field === 'priority') return /^\d$/.test(key) ? {...draft, text: key, caret: undefined} : draft;
	if (draft.field === 'paused') return key === ' ' ? turned(draft, 1) : draft;
	return undefined;
};

const usualPriority = 5;

/** The next value of a field that has few: the priority one higher or lower, paused or not. */
export const turned = (draft: Draft, step: 1 | -1): Draft => {
	const {field, text} = draft;
	if (field === 'paused') return {...draft, text: text === '' ? 'yes' : '', caret: undefined};
	if (field !== 'priority') return draft;
	const priority = (text === '' ? usualPriority : Number(text)) + step;
	return priority < 0 || priority > 9 ? draft : {...draft, text: String(priority), caret: undefined};
};

/** Puts the caret into another field. */
export const movedTo = (draft: Draft, field: AddField): Draft => {
	const fields = fieldsOf(draft);
	return {...draft, fields, field, text: fields[field], caret: undefined, cursor: undefined};
};

export const fieldAfter = (field: AddField, step: 1 | -1): AddField =>
	addFields[(addFields.indexOf(field) + step + addFields.length) % addFields.length] ?? 'source';

/** Longer lines are lists of one: nobody edits them by hand. */
const longestTyped = 4000;

/** Pasted lines: one goes where the caret is, by `insert`; several are sources. */
export const pasted = (
	draft: Draft,
	lines: readonly string[],
	insert: (draft: Draft, text: string) => Draft,
): Draft => {
	const [first = ''] = lines;
	const isTyped = lines.length === 1 && (draft.field !== 'source' || draft.lines.length === 0);
	if (isTyped && first.length + draft.text.length <= longestTyped) return insert(draft, accepted(draft.field, first));
	return {...movedTo(draft, 'source'), lines: [...draft.lines, ...lines]};
};

/** Where a piece of a paste was cut: it begins with a new line; its last line may go on in the next piece. */
export type Cuts = {readonly isNewLine: boolean; readonly isOpen: boolean};

/** A piece of a list: its first line goes on where the typed one ends, and its last one stays to be gone on with. */
export const continued = (
	draft: Draft,
	lines: readonly string[],
	{isNewLine, isOpen}: Cuts,
	insert: (draft: Draft, text: string) => Draft,
): Draft => {
	if (lines.length === 1 && isOpen && draft.field !== 'source') return pasted(draft, lines, insert);
	const typed = typedLine(draft);
	const [first = '', ...others] = lines;
	const all = typed === '' ? lines : isNewLine ? [typed, ...lines] : [typed + first, ...others];
	const text = isOpen ? (all.at(-1) ?? '') : '';
	return {...movedTo(draft, 'source'), lines: [...draft.lines, ...(isOpen ? all.slice(0, -1) : all)], text};
};

/** The draft without these lines, which are counted as `linesOf` has them. */
export const without = (draft: Draft, places: ReadonlySet<number>): Draft => {
	const lines = draft.lines.filter((_, place) => !places.has(place));
	const moved = movedTo(draft, 'source');
	return {...moved, lines, text: places.has(draft.lines.length) ? '' : moved.text};
};

/** The line under the cursor taken into the field, to be corrected; what was typed there becomes a line. */
export const corrected = (draft: Draft): Draft => {
	const {cursor, lines} = draft;
	const line = cursor === undefined ? undefined : lines[cursor];
	const moved = movedTo(draft, 'source');
	if (cursor === undefined || line === undefined) return moved;
	const typed = typedLine(draft);
	return {...moved, lines: typed === '' ? lines.toSpliced(cursor, 1) : lines.with(cursor, typed), text: line};
};

/** Title, the line that is typed, and the other fields. */
export const frameRows = 3;
const mostShown = 12;

/** Rows that the panel would like: what one line is, which may take two, or a dozen of many. */
export const addRows = (draft: Draft): number => frameRows + Math.max(2, Math.min(mostShown, linesOf(draft).length));
