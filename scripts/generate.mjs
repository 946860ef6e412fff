/** Makes what is generated from sources: the expression parser, the validators and the types of the schemas. */
import { generateParser } from './generate-parser.mjs';
import { generateSchemas } from './generate-schemas.mjs';

await Promise.all([generateParser(), generateSchemas()]);
