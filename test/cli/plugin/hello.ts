/** Plugins that the tests of `giga plugin` put into their folders. Knows no command. */
import type { Workplace } from '../giga.ts';

const HELLO = `import { definePlugin, step } from 'giga/plugin';

export default definePlugin({
  description: 'Says hello',
  permissions: { read: ['*.md'] },
  config: { type: 'object', properties: { greeting: { type: 'string', default: 'Hello' } } },
  steps: {
    greet: step({
      description: 'Greets somebody',
      input: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Who is greeted.' },
          times: { type: 'integer', default: 1, minimum: 1, maximum: 5 },
        },
        required: ['name'],
      },
      output: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      async run({ name, times }, { config, progress }) {
        progress('greeting');
        if (name === 'boom') throw new Error('no greetings for boom');
        if (name === 'wait') await new Promise(() => {});
        if (name === 'loop') for (;;);
        if (name === 'eat') {
          const eaten: string[][] = [];
          for (;;) eaten.push(new Array(100_000).fill(name));
        }
        return { text: \`\${config['greeting']}, \${name}!\`.repeat(times) };
      },
    }),
    count: step({
      input: { type: 'object' },
      output: { type: 'object' },
      run: async (_, { fs }) => ({ files: (await fs.list('**')).length }),
    }),
  },
});
`;

/** `plugins/hello.ts`, and a workflow that names it as \`hello\`. */
export function putHello(place: Workplace): void {
  place.put('plugins/hello.ts', HELLO);
  place.put(
    'workflows/hi.yaml',
    `plugins: [{ from: ../plugins/hello.ts, isolation: limited, config: { greeting: Hi } }]
steps: { a: { uses: hello/greet, with: { name: Ada } } }
`,
  );
}
