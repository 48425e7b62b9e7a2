// Reads a JSON object of name: statement, writes a JSON object of name: the first error of Trino's grammar in it.
import fs from 'fs';
import { register } from 'node:module';

// The package imports folders and files without their endings, as bundlers allow and Node does not.
const hook = `export async function resolve(name, context, next) {
  try { return await next(name, context); } catch (error) {
    if (error.code === 'ERR_UNSUPPORTED_DIR_IMPORT') return next(name + '/index.js', context);
    if (error.code === 'ERR_MODULE_NOT_FOUND') return next(name + '.js', context);
    throw error;
  }
}`;
register('data:text/javascript,' + encodeURIComponent(hook));
const { TrinoSQL } = await import('dt-sql-parser');

const parser = new TrinoSQL();
const problems = {};
for (const [name, sql] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8')))) {
  const [error] = parser.validate(sql);
  if (error) problems[name] = `${error.startLine}:${error.startColumn} ${error.message.slice(0, 160)}`;
}
process.stdout.write(JSON.stringify(problems));
