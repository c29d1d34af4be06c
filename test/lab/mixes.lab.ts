import {mixInProcesses} from '../support/mixes-process.ts';
import {same, type Lab} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 100_000);
const seed = Number(process.env['LAB_SEED'] ?? 1);

/** The real screen in a model of a terminal; what is hit is compared with what stood under the cursor or carried a mark. */
const mixes: Lab = {
	name: 'mixes',
	about: `${count} keys, pastes, sizes and updates of the engine in a mix by chance (seeds from ${seed})`,
	async run(say) {
		const runs = await mixInProcesses({
			seed,
			count,
			processes: 2,
			say: line => {
				if (/0000 mixes/.test(line)) say(line);
			},
		});
		const sum = (name: 'keys' | 'pastes' | 'resizes' | 'updates' | 'calm' | 'commands' | 'compared'): number =>
			runs.reduce((all, run) => all + run[name], 0);
		say(
			`${sum('keys')} keys, of these ${sum('calm')} with a job under the cursor and nothing over it; ${sum('pastes')} pastes, ${sum('resizes')} sizes, ${sum('updates')} updates`,
		);
		say(`${sum('commands')} commands, ${sum('compared')} of them compared with the screen`);
		return (['wrongTargets', 'crashes', 'overflows', 'pasted'] as const).map(what => {
			const found = runs.flatMap(run => run[what]);
			for (const words of found.slice(0, 5)) say(words);
			return same(names[what], 0, found.length);
		});
	},
};

export default mixes;

const names = {
	wrongTargets: 'wrong targets',
	crashes: 'crashes',
	overflows: 'frames wider or taller than the window',
	pasted: 'pastes that were read as keys',
} as const;
