import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The tiers, by the suffix of their files; see the README's section on tests. */
const tiers = {
	unit: {include: ['test/unit/**/*.test.ts'], testTimeout: 10_000},
	property: {include: ['test/property/**/*.property.test.ts'], testTimeout: 60_000},
	contract: {include: ['test/contract/**/*.contract.test.ts'], testTimeout: 60_000},
	integration: {include: ['test/integration/**/*.integration.test.ts'], testTimeout: 120_000},
	tui: {include: ['test/tui/**/*.tui.test.{ts,tsx}'], testTimeout: 30_000},
	e2e: {include: ['test/e2e/**/*.e2e.test.ts'], testTimeout: 120_000},
};

export default defineConfig({
	root,
	test: {
		pool: 'forks',
		maxWorkers: 3,
		reporters: ['default', fileURLToPath(new URL('support/summary-reporter.ts', import.meta.url))],
		projects: Object.entries(tiers).map(([name, tier]) => ({
			extends: true,
			root,
			test: {name, hookTimeout: tier.testTimeout, ...tier},
		})),
	},
});
