// SPDX-License-Identifier: Apache-2.0
declare module 'world-atlas/*.json?url' {
  const url: string;
  export default url;
}
declare module '*?worker&url' {
  const url: string;
  export default url;
}
