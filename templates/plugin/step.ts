import { definePlugin, step } from 'giga/plugin';

export default definePlugin({
  description: 'What NAME is for.',
  // What its steps may use; nothing where nothing is said. `giga plugin check` holds it against the source.
  permissions: { read: ['**/*.md'] },
  config: { type: 'object', properties: { mark: { type: 'string', default: '*' } } },
  limits: { timeout: '30s', memory: '64MB' },
  steps: {
    hello: step({
      description: 'Greets somebody.',
      input: {
        type: 'object',
        properties: { name: { type: 'string', minLength: 1, maxLength: 100, description: 'Who is greeted.' } },
        required: ['name'],
      },
      output: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      run: ({ name }) => ({ text: `Hello, ${name}!` }),
    }),
    headings: step({
      description: 'Lists the headings of the Markdown files here.',
      input: { type: 'object', properties: { most: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } } },
      output: {
        type: 'object',
        properties: { headings: { type: 'array', items: { type: 'string' } } },
        required: ['headings'],
      },
      async run({ most }, context) {
        const headings = [];
        for (const file of await context.fs.list('**/*.md')) {
          context.progress(file);
          const text = await context.fs.read(file);
          const found = text.split('\n').filter((line) => line.startsWith('#'));
          headings.push(...found.map((line) => `${String(context.config['mark'])} ${line.replace(/^#+ */, '')}`));
        }
        return { headings: headings.slice(0, most) };
      },
    }),
  },
});
