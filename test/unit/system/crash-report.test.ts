import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {createCrashReporter} from '../../../source/system/crash-report.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const bare = 'Cq-a-bare-secret-Qq';
const inAddress = 'https://user:Cq-password-Qq@example.org/?token=Cq-token-Qq';

test('a report and the line about it hold no secret: not those that patterns know, nor those that are told to be some', async () => {
	const reporter = createCrashReporter('1.2.3');
	let asked = 0;
	reporter.hide(() => {
		asked++;
		return [bare];
	});
	reporter.keepIn(await temporaryDirectory());
	reporter.note(`the tool said ${bare} at ${inAddress}`);
	expect(asked).toBe(0);
	const error = new Error(`failed with ${bare} at ${inAddress}`, {cause: new Error(`because of ${bare}`)});
	const path = reporter.write(error) ?? '';
	const report = readFileSync(path, 'utf8');
	expect(report).toContain('failed with *** at https://');
	expect(report).toContain('because of ***');
	expect(report).toContain('the tool said ***');
	expect(report + reporter.line(error, path)).not.toMatch(/Cq-/);
	expect(reporter.line(error, path)).toContain(path);
});

test('where the secrets cannot be had, nothing is told that might hold one', async () => {
	const reporter = createCrashReporter('1.2.3');
	reporter.hide(() => {
		throw new Error('gone');
	});
	reporter.keepIn(await temporaryDirectory());
	const error = new Error(`failed with ${bare}`);
	const path = reporter.write(error) ?? '';
	expect(readFileSync(path, 'utf8') + reporter.line(error, path)).not.toMatch(/Cq-/);
});
