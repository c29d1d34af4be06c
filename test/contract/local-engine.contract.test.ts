import {onTestFinished} from 'vitest';
import {createTestEngine} from '../support/test-engine.ts';
import {describeEngine} from './engine.contract.ts';

describeEngine('the engine in this process', async () => {
	const world = await createTestEngine();
	onTestFinished(() => world.engine.close());
	return {engine: world.engine, world};
});
