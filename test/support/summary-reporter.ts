import type {Reporter, TestCase, TestModule} from 'vitest/node';

/** Closes a run with one plain line, after the names of what was skipped: a skip is never silent. */
export default class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[]): void {
		const counts = {passed: 0, failed: 0, skipped: 0, pending: 0};
		const skipped: TestCase[] = [];
		for (const module of modules) {
			if (module.state() === 'failed' && module.errors().length > 0) counts.failed++;
			for (const test of module.children.allTests()) {
				counts[test.result().state]++;
				if (test.result().state === 'skipped') skipped.push(test);
			}
		}

		for (const test of skipped) {
			const result = test.result();
			const note = 'note' in result && result.note !== undefined ? ` (${result.note})` : '';
			console.log(`skipped: ${test.fullName}${note}`);
		}

		console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
	}
}
