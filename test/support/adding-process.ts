/*
 * A process that adds to a queue: MODE CONFIG-DIRECTORY SOCKET SEED COUNT. Begins when it is told to, and sends what it was
 * answered. `socket`: through the scheduler; `database`: on its own, as a command does where no scheduler runs.
 */
import {connectEngine} from '../../source/remote/client.ts';
import type {Engine} from '../../source/engine/ports.ts';
import {addingItems} from './adding-items.ts';
import {openEngineAt} from './temp-engine.ts';

const [mode = '', directory = '', socketPath = '', seed = '0', count = '0'] = process.argv.slice(2);

const open = async (): Promise<Engine> => {
	if (mode === 'database') return openEngineAt(directory, false);
	const connection = await connectEngine({socketPath: () => socketPath, version: 'lab'});
	if (!connection.ok) throw new Error(connection.message);
	return connection.engine;
};

export type AddAnswer = {
	readonly key: string;
	readonly destination: string | undefined;
	readonly batch: string | undefined;
	readonly added: readonly number[];
	readonly held: ReadonlyArray<{readonly id: number; readonly destination?: string}>;
	readonly problem: string | undefined;
};

const engine = await open();
process.send?.('ready');
await new Promise(resolve => process.once('message', resolve));
const answers: AddAnswer[] = [];
for (const {command, key, destination, batch} of addingItems(Number(seed), Number(count))) {
	const result = await engine.send(command);
	answers.push({
		key,
		destination,
		batch,
		added: result.ok ? result.changed : [],
		held: result.ok ? (result.duplicates ?? []) : [],
		problem: result.ok ? undefined : `${result.code}: ${result.message}`,
	});
}

await engine.close();
process.send?.(answers, () => process.disconnect());
