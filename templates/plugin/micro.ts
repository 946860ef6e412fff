import { definePlugin, step } from 'giga/plugin';

export default definePlugin({
  description: 'One step, which asks for nothing.',
  steps: {
    run: step({
      input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      output: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      run: ({ text }) => ({ text: text.trim() }),
    }),
  },
});
