import {execa} from 'execa';
import {spawn, type ChildProcess} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, open, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {contentReader} from '../../source/demo/content.ts';
import {median, type Bench, type BenchRow} from './bench.ts';
import {recordName} from '../../source/providers/http/kept.ts';

/*
 * The `http` provider against curl and aria2c in turn, on the same server, which shares the machine's cores with them. Every
 * tool is a process of its own and its time is that from start to end, so ours pays for the start of Node as well.
 */

const mebibyte = 1024 * 1024;
const rounds = 5;
const smallFiles = 500;
const atOnce = 32;

type Tool = {readonly name: string; readonly run: (task: Task, directory: string) => Promise<void>};
type Task = {readonly name: string; readonly urls: readonly string[]; readonly bytes: number};

const bench: Bench = {
	name: 'http',
	async run() {
		const root = await mkdtemp(join(tmpdir(), 'tidegate-bench-http-'));
		const server = await startServer(root);
		try {
			const tasks: readonly Task[] = [
				{name: 'one file of 1 GiB', urls: [`${server.url}/big.bin`], bytes: 1024 * mebibyte},
				{
					name: `${smallFiles} files of 1 MiB, ${atOnce} at once`,
					urls: Array.from({length: smallFiles}, (_, index) => `${server.url}/small-${index}.bin`),
					bytes: smallFiles * mebibyte,
				},
			];
			const rows: BenchRow[] = [];
			for (const task of tasks) rows.push(...(await compare(task, root, server.name)));
			return rows;
		} finally {
			await server.close();
			await rm(root, {recursive: true, force: true});
		}
	},
};

export default bench;

const compare = async (task: Task, root: string, server: string): Promise<readonly BenchRow[]> => {
	const tools = [ours, ...(['curl', 'aria2c'] as const).filter(isInstalled).map(name => others[name])];
	const rates = new Map<string, number[]>(tools.map(tool => [tool.name, []]));
	// In turn, so that a slow minute of the machine falls on all of them; each begins a round as often as the others, because
	// who comes next meets the disk still busy with the files of the one before. The first round is not counted.
	for (let round = 0; round <= rounds; round++) {
		const first = round % tools.length;
		for (const tool of [...tools.slice(first), ...tools.slice(0, first)]) {
			const directory = join(root, 'out');
			await mkdir(directory);
			const started = performance.now();
			await tool.run(task, directory);
			const seconds = (performance.now() - started) / 1000;
			await expectBytes(directory, task.bytes);
			await rm(directory, {recursive: true});
			if (round > 0) rates.get(tool.name)?.push(task.bytes / mebibyte / seconds);
		}
	}
	const own = median(rates.get('http') ?? []);
	return tools.map(tool => {
		const rate = median(rates.get(tool.name) ?? []);
		const isOwn = tool.name === 'http';
		const aria = rates.get('aria2c');
		return {
			what: `${tool.name}: ${task.name}`,
			measured: `${Math.round(rate)} MiB/s`,
			aim: isOwn && aria !== undefined ? 'at least as fast as aria2c' : '',
			isMet: isOwn && aria !== undefined ? own >= median(aria) : undefined,
			note: isOwn ? `from ${server}, medians of ${rounds}` : `http is ${(own / rate).toFixed(2)} times as fast`,
		};
	});
};

const ours: Tool = {
	name: 'http',
	async run(task, directory) {
		const script = fileURLToPath(new URL('http-worker.ts', import.meta.url));
		await execa(process.execPath, [script, directory, String(atOnce)], {
			input: task.urls.join('\n'),
			stderr: 'inherit',
		});
	},
};

const others: Readonly<Record<'curl' | 'aria2c', Tool>> = {
	curl: {
		name: 'curl',
		async run(task, directory) {
			const list = task.urls.flatMap(url => [`url = "${url}"`, 'remote-name']).join('\n');
			const parallel = task.urls.length > 1 ? ['-Z', '--parallel-max', String(atOnce)] : [];
			await execa('curl', ['-q', '-sS', '--fail', ...parallel, '-K', '-'], {cwd: directory, input: `${list}\n`});
		},
	},
	aria2c: {
		name: 'aria2c',
		async run(task, directory) {
			// Its best: no preallocation, no console, and as many connections for the large file as we may take.
			const options = ['--no-conf', '-q', '--file-allocation=none', '-x4', '-s4', `-j${atOnce}`, `--dir=${directory}`];
			await execa('aria2c', [...options, '-i', '-'], {input: task.urls.join('\n')});
		},
	},
};

