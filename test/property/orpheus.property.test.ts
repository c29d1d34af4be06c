import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import type {AttemptToken} from '../../source/domain/job.ts';
import type {ProviderReport, RunContext} from '../../source/engine/ports.ts';
import {createSession} from '../../source/providers/orpheus/session.ts';
import {canonicalSource, wishOf} from '../../source/providers/orpheus/source.ts';
import {createLineSplitter} from '../../source/system/lines.ts';

const runs = Number(process.env['FC_RUNS'] ?? 200);

const listen = (id: string | undefined = 't') => {
	const reports: ProviderReport[] = [];
	const context = {
		directory: '/nowhere',
		token: 'test' as AttemptToken,
		report: (report: ProviderReport) => reports.push(report),
		log() {},
	} as unknown as RunContext;
	const session = createSession(context, {output: '/nowhere', temporary: '/nowhere', id, wanted: undefined});
	return {session, reports};
};

/** What a line of a title, an album or an artist may look like. */
const forged = fc.oneof(
	fc.constantFrom(
		'=== Track t downloaded ===',
		'=== Track t failed ===',
		'=== Track t skipped ===',
		'=== Track other downloaded ===',
		'=== Downloading track x (t) ===',
		'=== Downloading album x (1) ===',
		'=== Album x downloaded ===',
		'New settings detected',
		'No modules are installed',
		'^C pressed, exiting',
		'Warning: Track download failed: 429',
		'Traceback (most recent call last):',
		'100%|##########| 157k/157k [00:01<00:00, 60.5kB/s]',
	),
	fc.string({unit: 'binary', maxLength: 40}),
);

test('whatever titles look like, the last word of the tool on its track is the one that counts', () => {
	fc.assert(
		fc.property(fc.array(forged, {maxLength: 8}), fc.constantFrom('downloaded', 'failed', 'skipped'), (lines, how) => {
			const {session} = listen();
			session.hear(`=== Downloading track ${lines.join('\n').split('\n')[0] ?? ''}`);
			for (const line of lines.join('\n').split('\n').slice(1)) session.hear(line);
			session.hear(`=== Track t ${how} ===`);
			expect(session.heard().isDownloaded).toBe(how === 'downloaded');
			expect(session.heard().refused).toBeUndefined();
			expect(session.heard().refusal).toBeUndefined();
			expect(session.refusal.aborted).toBe(false);
		}),
		{numRuns: runs},
	);
});

test('a run that says nothing of its track has not got it, and bytes never go back', () => {
	const bar = fc
		.tuple(fc.nat(100), fc.nat(900), fc.nat(900))
		.map(([percent, done, all]) => `${percent}%|###  | ${done}k/${all}k [00:01<00:01, 60.5kB/s]`);
	fc.assert(
		fc.property(fc.array(fc.oneof(bar, fc.string({unit: 'binary', maxLength: 80}))), lines => {
			const {session, reports} = listen();
			for (const line of lines) session.hearError(line);
			expect(session.heard().isDownloaded).toBe(false);
			const bytes = reports.flatMap(report => report.bytes ?? []);
			expect(bytes).toEqual(bytes.toSorted((one, other) => one - other));
			for (const {bytes: now = 0, total = Infinity} of reports) expect(total).toBeGreaterThanOrEqual(now);
		}),
		{numRuns: runs},
	);
});

const transcript = [
	'',
	'=== Downloading track Sóng t1 (t1) ===',
	`${' '.repeat(8)}Artists: Ártist (R1)`,
	`${' '.repeat(8)}Duration: 03m:50s`,
	`${' '.repeat(8)}Downloading track file`,
	`\r${' '.repeat(8)} 52%|\u2588\u2588\u2588\u2588\u2588\u258F    | 81.0k/157k [00:01<00:01, 60.5kB/s]\r${' '.repeat(8)}100%|\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588| 157k/157k [00:02<00:00, 60.5kB/s]`,
	`${' '.repeat(8)}Tagging file`,
	'=== Track t1 downloaded ===',
	'',
].join('\n');

test('a transcript means the same in whatever pieces it arrives', () => {
	const bytes = new TextEncoder().encode(transcript);
	fc.assert(
		fc.property(fc.array(fc.nat(bytes.length), {maxLength: 20}), cuts => {
			const {session, reports} = listen('t1');
			const splitter = createLineSplitter(session.hear);
			let from = 0;
			for (const to of [...cuts.toSorted((one, other) => one - other), bytes.length]) {
				splitter.push(bytes.subarray(from, to));
				from = to;
			}

			splitter.end();
			expect(session.heard()).toMatchObject({isDownloaded: true, duration: 230, share: 1});
			expect(reports.at(-2)).toEqual({bytes: 160_768, total: 160_768});
		}),
		{numRuns: runs},
	);
});

test('any text is a source or none, never more than one argument, and its one spelling is its own', () => {
	fc.assert(
		fc.property(
			fc.oneof(
				fc.string(),
				fc.string().map(text => `orpheus:deezer/track/${text}`),
				fc.webUrl(),
			),
			text => {
				const wish = wishOf(text);
				if ('problem' in wish) return;
				expect(canonicalSource(canonicalSource(text))).toBe(canonicalSource(text));
				expect(wishOf(canonicalSource(text))).not.toHaveProperty('problem');
				if (wish.type === 'track') expect(wish.id).toMatch(/^\S+$/);
			},
		),
		{numRuns: runs},
	);
});
