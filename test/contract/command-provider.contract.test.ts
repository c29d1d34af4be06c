import {fileURLToPath} from 'node:url';
import {createCommandProvider} from '../../source/providers/command/index.ts';
import {providerContract} from './provider.contract.ts';

const fetches = fileURLToPath(new URL('../fixtures/tools/fetches.mjs', import.meta.url));
const described = {
	id: 'fetches',
	args: [fetches, '{directory}', '{source}'],
	progress: String.raw`(?<bytes>\d+)/(?<total>\d+) bytes \((?<percent>\d+)%\)`,
	versionArgs: [fetches, '--version'],
};

providerContract({
	name: "a tool of one's own",
	create: () => createCommandProvider({...described, command: process.execPath}),
	createWithoutTool: () => createCommandProvider({...described, command: 'no-such-tool'}),
	// It tells bytes before it has written them.
	resumeSlack: 100_000,
});
