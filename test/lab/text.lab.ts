import {hostileTexts} from '../support/hostile-text.ts';
import {checkLog, checkPlacing, textStages} from '../support/text-stages.ts';
import {showHostile} from '../support/hostile-screen.ts';
import {same, type Lab, type LabRow} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 1_000_000);
const seed = Number(process.env['LAB_SEED'] ?? 1);

/** How many of a kind are told in full. */
const mostTold = 5;

const text: Lab = {
	name: 'text',
	about: `${count} hostile titles and lines through everything that shows, logs, keeps or runs them (seed ${seed})`,
	async run(say) {
		const rows: LabRow[] = [];
		const tell = (what: string, times: number, wrong: readonly string[]): void => {
			for (const one of wrong.slice(0, mostTold)) say(`${what}: ${one}`);
			rows.push(same(`${what}: ${times} texts, wrong`, 0, wrong.length));
		};

		const counts = textStages.map(() => 0);
		const wrong = textStages.map((): string[] => []);
		const started = performance.now();
		const next = hostileTexts(seed);
		const logged: string[] = [];
		for (let index = 0; index < count; index++) {
			const one = next();
			if (index % 5 === 0) logged.push(one);
			for (const [at, stage] of textStages.entries()) {
				if (index % stage.every !== 0) continue;
				counts[at] = (counts[at] ?? 0) + 1;
				const problem = tryOut(() => stage.check(one, index));
				if (problem !== undefined) wrong[at]?.push(`text ${index} ${JSON.stringify(one.slice(0, 200))}: ${problem}`);
			}

			if (logged.length >= 50_000) {
				const problems = await checkLog(logged);
				for (const problem of problems.slice(0, mostTold)) say(`logs: ${problem}`);
				rows.push(same(`job logs: ${logged.length} lines, wrong`, 0, problems.length));
				logged.length = 0;
			}
		}

		if (logged.length > 0) tell('job logs', logged.length, await checkLog(logged));
		for (const [at, stage] of textStages.entries()) tell(stage.name, counts[at] ?? 0, wrong[at] ?? []);
		say(`${((performance.now() - started) / 1000).toFixed(0)} s for the texts above`);
		const sample = hostileTexts(seed + 1);
		const some = Array.from({length: Math.min(count, 3000)}, () => sample());
		tell('files that were placed', some.length, await checkPlacing(some));
		const shown = await showHostile({seed: seed + 2, titles: Math.min(count, 2400)});
		say(`${shown.titles} titles on the screen in ${shown.looks} looks, ${shown.bytes} bytes`);
		tell('the screen in a terminal', shown.titles, shown.wrong);
		return rows;
	},
};

export default text;

const tryOut = (check: () => string | undefined): string | undefined => {
	try {
		return check();
	} catch (error) {
		return `it throws: ${String(error)}`;
	}
};
