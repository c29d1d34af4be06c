/**
 * The line (from 1) where a key stands in a TOML text, or where its section begins, or undefined where neither is found.
 * Our own lines, because smol-toml 1.9 gives places for syntax errors only. Finds `[a.b]` headers, `key = …` below them
 * and dotted keys; a key inside an inline table is answered with the line of that table.
 */
export const lineOfKey = (text: string, path: readonly string[]): number | undefined => {
	let section: readonly string[] = [];
	let nearest: {readonly line: number; readonly depth: number} | undefined;
	for (const [index, raw] of text.split(/\r?\n/).entries()) {
		const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?/.exec(raw);
		const assignment = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(raw);
		const found =
			header === null ? (assignment === null ? undefined : [...section, ...parts(assignment[1])]) : parts(header[1]);
		if (header !== null) section = found ?? [];
		if (found === undefined || found.length > path.length) continue;
		if (!found.every((name, depth) => name === path[depth])) continue;
		if (nearest === undefined || found.length > nearest.depth) nearest = {line: index + 1, depth: found.length};
	}

	return nearest?.line;
};

const parts = (dotted = ''): readonly string[] =>
	[...dotted.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(match => match[1] ?? match[2] ?? match[3] ?? '');
