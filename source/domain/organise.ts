import {cleanText} from './text.ts';

/*
 * Where a finished file goes. Templates look like `{batch}/{episode:03} {title}.{ext}`; every value becomes one safe path
 * component, so that no title can leave the storage root. Our own lines, because the libraries for file names (filenamify,
 * sanitize-filename) know neither templates nor the 255-byte limit of Linux filesystems.
 */

export type TemplateFields = Readonly<Record<string, string | number | undefined>>;

export type Template = {readonly segments: ReadonlyArray<readonly Part[]>};

type Part =
	| {readonly kind: 'text'; readonly text: string}
	| {readonly kind: 'field'; readonly name: string; readonly width: number};

/** Fields that every job has; others come from its catalog. */
export const commonFields = [
	'title',
	'batch',
	'provider',
	'id',
	'episode',
	'language',
	'quality',
	'name',
	'ext',
] as const;

const placeholder = /\{([a-z_]+)(?::0?(\d{1,2}))?\}/g;

/** Bytes that one path component may have on Linux filesystems, with room for a collision mark. */
const mostBytes = 240;

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** The longest beginning that fits, whole characters only. Reads no more of the text than that. */
const cutToBytes = (text: string, most: number): string => {
	let bytes = 0;
	let end = 0;
	for (const character of text) {
		bytes += byteLength(character);
		if (bytes > most) return text.slice(0, end);
		end += character.length;
	}

	return text;
};

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** One path component that is safe on every filesystem: no separators, no leading dot or dash, at most 240 bytes. */
export const safeName = (text: string, most = mostBytes): string => {
	const plain = cleanText(text)
		.replaceAll(/["*/:<>?\\|]/g, '_')
		.replaceAll(/\s+/g, ' ')
		.replace(/^[.\s~-]+/, '')
		.replace(/[.\s]+$/, '');
	const cut = cutToBytes(plain, most).replace(/[.\s]+$/, '');
	if (cut === '') return '_';
	return reserved.test(cut) ? `_${cut}` : cut;
};

/** The name and the extension of a file name, cut at the last dot; `tar.gz` and its kin stay together. */
export const splitName = (fileName: string): {readonly name: string; readonly ext: string} => {
	const match = /^(.+?)\.((?:tar\.)?[a-z\d]{1,8})$/i.exec(fileName);
	return match === null ? {name: fileName, ext: ''} : {name: match[1] ?? fileName, ext: match[2] ?? ''};
};

/** Reads a template, or says what is wrong with it. */
export const parseTemplate = (text: string): {readonly template: Template} | {readonly problem: string} => {
	if (text.trim() === '') return {problem: 'the output template is empty'};
	if (/^([/\\]|[a-z]:)/i.test(text))
		return {problem: 'an output template is relative to the storage folder; it may not start at the root'};
	if (text.includes('\0')) return {problem: 'an output template may not hold a NUL character'};
	const segments = text.split('/').filter(segment => segment !== '' && segment !== '.');
	if (segments.length === 0 || text.endsWith('/')) return {problem: 'the output template names a folder, not a file'};
	if (segments.includes('..')) return {problem: 'an output template may not leave the storage folder with `..`'};
	if (segments[0] === '.tidegate') return {problem: 'the folder .tidegate belongs to running jobs'};
	const parsed: Part[][] = [];
	for (const segment of segments) {
		const parts: Part[] = [];
		let end = 0;
		for (const match of segment.matchAll(placeholder)) {
			if (match.index > end) parts.push({kind: 'text', text: segment.slice(end, match.index)});
			parts.push({kind: 'field', name: match[1] ?? '', width: Number(match[2] ?? 0)});
			end = match.index + match[0].length;
		}

		if (end < segment.length) parts.push({kind: 'text', text: segment.slice(end)});
		for (const part of parts) {
			if (part.kind === 'text' && /[{}]/.test(part.text)) {
				return {problem: `\`${segment}\` holds a brace that is no field; fields look like {title} or {episode:03}`};
			}
		}

		parsed.push(parts);
	}

	return {template: {segments: parsed}};
};

const render = (part: Part, fields: TemplateFields): string => {
	if (part.kind === 'text') return part.text;
	const value = fields[part.name];
	if (value === undefined) return '';
	const text = String(value);
	return part.width > 0 && /^\d+$/.test(text) ? text.padStart(part.width, '0') : text;
};

/**
 * The path of a file under the storage root, `/` between its components, never empty, never outside the root.
 * Fields without a value vanish, and so do folders that have nothing else in them.
 */
export const pathFor = (template: Template, fields: TemplateFields): string => {
	const components: string[] = [];
	const last = template.segments.length - 1;
	for (const [index, segment] of template.segments.entries()) {
		const rendered = segment.map(part => render(part, fields)).join('');
		if (index < last) {
			if (cleanText(rendered).replaceAll(/[\s./\\-]+/g, '') !== '') components.push(safeName(rendered));
			continue;
		}

		// The extension survives the cut, and a missing one leaves no dot behind.
		const {name, ext} = splitName(cleanText(rendered));
		components.push(ext === '' ? safeName(rendered) : `${safeName(name, mostBytes - ext.length - 1)}.${ext}`);
	}

	return components.join('/');
};

/** The one path of a template without fields, or undefined where its path depends on the job. */
export const fixedPath = (template: Template): string | undefined =>
	template.segments.every(parts => parts.every(({kind}) => kind === 'text')) ? pathFor(template, {}) : undefined;

/** The same path with a number before its extension: `a/b (2).mkv`. */
export const numberedPath = (path: string, number: number): string => {
	const slash = path.lastIndexOf('/') + 1;
	const {name, ext} = splitName(path.slice(slash));
	return `${path.slice(0, slash)}${name} (${number})${ext === '' ? '' : `.${ext}`}`;
};
