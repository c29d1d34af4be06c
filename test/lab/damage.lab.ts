import {spawnSync} from 'node:child_process';
import {runDamage} from '../support/damage-run.ts';
import {runCorpus} from '../support/failure-run.ts';
import {same, type Lab, type LabRow} from './lab.ts';

const rowsOf = (wrong: Readonly<Record<string, readonly string[]>>, say: (line: string) => void): readonly LabRow[] =>
	Object.entries(wrong).map(([what, list]) => {
		for (const line of list.slice(0, 10)) say(`${what}: ${line}`);
		return same(
			what.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`),
			0,
			list.length,
		);
	});

/** What is damaged is caught, what is good is not, and what cannot help is not repeated. */
const damage: Lab = {
	name: 'damage',
	about: 'more than 100 damaged outcomes over all providers, and every message of the corpus as the end of an attempt',
	missing() {
		const missing = ['yt-dlp', 'aria2c', 'curl', 'ffmpeg', 'ffprobe'].filter(
			name => spawnSync(name, ['--version']).error !== undefined,
		);
		return missing.length === 0 ? undefined : missing.join(' and ');
	},
	async run(say) {
		const rows: LabRow[] = [];
		let [damaged, caught] = [0, 0];
		for (const isWhole of [true, false]) {
			const found = await runDamage(isWhole);
			say(`${found.damaged} damaged, ${found.good} good; caught ${JSON.stringify(found.caught)}`);
			damaged += found.damaged;
			caught += Object.values(found.caught).reduce((sum, count) => sum + count, 0);
			rows.push(...rowsOf(found.wrong, say));
		}

		rows.push(same('damaged outcomes that were caught', damaged, caught));
		rows.push({what: 'damaged outcomes', expected: '100 or more', seen: `${damaged}`, isRight: damaged >= 100});
		const corpus = await runCorpus();
		say(`corpus: ${JSON.stringify(corpus.byProvider)}`);
		const share = (100 * corpus.rightClass) / corpus.messages;
		rows.push(
			{what: 'messages', expected: '300 or more', seen: `${corpus.messages}`, isRight: corpus.messages >= 300},
			{what: 'in the right class', expected: '95 % or more', seen: `${share.toFixed(1)} %`, isRight: share >= 95},
			...rowsOf(corpus.wrong, say),
		);
		return rows;
	},
};

export default damage;