const isInstalled = (tool: string): boolean =>
	(process.env['PATH'] ?? '').split(':').some(directory => existsSync(join(directory, tool)));

const expectBytes = async (directory: string, bytes: number): Promise<void> => {
	let sum = 0;
	for (const entry of await readdir(directory, {recursive: true, withFileTypes: true}))
		// The resume record stays until the job's directory is cleared, and is no part of what was fetched.
		if (entry.isFile() && entry.name !== recordName) sum += (await stat(join(entry.parentPath, entry.name))).size;
	if (sum !== bytes) throw new Error(`${sum} bytes arrived instead of ${bytes}`);
};

type Server = {readonly name: string; readonly url: string; readonly close: () => Promise<void>};

const nginx = '/usr/sbin/nginx';

const startServer = (root: string): Promise<Server> => (existsSync(nginx) ? startNginx(root) : startOwn());

const startNginx = async (root: string): Promise<Server> => {
	const port = await freePort();
	const files = join(root, 'files');
	await mkdir(files);
	await writeContent(join(files, 'big.bin'), 1024 * mebibyte, 1);
	for (let index = 0; index < smallFiles; index++)
		await writeContent(join(files, `small-${index}.bin`), mebibyte, index + 2);
	const config = join(root, 'nginx.conf');
	await writeFile(config, nginxConfig(root, files, port));
	const child = spawn(nginx, ['-p', root, '-c', config, '-e', join(root, 'error.log')], {stdio: 'ignore'});
	await answers(`http://127.0.0.1:${port}/small-0.bin`);
	return {name: 'nginx', url: `http://127.0.0.1:${port}`, close: () => end(child)};
};

const nginxConfig = (root: string, files: string, port: number): string => `
daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; pid ${root}/nginx.pid;
events { worker_connections 1024; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
	client_body_temp_path ${root}/t1; proxy_temp_path ${root}/t2; fastcgi_temp_path ${root}/t3;
	uwsgi_temp_path ${root}/t4; scgi_temp_path ${root}/t5;
	server { listen 127.0.0.1:${port}; root ${files}; }
}
`;

const startOwn = async (): Promise<Server> => {
	const script = fileURLToPath(new URL('../support/media-server-process.ts', import.meta.url));
	const big = ['/big.bin', {content: {seed: 1, size: 1024 * mebibyte}}] as const;
	const small = Array.from(
		{length: smallFiles},
		(_, index) => [`/small-${index}.bin`, {content: {seed: index + 2, size: mebibyte}}] as const,
	);
	const routes = JSON.stringify({routes: Object.fromEntries([big, ...small])});
	const child = spawn(process.execPath, [script, routes], {stdio: ['pipe', 'pipe', 'inherit']});
	const url = await new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data).trim())));
	return {name: 'the demo server', url, close: () => end(child)};
};

const end = async (child: ChildProcess): Promise<void> => {
	if (child.exitCode !== null) return;
	const hasEnded = new Promise(resolve => child.once('exit', resolve));
	child.kill('SIGTERM');
	await hasEnded;
};

const writeContent = async (path: string, size: number, seed: number): Promise<void> => {
	const read = contentReader({seed, size});
	const file = await open(path, 'w');
	for (let at = 0; at < size; at += mebibyte) await file.write(read(at, mebibyte));
	await file.close();
};

const freePort = (): Promise<number> =>
	new Promise(resolve => {
		const server = createServer();
		server.listen(0, '127.0.0.1', () => {
			const {port} = server.address() as AddressInfo;
			server.close(() => resolve(port));
		});
	});

const answers = async (url: string): Promise<void> => {
	for (let attempt = 0; attempt < 100; attempt++) {
		const response = await fetch(url).catch(() => undefined);
		await response?.arrayBuffer();
		if (response?.ok === true) return;
		await new Promise(resolve => setTimeout(resolve, 50));
	}
	throw new Error(`nothing answers at ${url}`);
};
