import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bundleApp} from './bundle-app.ts';
import {forbiddenIn} from './hostile-text.ts';
import {startInTerminal} from './terminal.ts';

const columns = 80;
const rows = 50;

/** The last words on the screen of the app, when all titles were shown. */
export const lastWords = 'ALL-WAS-SHOWN';

/**
 * Shows hostile titles on the real screen in a pseudo-terminal: no control code may reach it that the screen did not send
 * on purpose, and no row may be pushed out of its place.
 */
export const showHostile = async ({seed, titles}: {readonly seed: number; readonly titles: number}) => {
	const folder = await mkdtemp(join(tmpdir(), 'tidegate-hostile-'));
	const wrong = new Set<string>();
	let looks = 0;
	try {
		const app = join(folder, 'hostile-app.mjs');
		await bundleApp('hostile-app.tsx', app);
		await using terminal = startInTerminal(process.execPath, [app, String(seed), String(titles)], {columns, rows});
		await terminal.until(
			text => {
				looks++;
				for (const problem of problemsOf(terminal.lines())) wrong.add(problem);
				return text.includes(lastWords);
			},
			'the last title',
			120_000,
		);
		const raw = terminal.raw();
		for (const problem of codesIn(raw)) wrong.add(problem);
		return {titles, looks, bytes: raw.length, wrong: [...wrong]};
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
};

/** A frame may be half drawn when it is looked at, but each row is drawn in one piece and stays in its place. */
const problemsOf = (lines: readonly string[]): readonly string[] => {
	const problems: string[] = [];
	if (!lines.some(line => line.startsWith(' tidegate'))) return problems;
	if (!(lines[0] ?? '').startsWith(' tidegate')) problems.push('the header has moved');
	if (lines.slice(1).some(line => line.startsWith(' tidegate '))) problems.push('two headers');
	for (const line of lines) {
		const forbidden = forbiddenIn(line);
		if (forbidden !== undefined) problems.push(`on the screen: ${forbidden}`);
	}

	return problems;
};

/** What the screen itself sends: CSI sequences for colours, places and modes. Nothing else may begin with an escape. */
// oxlint-disable-next-line no-control-regex
const own = /\u001B\[[?>=<]?[\d;:]*(?:[A-HJKSTXfmhlnsu]| q)/g;

const codesIn = (raw: string): readonly string[] => {
	const rest = raw.replaceAll(own, '').replaceAll(/\r\n|\r|\n/g, '');
	const found = new Set<string>();
	for (let index = 0; index < rest.length; index++) {
		const unit = rest.charCodeAt(index);
		if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f))
			found.add(`sent to the terminal: ${JSON.stringify(rest.slice(index, index + 12))}`);
	}

	return [...found].slice(0, 20);
};
