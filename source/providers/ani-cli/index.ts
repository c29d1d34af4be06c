/*
 * ani-cli, 4.8 to 5.x. What a job for it looks like, source, options and the index of a cached selection, stands in
 * domain/ani-cli.ts: `aniCliSource(title)` with `options.episode`; `options.fields.ani_cli_index` counts only together
 * with `options.fields.ani_cli_version`, and only where the catalogue of that version is the one that is installed.
 * Without an index the hit is chosen by its title.
 */
export {aniCliFields, aniCliSource} from '../../domain/ani-cli.ts';
