/** Opens a server of the workflows of a project, over stdio or HTTP. What it needs of MCP is loaded with this file. */
export { serveOverHttp } from './serve-http.ts';
export { serveOverStdio } from './serve-stdio.ts';
export { openShop, type ShopOptions } from './server.ts';
export type { Serving } from './serving.ts';
