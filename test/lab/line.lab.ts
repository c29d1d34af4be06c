import {drops, hasTmux, type Drop} from '../support/line.ts';
import {runLine, type LineRunResult} from '../support/line-run.ts';
import {same, type Lab} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 100);
/** Of each five, the first is the screen that the scheduler runs in. */
const perRun = 5;

const line: Lab = {
	name: 'line',
	about: `${count} lines drop during 8 running downloads: ${drops.join(', ')}`,
	async run(say) {
		const ways = drops.filter(drop => drop !== 'tmux kill-pane' || hasTmux());
		if (ways.length < drops.length) say('skipped: needs tmux: kill-pane');
		const order = Array.from({length: count}, (_, index): Drop => ways[index % ways.length] ?? 'SIGHUP to the process');
		const results: LineRunResult[] = [];
		for (let from = 0; from < count; from += perRun) {
			results.push(await runLine({drops: order.slice(from, from + perRun), files: 8, seconds: 12}));
		}

		const sum = (pick: (result: LineRunResult) => number): number =>
			results.reduce((total, result) => total + pick(result), 0);
		const shown = results.flatMap(({shownAfter}) => shownAfter).toSorted((one, other) => one - other);
		const at = (share: number): number => Math.round(shown[Math.floor((shown.length - 1) * share)] ?? 0);
		const late = shown.filter(time => time > 1000).length;
		say(
			`the next tidegate shows all 8 after ${at(0.5)} ms (median of ${shown.length}), 95 %: ${at(0.95)} ms, longest ${at(1)} ms`,
		);
		return [
			same(
				'lines dropped',
				count,
				sum(result => result.drops),
			),
			same(
				'downloads completed',
				results.length * 8,
				sum(result => result.completed),
			),
			same(
				'requests beyond one for each file',
				0,
				sum(result => result.interrupted),
			),
			same(
				'wrong checksums',
				0,
				sum(result => result.wrongChecksums),
			),
			same(
				'schedulers that ended with a screen',
				0,
				sum(result => result.schedulersLost),
			),
			same(
				'screens that stayed behind',
				0,
				sum(result => result.leftBehind),
			),
			same(
				'screens on which nothing moved',
				0,
				sum(result => result.still),
			),
			same('screens that took longer than 1 s to show the downloads', 0, late),
		];
	},
};

export default line;
