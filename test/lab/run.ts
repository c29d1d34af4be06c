/*
 * Runs the scenarios that are too long for `npm test`: all of `test/lab/*.lab.ts`, or those whose names are given.
 * Prints what was seen; exit code 1 where something was wrong. A skipped scenario is named and counted.
 */
import {readdirSync} from 'node:fs';
import type {Lab} from './lab.ts';

const names = process.argv.slice(2);
const files = readdirSync(import.meta.dirname).filter(file => file.endsWith('.lab.ts'));
const labs = await Promise.all(
	files.map(async file => ((await import(`./${file}`)) as {readonly default: Lab}).default),
);
const unknown = names.filter(name => !labs.some(lab => lab.name === name));
if (unknown.length > 0) {
	console.error(`there is no scenario ${unknown.join(', ')}; there are ${labs.map(lab => lab.name).join(', ')}`);
	process.exit(2);
}

const counts = {passed: 0, failed: 0, skipped: 0};
for (const lab of labs.filter(({name}) => names.length === 0 || names.includes(name))) {
	console.log(`\n${lab.name}: ${lab.about}`);
	const missing = lab.missing?.();
	if (missing !== undefined) {
		console.log(`  skipped: needs ${missing}`);
		counts.skipped++;
		continue;
	}

	for (const row of await lab.run(line => console.log(`  ${line}`))) {
		counts[row.isRight ? 'passed' : 'failed']++;
		console.log(
			`  ${row.isRight ? 'ok   ' : 'WRONG'} ${row.what}: ${row.seen}${row.isRight ? '' : ` (expected ${row.expected})`}`,
		);
	}
}

console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
