import {expect, test} from 'vitest';
import {runAdds} from '../support/adding-run.ts';

test('what several processes add at once is there once, under the name that each of them was told', async () => {
	const found = await runAdds(480, 3, 4);
	expect(found.wrong).toEqual({
		problems: [],
		addedTwice: [],
		lost: [],
		namedWrongly: [],
		inTheWrongBatch: [],
		contradictions: [],
	});
	expect(found.rows).toBe(found.expectedRows);
	expect(found.batches).toBe(found.expectedBatches);
	expect(found.held.same).toBeGreaterThan(0);
	expect(found.held.sameFile).toBeGreaterThan(0);
});
