/** Makes what is generated from sources: the expression parser, the validators and the types of the schemas, the program that plugins run in. */
import { generateParser } from './generate-parser.mjs';
import { generatePluginChild } from './generate-plugin-child.mjs';
import { generateSchemas } from './generate-schemas.mjs';

await Promise.all([generateParser(), generateSchemas(), generatePluginChild()]);
