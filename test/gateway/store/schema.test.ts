/** Databases that this Warder must not touch are refused at the start, with what to do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { openDatabase, pragma } from '../../../src/gateway/store/database.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../../src/gateway/store/migrations.ts';
import { cleanUp, stateDirectory } from '../fixtures.ts';

afterEach(cleanUp);

function path(): string {
  return join(stateDirectory(), 'warder.db');
}

test('a new database has the newest schema and full durability', () => {
  const database = openDatabase(path());
  expect(pragma(database, 'user_version')).toBe(MIGRATIONS.length);
  expect(pragma(database, 'application_id')).toBe(APPLICATION_ID);
  expect(pragma(database, 'synchronous')).toBe(2);
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});

test('a newer schema is refused and left as it is', () => {
  const file = path();
  openDatabase(file).close();
  const newer = new DatabaseSync(file);
  newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  expect(() => openDatabase(file)).toThrow(
    new RegExp(`has schema ${MIGRATIONS.length + 1}, this Warder knows up to ${MIGRATIONS.length}`),
  );
  const after = new DatabaseSync(file);
  expect(pragma(after, 'user_version')).toBe(MIGRATIONS.length + 1);
  after.close();
});

test("another program's database is refused", () => {
  const file = path();
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE notes (text TEXT)');
  other.close();
  expect(() => openDatabase(file)).toThrow(/is a database, but not one of Warder/);
});

test('a file that is no database is refused', () => {
  const file = path();
  writeFileSync(file, 'x'.repeat(5000));
  expect(() => openDatabase(file)).toThrow(/is damaged \(file is not a database, SQLite 26\)/);
});

test('a step that fails leaves nothing of itself behind', () => {
  const file = path();
  // Stands where the first step wants to make a table: the step fails half way.
  const half = new DatabaseSync(file);
  half.exec(`CREATE TABLE runs (x); PRAGMA application_id = ${APPLICATION_ID}`);
  half.close();
  expect(() => openDatabase(file)).toThrow(/runs already exists/);
  const after = new DatabaseSync(file);
  expect(after.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()).toEqual([
    { name: 'runs' },
  ]);
  expect(pragma(after, 'user_version')).toBe(0);
  after.close();
});
