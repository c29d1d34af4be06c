/** Lines longer than this many UTF-16 units are cut; what follows up to the line's end is dropped. */
export const longestLine = 65_536;

export type LineSplitter = {
	/** Takes the next bytes; calls back for every line that they complete. */
	readonly push: (chunk: Uint8Array) => void;
	/** Gives out the unfinished last line, if there is one. Nothing may be pushed afterwards. */
	readonly end: () => void;
};

/**
 * Splits bytes into lines at CR LF, CR or LF, wherever the chunks happen to be cut. A progress display that repaints itself
 * with bare CRs gives one line per repaint. Memory is bounded by `longestLine` and the size of one chunk.
 */
export const createLineSplitter = (onLine: (line: string) => void, longest = longestLine): LineSplitter => {
	const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
	let unfinished = '';
	// A CR has ended the line; if the next character is a LF, it belongs to that CR, even in another chunk.
	let isAfterReturn = false;

	const add = (text: string): void => {
		const room = longest - unfinished.length;
		if (room > 0) unfinished += text.length > room ? text.slice(0, room) : text;
	};

	const finish = (): void => {
		const line = withoutHalfPair(unfinished, longest);
		unfinished = '';
		onLine(line);
	};

	const take = (text: string): void => {
		let start = 0;
		if (isAfterReturn && text.length > 0) {
			if (text.startsWith('\n')) start = 1;
			isAfterReturn = false;
		}

		const ends = /\r\n|\r|\n/g;
		ends.lastIndex = start;
		for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
			add(text.slice(start, end.index));
			finish();
			start = ends.lastIndex;
			isAfterReturn = start === text.length && end[0] === '\r';
		}

		add(text.slice(start));
	};

	return {
		push: chunk => take(decoder.decode(chunk, {stream: true})),
		end: () => {
			take(decoder.decode());
			if (unfinished !== '') finish();
		},
	};
};

/** A cut line may end in the first half of a surrogate pair. */
const withoutHalfPair = (line: string, longest: number): string =>
	line.length === longest && /[\uD800-\uDBFF]$/.test(line) ? line.slice(0, -1) : line;
