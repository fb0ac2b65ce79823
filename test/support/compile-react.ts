// @ts-expect-error it brings no types
import { transformAsync } from '@babel/core';

/** Puts the components of tests through the React Compiler, and fails if it compiles none of a whole file. */
export function compileReact() {
  return {
    name: 'compile-react',
    enforce: 'pre' as const,
    async transform(code: string, id: string) {
      if (!/\/test\/dom\/.*\.tsx$/.test(id)) return null;
      const result = await transformAsync(code, {
        filename: id,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ['typescript', 'jsx'] },
        plugins: ['babel-plugin-react-compiler'],
      });
      if (!result?.code?.includes('react/compiler-runtime'))
        throw new Error(`The React Compiler did nothing in ${id}.`);
      return { code: result.code, map: result.map };
    },
  };
}
