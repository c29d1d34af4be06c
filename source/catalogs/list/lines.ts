export type NumberedLine = {readonly text: string; /** From 1. */ readonly number: number; readonly problem?: string};

const longestLine = 100_000;

/** The lines of a text, however its pieces are cut; they end with LF, CR LF or CR. */
export const linesIn = async function* (chunks: AsyncIterable<string>): AsyncGenerator<NumberedLine> {
	let rest = '';
	let number = 0;
	for await (const chunk of chunks) {
		rest += chunk;
		// A CR at the end may be the half of a line end.
		const end = rest.endsWith('\r') ? rest.length - 1 : rest.length;
		const lines = rest.slice(0, end).split(/\r\n|\r|\n/);
		rest = (lines.pop() ?? '') + rest.slice(end);
		for (const text of lines) yield {text, number: ++number};
		if (rest.length > longestLine) {
			yield {text: '', number: number + 1, problem: `line ${number + 1}: it is longer than ${longestLine} characters`};
			return;
		}
	}

	for (const text of rest.split(/\r\n|\r|\n/)) yield {text, number: ++number};
};
