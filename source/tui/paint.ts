import type {Style, Tone} from './theme.ts';
import type {Line} from './view/spans.ts';

const inverse = {open: '\u001B[7m', close: '\u001B[27m'};

/**
 * A line as the terminal takes it: its text with the control sequences of its tones. The one place where looks become
 * bytes; the first frame and Ink's tree both draw what this returns.
 *
 * The line under the cursor is inverted as a whole and in one tone: pieces in several inverted colours are hard to read,
 * and what they mean stands there in words and shapes as well.
 */
export const paint = (line: Line, tones: Style['tones'], isInverse = false): string => {
	if (isInverse) return `${inverse.open}${line.map(([text]) => text).join('')}${inverse.close}`;
	let out = '';
	let open: Tone | undefined;
	for (const [text, tone] of line) {
		if (text === '') continue;
		// Neighbours of one tone share its sequences.
		if (tone !== open) {
			out += (open === undefined ? '' : tones[open].close) + tones[tone].open;
			open = tone;
		}

		out += text;
	}

	return open === undefined ? out : out + tones[open].close;
};
