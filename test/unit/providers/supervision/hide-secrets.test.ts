import {expect, test} from 'vitest';
import type {Provider, RunContext, RunOutcome} from '../../../../source/engine/ports.ts';
import {hidingSecrets} from '../../../../source/providers/supervision/hide-secrets.ts';
import {jobFor} from '../../../support/attempts.ts';

const secret = 'Cq-a-bare-secret-Qq';
const password = 'Cq-of-the-address-Qq';
const job = jobFor(`https://user:${password}@example.org/film`);

/** A provider that does this with what it is given. */
const providerThat = (run: (context: RunContext) => Promise<RunOutcome>): Provider =>
	hidingSecrets(
		{
			id: 'any',
			abilities: {resume: true, liveRateLimit: false, needsSearch: true},
			accepts: () => true,
			laneOf: () => 'any',
			canonical: source => source,
			check: async () => ({name: 'any', ok: true, version: '1', problem: undefined, fix: undefined}),
			run: (_job, context) => run(context),
			search: async (_job, context) => {
				await run(context);
				return {type: 'stopped'};
			},
		},
		() => [secret],
	);

const context = {log: () => undefined, report: () => undefined} as unknown as RunContext;

test.each([
	[new Error(`login ${secret} of ${password} was refused`), 'login *** of *** was refused'],
	[`just ${secret}`, 'just ***'],
])('what a provider throws is told without secrets, message and stack (%#)', async (thrown, message) => {
	const provider = providerThat(async () => {
		throw thrown;
	});
	for (const attempt of [provider.run(job, context), provider.search?.(job, context)]) {
		const error = (await attempt?.catch((reason: unknown) => reason)) as Error;
		expect(error.message).toBe(message);
		expect(error.stack).toContain(message);
		expect(error.stack).not.toContain(secret);
	}
});

test('what a provider tells holds none of the known values, wherever it stands', async () => {
	const told: unknown[] = [];
	const provider = providerThat(async ({log, report}) => {
		log(`a line with ${secret}`);
		report({phase: secret, title: password, bytes: 1});
		return {type: 'failed', failure: {code: 'gone', message: secret, detail: password}};
	});
	const listening = {log: (line: string) => told.push(line), report: (one: unknown) => told.push(one)};
	told.push(await provider.run(job, listening as unknown as RunContext));
	expect(JSON.stringify(told)).not.toMatch(/Cq-/);
	expect(told).toHaveLength(3);
});
