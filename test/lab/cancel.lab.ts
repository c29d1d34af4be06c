import {spawnSync} from 'node:child_process';
import {runCancels} from '../support/cancel-run.ts';
import {same, type Lab} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 2000);
const seed = Number(process.env['LAB_SEED'] ?? 1);

/** The real engine with all providers and real tools; yt-dlp takes a second of a processor for each start, hence its share. */
const cancel: Lab = {
	name: 'cancel',
	about: `${count} cancels and pauses at moments of chance, over all providers (seed ${seed})`,
	missing() {
		const missing = ['yt-dlp', 'aria2c', 'curl', 'setsid'].filter(
			tool => spawnSync(tool, ['--version']).error !== undefined,
		);
		return missing.length === 0 ? undefined : missing.join(' and ');
	},
	async run(say) {
		const shares = {http: 30, aria2: 22, obedient: 18, stubborn: 15, 'yt-dlp': 15};
		const {wrong, ...seen} = await runCancels({count, seed, shares, say});
		say(`carried out: ${words(seen.carriedOut)}`);
		say(`the cancels and pauses by provider: ${words(seen.byProvider)}`);
		say(`the cancels and pauses met jobs that were: ${words(seen.moments)}`);
		say(`${seen.jobs} jobs, ${seen.completed} completed, ${seen.groupsSeen} process groups seen`);
		const rows = Object.entries(wrong).map(([what, list]) => {
			for (const line of list.slice(0, 10)) say(`seed ${seed}: ${what}: ${line}`);
			return same(
				what.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`),
				0,
				list.length,
			);
		});
		const stopped = (seen.carriedOut['pause'] ?? 0) + (seen.carriedOut['cancel'] ?? 0);
		return [{what: 'cancels and pauses', expected: `${count}`, seen: `${stopped}`, isRight: stopped >= count}, ...rows];
	},
};

export default cancel;

const words = (tally: Readonly<Record<string, number>>): string =>
	Object.entries(tally)
		.toSorted(([, a], [, b]) => b - a)
		.map(([what, times]) => `${what} ${times}`)
		.join(', ');
