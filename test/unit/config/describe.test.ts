import {readFile} from 'node:fs/promises';
import {parse} from 'smol-toml';
import {expect, test} from 'vitest';
import {commandRows, configRows, renderToml} from '../../../source/config/describe.ts';
import {parseConfig, type Config} from '../../../source/config/load.ts';

const configOf = (text: string): Config => {
	const loaded = parseConfig(text, 'config.toml');
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	return loaded.config;
};

test('the annotated config.toml says exactly what holds without it', async () => {
	const text = await readFile(new URL('../../../config.toml', import.meta.url), 'utf8');
	expect(configOf(text)).toEqual(configOf(''));
});

test('what is printed reads back as the same configuration', () => {
	const config = configOf(`
		[data]
		root_dir = "/tmp/ü \\"x\\""
		[disk_management]
		hard_limit_gb = 0.3
		pause_threshold_gb = 0.2
		resume_threshold_gb = 0.1
		trees = ["a", "b"]
		[providers.aria2]
		enabled = false
		[providers.fetch]
		type = "command"
		command = "fetch"
		args = ["-o", "{directory}", "--", "{source}"]
		failures = [{pattern = "gone", code = "gone"}]
		env = {LEVEL = "2"}
	`);
	expect(configOf(renderToml(config, 'printed'))).toEqual(config);
});

test('a password in an address is masked when it is printed', () => {
	const config = configOf('[providers.yt-dlp]\nextra_args = ["--proxy=http://me:hunter2@proxy/"]');
	expect(renderToml(config, 'printed')).not.toContain('hunter2');
});

test('every key has one sentence and a place, and stands in config.toml', async () => {
	const text = await readFile(new URL('../../../config.toml', import.meta.url), 'utf8');
	const written = parse(text.replaceAll(/^# (?=[a-z_]+ = )/gm, ''));
	for (const row of configRows()) {
		const section = row.section
			.split('.')
			.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], written);
		expect(section, row.key).toHaveProperty(row.key);
		expect(row.about).toMatch(/\.$/);
	}

	for (const row of commandRows()) expect(row.about).toMatch(/\.$/);
});
