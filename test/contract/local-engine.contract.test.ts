import {onTestFinished} from 'vitest';
import {scriptedCatalog} from '../support/scripted-catalog.ts';
import {createTestEngine} from '../support/test-engine.ts';
import {describeEngine} from './engine.contract.ts';

describeEngine('the engine in this process', async () => {
	const world = await createTestEngine({adapt: deps => ({...deps, catalogs: [scriptedCatalog]})});
	onTestFinished(() => world.engine.close());
	return {engine: world.engine, world};
});
