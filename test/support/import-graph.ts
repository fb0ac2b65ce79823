import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** Which files a file imports; type imports count too, since a reader must follow them. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The imports between the files of a folder, by their paths relative to it. */
export function importGraph(root: string): ImportGraph {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return new Map(files.map((file) => [file, importsOf(root, file, files)]));
}

function importsOf(root: string, file: string, files: readonly string[]): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => {
      const base = relative(root, join(root, dirname(file), fileName)).replace(/\.js$/, '');
      return files.find((one) => one === `${base}.ts` || one === `${base}.tsx`) ?? base;
    });
}

/** Cycles, each as the files one passes through. */
export function cyclesOf(graph: ImportGraph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** Imports that the law does not allow; rooms are folders, or single files at the top. */
export function violationsOf(graph: ImportGraph, law: Readonly<Record<string, readonly string[]>>): string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports
      .filter((imported) => roomOf(file) !== roomOf(imported) && !law[roomOf(file)]?.includes(roomOf(imported)))
      .map((imported) => `${file} imports ${imported}`),
  );
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file;
}
