import {runAdds} from '../support/adding-run.ts';
import {same, type Lab} from './lab.ts';

const count = Number(process.env['LAB_COUNT'] ?? 10_000);
const seed = Number(process.env['LAB_SEED'] ?? 1);

/** Eight processes; every second one goes through the socket of a running scheduler, the others straight to the database. */
const adds: Lab = {
	name: 'adds',
	about: `${count} adds of the same and of near-same things by 8 processes at once (seed ${seed})`,
	async run(say) {
		const {wrong, held, ...seen} = await runAdds(count, seed);
		say(`${seen.seconds.toFixed(1)} s; held by the same thing ${held.same}, by the same file ${held.sameFile}`);
		for (const [what, list] of Object.entries(wrong))
			for (const line of list.slice(0, 10)) say(`seed ${seed}: ${what}: ${line}`);
		return [
			{what: 'adds', expected: `${count}`, seen: `${seen.adds}`, isRight: seen.adds >= count},
			same('rows', seen.expectedRows, seen.rows),
			same('batches', seen.expectedBatches, seen.batches),
			...Object.entries(wrong).map(([what, list]) =>
				same(
					what.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`),
					0,
					list.length,
				),
			),
		];
	},
};

export default adds;
