/*
 * Runs benchmarks in turn and prints one table: `node test/bench/run.ts [--json] [NAME…]`. A missed aim is told, and is no
 * failure; a benchmark that cannot be run is one.
 */
import {readdir} from 'node:fs/promises';
import stringWidth from 'string-width';
import type {Bench, BenchRow} from './bench.ts';

type Result = {readonly bench: string; readonly rows: readonly BenchRow[]; readonly problem: string | undefined};

const main = async (): Promise<void> => {
	const options = process.argv.slice(2);
	const wanted = options.filter(option => !option.startsWith('--'));
	const names = await benchNames();
	const unknown = wanted.filter(name => !names.includes(name));
	if (unknown.length > 0) {
		process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
		process.exitCode = 2;
		return;
	}

	const results: Result[] = [];
	for (const name of names.filter(one => wanted.length === 0 || wanted.includes(one))) {
		process.stderr.write(`${name} …\n`);
		results.push(await runBench(name));
	}

	process.stdout.write(options.includes('--json') ? `${JSON.stringify(results, undefined, '\t')}\n` : report(results));
	if (results.some(({problem}) => problem !== undefined)) process.exitCode = 1;
};

const suffix = '.bench.ts';

const benchNames = async (): Promise<readonly string[]> =>
	(await readdir(import.meta.dirname))
		.filter(file => file.endsWith(suffix))
		.map(file => file.slice(0, -suffix.length))
		.toSorted();

const runBench = async (name: string): Promise<Result> => {
	try {
		const {default: bench} = (await import(new URL(`${name}${suffix}`, import.meta.url).href)) as {default: Bench};
		return {bench: name, rows: await bench.run(), problem: undefined};
	} catch (error) {
		return {bench: name, rows: [], problem: error instanceof Error ? (error.stack ?? error.message) : String(error)};
	}
};

const report = (results: readonly Result[]): string => {
	const rows = results.flatMap(({bench, rows: lines}) =>
		lines.map(({what, measured, aim, isMet, note}) => [bench, what, measured, aim, verdict(isMet), note]),
	);
	const missed = results.flatMap(({rows: lines}) => lines.filter(({isMet}) => isMet === false));
	return [
		table([['bench', 'what', 'measured', 'aim', '', 'note'], ...rows]),
		missed.length === 0 ? 'every aim was met' : `missed: ${missed.map(({what}) => what).join('; ')}`,
		...results.flatMap(({bench, problem}) => (problem === undefined ? [] : `${bench} could not be run: ${problem}`)),
		'',
	].join('\n');
};

const verdict = (isMet: boolean | undefined): string => (isMet === undefined ? '' : isMet ? 'met' : 'MISSED');

const table = (rows: ReadonlyArray<readonly string[]>): string => {
	const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => stringWidth(row[column] ?? '')))) ?? [];
	const line = (row: readonly string[]): string =>
		row
			.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
			.join('  ')
			.trimEnd();
	return rows.map(line).join('\n');
};

await main();
