import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {connectEngine} from '../../source/remote/client.ts';
import {serveEngine} from '../../source/remote/server.ts';
import {scriptedCatalog} from '../support/scripted-catalog.ts';
import {createTestEngine} from '../support/test-engine.ts';
import {temporaryDirectory} from '../support/temp.ts';
import {describeEngine} from './engine.contract.ts';

describeEngine('the engine over a socket', async () => {
	const world = await createTestEngine({adapt: deps => ({...deps, catalogs: [scriptedCatalog]})});
	const socketPath = join(await temporaryDirectory(), 'tidegate.sock');
	const server = await serveEngine(world.engine, {socketPath, version: 'test'});
	const connection = await connectEngine({socketPath: () => socketPath, version: 'test'});
	if (!connection.ok) throw new Error(connection.message);
	onTestFinished(async () => {
		await connection.engine.close();
		await server.close();
		await world.engine.close();
	});
	return {engine: connection.engine, world};
});
