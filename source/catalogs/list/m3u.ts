import {readRow, sourceIn, splitName, type ReadRow, type Row} from './rows.ts';

/** Reads a playlist of players line by line. Pure but for what it remembers of the lines before. */
export type M3uReader = {
	/** What the line stands for, where it stands for something. */
	read(line: string, number: number): ReadRow | undefined;
	/** What the list calls itself. */
	title(): string | undefined;
	/** Why it is no list of music. */
	problem(): string | undefined;
};

/** M3U and M3U8: `#EXTINF` says what follows; a path of a player's library is looked for by what it is. */
export const createM3uReader = (): M3uReader => {
	let about: Row = {};
	let title: string | undefined;
	let problem: string | undefined;

	const directive = (line: string, number: number): void => {
		const [, name = '', value = ''] = /^#([A-Z\d-]+):?\s*(.*)$/is.exec(line) ?? [];
		switch (name.toUpperCase()) {
			case 'EXTINF':
				about = {...about, ...readInfo(value)};
				return;
			case 'EXTART':
				about = {...about, artist: value};
				return;
			case 'EXTALB':
				about = {...about, album: value};
				return;
			case 'EXTGENRE':
				about = {...about, genre: value};
				return;
			case 'PLAYLIST':
				title ??= value.trim() === '' ? undefined : value.trim();
				return;
			default:
				// RFC 8216: these stand only in the pieces of one stream.
				if (/^EXT-X-/i.test(name))
					problem ??= `line ${number}: it is a stream in pieces, not a list; add its address with \`tidegate add\``;
		}
	};

	return {
		read(line, number) {
			const text = line.trim();
			if (text === '') return undefined;
			if (text.startsWith('#')) {
				directive(text, number);
				return undefined;
			}

			const row = about;
			about = {};
			const source = sourceIn(text);
			// The words of a stream are a label: whose piece it is, is in its own tags.
			if (source !== undefined) return {entry: {...(row.title === undefined ? {} : {title: row.title}), source}};
			return readPath(text, row, number);
		},
		title: () => title,
		problem: () => problem,
	};
};

/** `213 tvg-id="x",Artist - Title`: seconds, perhaps attributes in quotes, then the words. */
const readInfo = (value: string): Row => {
	const [, seconds = '', words = ''] = /^(-?[\d.]*)(?:[^",]|"[^"]*")*,(.*)$/s.exec(value) ?? [];
	return {...(words.trim() === '' ? {} : {title: words.trim()}), ...(Number(seconds) > 0 ? {duration: seconds} : {})};
};

const readPath = (path: string, row: Row, number: number): ReadRow => {
	const place = `line ${number}`;
	const read = readRow(row, place);
	if ('entry' in read) return read;
	// Without words, players name files `Artist - Title.mp3` or `01 Artist - Title.mp3`.
	const [name = ''] = (path.split(/[/\\]/).at(-1) ?? '').split(/\.[a-z\d]{2,5}$/i);
	const guessed = splitName(name) === undefined ? read : readRow({...row, title: name}, place);
	return 'entry' in guessed
		? guessed
		: {what: place, why: 'it is a path on this machine, and nothing says whose track it is'};
};
