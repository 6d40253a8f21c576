/** Name and version of this SDK, as sent to the worker. A test holds it to package.json. */
export const SDK_VERSION = '@winrate/router-client/0.1.0'
